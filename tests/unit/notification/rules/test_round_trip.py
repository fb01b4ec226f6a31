"""The written form: what was written is read back as it was, in the same bytes; what changes is told."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.kernel.clock import Instant
from services.common.kernel.findings import SourceFile
from services.common.kernel.money import Money, currency
from services.common.runtime.yaml_times import write_clock, write_time
from services.common.runtime.yaml_tree import Layout, SourceTree
from services.notification.adapters.rules.writer import CanonicalRulesWriter
from services.notification.adapters.rules.yaml_source import YamlRulesReader
from services.notification.adapters.yaml_build.scope import Scope
from services.notification.adapters.yaml_build.values import build_values
from services.notification.adapters.yaml_write.rules import write_value
from services.notification.application.ruling.versions import Change, diff_outlines
from services.notification.domain.facts import FACT_FIELDS, FactKind, FieldKind, Units, Value
from services.notification.domain.ruling.findings import FindingReason
from tests.support.notification_rules import (
    SMALL_ENGLISH,
    SMALL_RULES,
    edited,
    example_rules_files,
    lint_files,
    read_rules,
    rules_files,
)

WRITER = CanonicalRulesWriter()


@pytest.mark.parametrize("files", [rules_files(), example_rules_files()], ids=["small", "examples"])
def test_what_was_written_is_read_back_in_the_same_bytes(files: list[SourceFile]) -> None:
    rules = read_rules(files)
    again = read_rules(list(WRITER.source(rules)))
    assert again == rules
    assert WRITER.source(again) == WRITER.source(rules)


def test_the_canonical_files_lint_as_the_written_ones() -> None:
    assert lint_files(list(WRITER.source(read_rules(example_rules_files())))).findings == ()


def test_the_order_of_files_and_keys_changes_no_byte() -> None:
    head, _, alerts = SMALL_RULES.partition("alerts:\n")
    first, second, third = rules_files(head)
    apart = [SourceFile("z.yaml", f"alerts:\n{alerts}"), third, second, first]
    assert WRITER.source(read_rules(apart)) == WRITER.source(read_rules(rules_files()))


def test_line_ends_and_indents_of_words_change_no_byte() -> None:
    other = SMALL_ENGLISH.replace("    .", "  .").replace("\n", "\r\n")
    assert WRITER.source(read_rules(rules_files(english=other))) == WRITER.source(read_rules(rules_files()))


def test_what_changes_is_told_field_by_field_and_message_by_message() -> None:
    old = WRITER.outline(read_rules(rules_files()))
    rules = edited(SMALL_RULES, ("digest: 30 min", "digest: 2 h"), ("rules: small", "rules: big"))
    english = edited(SMALL_ENGLISH, ("low = You have", "low = You still have"))
    new = WRITER.outline(read_rules(rules_files(rules, english)))
    assert diff_outlines(old, new) == (
        Change("alerts.used.digest", "30 min", "2 h"),
        Change("rules", "small", "big"),
        Change("words.en.low.body", "You have { $balance }.", "You still have { $balance }."),
    )
    assert diff_outlines(old, old) == ()


def test_examples_are_no_change() -> None:
    rules = edited(SMALL_RULES, ("not-for-companies:", "not-for-business:"))
    outlines = [WRITER.outline(read_rules(rules_files(text))) for text in (SMALL_RULES, rules)]
    assert outlines[0] == outlines[1]


_FIELDS = st.sampled_from([(kind, name) for kind in FactKind for name in FACT_FIELDS[kind]])


@given(_FIELDS, st.data())
def test_a_value_is_read_back_as_it_was_written(place: tuple[FactKind, str], data: st.DataObject) -> None:
    kind, name = place
    value = data.draw(_values(FACT_FIELDS[kind][name]))
    tree = SourceTree(Layout("a fact", "fact:", frozenset(), FindingReason))
    scope = Scope(tree, "Europe/Berlin")
    written = write_value(FACT_FIELDS[kind][name], value, "Europe/Berlin")
    assert isinstance(written, str | int | bool)
    assert build_values(scope, kind, {name: written}, "fact") == {name: value}
    assert tree.findings == []


def _values(field: FieldKind) -> st.SearchStrategy[Value]:
    money = st.builds(
        Money, st.integers(-(10**15), 10**15), st.sampled_from([currency("EUR"), currency("JPY")])
    )
    units = st.builds(
        Units, st.integers(0, 10**15), st.sampled_from(["octets", "seconds", "events", "kilometres"])
    )
    moments = st.integers(0, 2**42).map(lambda seconds: Instant(seconds * 1_000))
    strategies: dict[FieldKind, st.SearchStrategy[Any]] = {
        FieldKind.TEXT: st.text(),
        FieldKind.CODE: st.text(),
        FieldKind.COUNT: st.integers(0, 10**12),
        FieldKind.PERCENT: st.integers(0, 100),
        FieldKind.MONEY: money,
        FieldKind.UNITS: units,
        FieldKind.INSTANT: moments,
        FieldKind.FLAG: st.booleans(),
    }
    return strategies[field]


@given(st.integers(1, 7 * 1_440), st.integers(0, 1_439))
def test_times_are_read_back_as_they_were_written(minutes: int, minute: int) -> None:
    rules = edited(
        SMALL_RULES,
        ("digest: 30 min", f"digest: {write_time(minutes)}"),
        ('from: "22:00"', f'from: "{write_clock(minute)}"'),
    )
    read = YamlRulesReader().read(rules_files(rules)).document
    assert read is not None
    assert next(rule for rule in read.rules if rule.code == "used").digest_minutes == minutes
    assert read.quiet_from_minute == minute
