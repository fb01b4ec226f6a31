"""Files of all kinds, the hostile ones too: nothing raises, everything is a finding with its place."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.common.kernel.findings import SourceFile
from services.partner_settlement.adapters.yaml_source import YamlAgreementReader
from services.partner_settlement.domain.agreement_document import AgreementDocument
from tests.support.agreement_files import SMALL_AGREEMENTS, edited, lint_agreement_text


def document(*texts: str) -> AgreementDocument:
    return lint_agreement_text(*texts).accepted()


def test_a_set_may_be_spread_over_files_in_any_order() -> None:
    head, tail = SMALL_AGREEMENTS.split("agreements:\n", 1)
    assert document("agreements:\n" + tail, head) == document(SMALL_AGREEMENTS)


def test_an_anchor_may_be_used_within_a_file() -> None:
    text = edited(
        ('{to: cinema, percent: "50"}', '&half {to: cinema, percent: "50"}'),
        ("examples:\n", "    disputes: {days: 1}\nexamples:\n"),
    )
    assert document(text).agreements_by_code()["other"].disputes.days == 1


def test_empty_files_are_an_empty_set() -> None:
    assert document("", "# nothing\n") == AgreementDocument()


@pytest.mark.parametrize(
    ("text", "reason", "says"),
    [
        ("- a\n- b\n", "YAML_INVALID", "begin with `agreements:`"),
        ("!!python/object/apply:os.system ['true']\n", "YAML_INVALID", "no mapping"),
        ("parties: !!python/name:os.system\n", "FIELD_INVALID", "dictionary"),
        ("a: &a [*a]\n", "YAML_INVALID", ""),
        ("parties: {a: {name: " + "[" * 200 + "]" * 200 + "}}\n", "YAML_INVALID", "levels"),
        ('parties: {a: {name: "\\ud800"}}\n', "YAML_INVALID", "surrogate"),
        ("parties: {a: {name: 1.5}}\n", "FIELD_INVALID", "in quotes"),
        ("parties: {a: {name: true}}\n", "FIELD_INVALID", "in quotes"),
        ("parties: {a: null}\n", "FIELD_INVALID", ""),
        ("examples: {a: {agreement: b, period: 3}}\n", "PERIOD_INVALID", "no period"),
        ("parties: {? [a, b] : {name: x}}\n", "CODE_INVALID", "lower-case"),
        ("\x00", "YAML_INVALID", "not readable"),
    ],
)
def test_a_hostile_file_is_a_finding(text: str, reason: str, says: str) -> None:
    findings = lint_agreement_text(text).findings
    assert (reason, True) in {(finding.reason.name, says in finding.message) for finding in findings}, (
        findings
    )


def test_a_bomb_of_aliases_is_refused_quickly() -> None:
    bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9)
    )
    findings = lint_agreement_text(bomb).findings
    assert any("a set of agreements is smaller" in finding.message for finding in findings)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300))
def test_no_text_raises(text: str) -> None:
    YamlAgreementReader().read([SourceFile("any.yaml", text)])


@settings(max_examples=100, deadline=None)
@given(st.integers(0, len(SMALL_AGREEMENTS) - 1), st.sampled_from(["", "x", "{", "-1", '"', "\n", ": "]))
def test_no_damage_raises(at: int, put: str) -> None:
    lint_agreement_text(SMALL_AGREEMENTS[:at] + put + SMALL_AGREEMENTS[at + 1 :])
