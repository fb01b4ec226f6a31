"""Every rule of lint, by name: what is changed in a small sound set of agreements, and what lint says."""

from __future__ import annotations

import pytest

from services.partner_settlement.domain.findings import FindingReason
from tests.support.agreement_files import CATALOG, SMALL_AGREEMENTS, edited, lint_agreement_text
from tests.support.agreement_lint_cases import CASES, Case

# These need two files, something published, or an unusual size; they have tests of their own.
ELSEWHERE = {
    "CODE_TWICE",
    "AGREEMENTS_TOO_LARGE",
    "PERIOD_CHANGE_SPLITS",
    "PROGRAM_TWICE",
    "GUARANTEE_TOO_EARLY",
    "CATALOG_UNREACHABLE",
}


def test_the_small_set_is_sound() -> None:
    report = lint_agreement_text(SMALL_AGREEMENTS, catalog=CATALOG)
    assert report.findings == ()


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.reason}-{case.says}")
def test_a_broken_agreement_is_told_what_is_wrong_and_where(case: Case) -> None:
    report = lint_agreement_text(edited(*case.edits), catalog=CATALOG)
    all_of_it = [(f.reason.name, f.field, f.message) for f in report.findings]
    found = [f for f in report.findings if f.reason.name == case.reason]
    assert found, all_of_it
    assert case.field in [f.field for f in found], all_of_it
    assert any(case.says in f.message for f in found if f.field == case.field), all_of_it
    assert all(f.file == "1.yaml" and f.line > 0 for f in found)


def test_every_rule_has_a_case() -> None:
    assert {case.reason for case in CASES} | ELSEWHERE == set(FindingReason.__members__)
