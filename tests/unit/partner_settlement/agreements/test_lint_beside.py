"""Agreements beside what is published, beside each other, and in unusual numbers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from services.partner_settlement.application.agreement_ports import Published
from services.partner_settlement.domain.agreements import Agreement, parties_of
from services.partner_settlement.domain.book import AgreementBook
from services.partner_settlement.domain.findings import FindingReason
from services.partner_settlement.domain.lint.size import MAX_STEPS, MAX_TERMS
from services.partner_settlement.domain.periods import PeriodKind
from tests.support.agreement_files import SMALL_AGREEMENTS, edited, lint_agreement_text

SMALL, OTHER = "small", "other"


def agreement(code: str) -> Agreement:
    return lint_agreement_text(SMALL_AGREEMENTS).accepted().agreements_by_code()[code]


def published(*versions: Agreement) -> Published:
    document = lint_agreement_text(SMALL_AGREEMENTS).accepted()
    return Published(1, AgreementBook(document.parties_by_code(), versions))


def found(text: str, *versions: Agreement) -> list[tuple[str, str]]:
    report = lint_agreement_text(text, published=published(*versions))
    return [(finding.reason.name, finding.field) for finding in report.findings]


def test_a_code_defined_in_two_files_names_both_places() -> None:
    (finding,) = lint_agreement_text(SMALL_AGREEMENTS, "parties:\n  cinema: {name: Again}\n").findings
    assert finding.reason is FindingReason.CODE_TWICE
    assert (finding.file, finding.line, finding.field) == ("2.yaml", 2, "parties.cinema")
    assert "1.yaml line 8" in finding.message


def test_a_published_party_can_be_named_without_writing_it_down_again() -> None:
    text = "agreements:\n" + SMALL_AGREEMENTS.split("agreements:\n", 1)[1]
    assert parties_of(agreement(OTHER)) == {"cinema"}
    assert found(text) == []
    assert {reason for reason, _ in ((f.reason.name, f.field) for f in lint_agreement_text(text).errors)} == {
        "PARTY_UNKNOWN"
    }


@pytest.mark.parametrize(
    ("says", "from_day", "until", "clash"),
    [
        ("in force at the same time", date(2026, 1, 5), None, True),
        ("one ends where the other begins", date(2027, 1, 4), None, False),
        ("it was over before", date(2025, 1, 6), date(2026, 1, 5), False),
        ("it overlaps by a week", date(2025, 1, 6), date(2026, 1, 12), True),
    ],
)
def test_revenue_is_not_shared_twice_with_what_is_published(
    says: str, from_day: date, until: date | None, clash: bool
) -> None:
    """`small` shares the fees of music and films from 2026-01-05 until 2027-01-04."""
    rival = replace(agreement(SMALL), code="rival", effective_from=from_day, effective_until=until, version=1)
    rival = replace(rival, terms=rival.terms[:1], loyalty_programs=())
    reasons = {reason for reason, _ in found(SMALL_AGREEMENTS, rival)}
    assert ("REVENUE_SHARED_TWICE" in reasons) == clash, says


def test_a_later_version_of_an_agreement_takes_over_from_the_one_before() -> None:
    """The rival's first version would clash; its second, from the same day on, shares something else."""
    fees = replace(agreement(SMALL), code="rival", loyalty_programs=(), version=1)
    fees = replace(fees, terms=fees.terms[:1])
    harmless = replace(agreement(OTHER), code="rival", version=2)
    covers = replace(harmless.terms[0].covers, offering_codes=frozenset({"opera"}))
    harmless = replace(harmless, terms=(replace(harmless.terms[0], covers=covers),))
    assert found(SMALL_AGREEMENTS, fees, harmless) == []
    assert ("REVENUE_SHARED_TWICE", "agreements.small.terms.fees.covers") in found(SMALL_AGREEMENTS, fees)


def test_an_agreement_does_not_clash_with_its_own_earlier_version() -> None:
    assert found(SMALL_AGREEMENTS, replace(agreement(SMALL), version=1)) == []


def test_a_loyalty_program_belongs_to_one_agreement() -> None:
    rival = replace(agreement(SMALL), code="rival", terms=agreement(SMALL).terms[2:], version=1)
    assert ("PROGRAM_TWICE", "agreements.small.loyalty.rides") in found(SMALL_AGREEMENTS, rival)


@pytest.mark.parametrize(
    ("kind", "from_day", "splits"),
    [
        (PeriodKind.MONTH, "2026-01-05", True),
        # 1 June 2026 is a Monday.
        (PeriodKind.MONTH, "2026-06-01", False),
        (PeriodKind.WEEK, "2026-01-05", False),
    ],
)
def test_other_periods_begin_where_both_kinds_begin(kind: PeriodKind, from_day: str, splits: bool) -> None:
    """Else days at the seam would be settled by two versions, or by none."""
    before = replace(agreement(OTHER), period=kind, effective_from=date(2025, 12, 1), version=1)
    edit = (
        "  other:\n    name: Other\n    from: 2026-01-05",
        f"  other:\n    name: Other\n    from: {from_day}",
    )
    text = edited(edit).split("examples:\n", maxsplit=1)[0]
    assert (("PERIOD_CHANGE_SPLITS", "agreements.other.from") in found(text, before)) == splits


def test_a_guarantee_stands_after_what_it_tops_up() -> None:
    """The share of 40 per cent moved behind the guarantee comes on top of it."""
    share = '          - {code: share, percent: {to: melody, percent: "40", cap: "900.00"}}\n'
    least = '          - {code: least, guarantee: {party: melody, amount: "1.00"}}\n'
    report = lint_agreement_text(edited((share, ""), (least, least + share)))
    assert [(f.reason.name, f.severity.value) for f in report.findings] == [
        ("GUARANTEE_TOO_EARLY", "warning")
    ]


def test_more_terms_or_steps_than_anybody_checks_are_refused() -> None:
    step = '          - {code: share, percent: {to: cinema, percent: "50"}}\n'
    many = "".join(
        f'          - {{code: s{number}, fixed: {{to: cinema, amount: "1.00"}}}}\n'
        for number in range(MAX_STEPS + 1)
    )
    (finding,) = lint_agreement_text(edited((step, many))).findings
    assert finding.reason is FindingReason.AGREEMENTS_TOO_LARGE
    games = agreement_text_of_games()
    terms = "".join(games.replace("      games:", f"      g{number}:") for number in range(MAX_TERMS + 1))
    (finding,) = lint_agreement_text(edited((games, terms))).findings
    assert (finding.reason, finding.field) == (
        FindingReason.AGREEMENTS_TOO_LARGE,
        "agreements.other.terms",
    )


def agreement_text_of_games() -> str:
    """The term `games` as it stands in the small set."""
    return "      games:\n" + SMALL_AGREEMENTS.split("      games:\n", 1)[1].split("examples:\n", 1)[0]
