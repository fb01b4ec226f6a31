"""Every kind of finding, by name: what is changed in small sound rules, and what lint says, and where."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.common.kernel.findings import SourceFile
from services.notification.domain.lint import size
from services.notification.domain.ruling.findings import FindingReason
from tests.support.notification_rules import (
    SMALL_ENGLISH,
    SMALL_GERMAN,
    SMALL_RULES,
    edited,
    lint_files,
    rules_files,
)
from tests.support.notification_rules_cases import CASES, Case

# These need other files, or an unusual size; they have tests of their own. Amounts are always text here.
ELSEWHERE = {"CODE_TWICE", "RULES_TOO_LARGE", "LANGUAGE_UNKNOWN"}


def test_the_small_rules_are_sound() -> None:
    report = lint_files(rules_files())
    assert report.errors == ()
    assert {finding.reason.name for finding in report.warnings} == {"FACT_UNTOLD"}
    assert report.accepted().code == "small"


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.reason}-{case.says}")
def test_what_is_broken_is_told_with_its_place(case: Case) -> None:
    files = rules_files(
        edited(SMALL_RULES, *case.rules),
        edited(SMALL_ENGLISH, *case.english),
        edited(SMALL_GERMAN, *case.german),
    )
    report = lint_files(files)
    everything = [(f.reason.name, f.field, f.message) for f in report.findings]
    found = [f for f in report.findings if f.reason.name == case.reason and f.field == case.field]
    assert any(case.says in f.message for f in found), everything
    assert all(f.file in ("rules.yaml", "en.ftl", "de.ftl") and f.line > 0 for f in found), found


def test_every_kind_of_finding_has_a_case() -> None:
    assert {case.reason for case in CASES} | ELSEWHERE == set(FindingReason.__members__)


def test_a_finding_about_words_has_their_line() -> None:
    english = edited(SMALL_ENGLISH, (".text = Only { $balance }.", ".text = Only { $ballance }."))
    (found,) = lint_files(rules_files(english=english)).errors
    assert (found.file, found.line, found.field) == ("en.ftl", 3, "words.en.low.text")


def test_words_that_no_fluent_reads_are_told_with_their_line() -> None:
    (found,) = lint_files(rules_files(english=f"{SMALL_ENGLISH}oops {{\n")).findings
    assert (found.reason, found.file) == (FindingReason.WORDS_INVALID, "en.ftl")
    assert found.line == SMALL_ENGLISH.count("\n") + 1


def test_a_message_and_an_alert_that_are_there_twice_are_told_with_both_places() -> None:
    (found,) = lint_files(rules_files(english=f"{SMALL_ENGLISH}low = Again\n")).findings
    assert (found.reason, found.field) == (FindingReason.CODE_TWICE, "words.en.low")
    assert "line 1" in found.message
    again = SourceFile("more.yaml", "alerts:\n  low: {}\n")
    found = lint_files([*rules_files(), again]).findings[0]
    assert (found.reason, found.field, found.file, found.line) == (
        FindingReason.CODE_TWICE,
        "alerts.low",
        "more.yaml",
        2,
    )


def test_a_language_has_one_file_and_one_that_is_known() -> None:
    twice = [*rules_files(), SourceFile("more/en.ftl", "x = y\n")]
    assert [f.reason.name for f in lint_files(twice).findings] == ["LANGUAGE_TWICE"]
    rules = edited(SMALL_RULES, ("languages: [en, de]", "languages: [en, de, xx]"))
    unknown = lint_files([*rules_files(rules), SourceFile("xx.ftl", SMALL_ENGLISH)]).errors
    assert [f.reason.name for f in unknown] == ["LANGUAGE_UNKNOWN"]
    missing = lint_files(rules_files(rules)).errors
    assert [(f.reason.name, f.message) for f in missing] == [
        ("WORDING_MISSING", "there are no words in xx; write a file xx.ftl")
    ]


def test_words_of_a_language_that_is_not_spoken_are_worth_a_look() -> None:
    report = lint_files([*rules_files(), SourceFile("fr.ftl", "low = Bonjour\n")])
    assert report.errors == ()
    assert [(f.reason.name, f.field) for f in report.warnings if f.file == "fr.ftl"] == [
        ("WORDING_UNUSED", "words.fr")
    ]


def test_more_than_people_can_look_through_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(size, "MAX_ALERTS", 3)
    assert [f.reason.name for f in lint_files(rules_files()).findings] == ["RULES_TOO_LARGE"]


def test_a_condition_keeps_away_what_would_be_missing() -> None:
    rules = edited(SMALL_RULES, ("    on: offer\n", "    on: offer\n    when: has(fact.price)\n"))
    english = edited(SMALL_ENGLISH, (".text = { $name }\n", ".text = { $name } { $price }\n"))
    assert lint_files(rules_files(rules, english)).errors == ()


@pytest.mark.parametrize("depth", [21, 5_000])
def test_braces_without_an_end_are_told_with_their_line(depth: int) -> None:
    for nested in ("{ " * depth, "{ " * depth + '"x"' + " }" * depth, "{ $x ->\n *[y] " * depth):
        (found,) = lint_files(rules_files(english=f"{SMALL_ENGLISH}deep = {nested}\n")).findings
        assert (found.reason, found.file) == (FindingReason.WORDS_INVALID, "en.ftl")
        assert found.line > SMALL_ENGLISH.count("\n")


@pytest.mark.parametrize("uses", ["{ m%d }", "{ m%d }{ m%d }"])
def test_messages_that_refer_to_messages_without_an_end_are_told(uses: str) -> None:
    many = "".join(f"m{n} = {uses.replace('%d', str(n + 1))}\n" for n in range(600))
    english = edited(SMALL_ENGLISH, ("low = You have", "low = { m0 } you have"))
    report = lint_files(rules_files(english=f"{english}{many}m600 = x\n"))
    assert [(f.reason.name, f.field) for f in report.errors] == [("WORDING_INVALID", "words.en.low")]


@settings(max_examples=40)
@given(st.text(max_size=200), st.text(max_size=200))
def test_whatever_is_in_the_files_there_is_a_report(rules: str, words: str) -> None:
    lint_files(rules_files(rules, words))
    report = lint_files(rules_files(english=f"{SMALL_ENGLISH}{words}"))
    assert all(finding.message for finding in report.findings)
