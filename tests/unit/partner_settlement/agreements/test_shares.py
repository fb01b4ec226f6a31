# ruff: noqa: E501 - a row of the table is one line
"""What lint says about steps together, against the real calculation: no percentages overdraw what is left."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.partner_settlement.domain.agreement_document import AgreementDocument
from services.partner_settlement.domain.agreements import (
    OPERATOR,
    Basis,
    BasisKind,
    Coverage,
    PercentStep,
    Recipient,
    RemainderStep,
    ShareOf,
    ShareTier,
    SplitStep,
    Step,
    Term,
    TieredStep,
)
from services.partner_settlement.domain.book import AgreementBook
from services.partner_settlement.domain.findings import FindingReason
from services.partner_settlement.domain.lint.shares import share_findings
from services.partner_settlement.domain.lint.subject import Subject
from services.partner_settlement.domain.records import InputRow, Product
from services.partner_settlement.domain.waterfall import settle_term
from tests.support.agreement_files import SMALL_AGREEMENTS, lint_agreement_text

CENT = 1_000_000
OTHER = lint_agreement_text(SMALL_AGREEMENTS).accepted().agreements_by_code()["other"]


def term(*steps: Step) -> Term:
    return Term("t", "T", Coverage(), Basis(BasisKind.RETAIL), steps)


def exceeds(*steps: Step) -> bool:
    """Whether lint refuses the steps for taking more than there is."""
    agreement = type(OTHER)(
        OTHER.code, OTHER.name, OTHER.effective_from, OTHER.period, ("EUR",), (term(*steps),)
    )
    subject = Subject(AgreementDocument(agreements=(agreement,)), AgreementBook({}, ()), None)
    return any(f.reason is FindingReason.SHARES_EXCEED_BASIS for f in share_findings(subject))


def overdraws(minor: int, octets: int, *steps: Step) -> bool:
    """Whether settling so much gives away more than that."""
    product = Product("usage", "usage", "o", "p", 1, 1, "", "", "", "", "octets", "EUR")
    result = settle_term(term(*steps), [InputRow(product, 1, octets, minor * CENT, 0)], "EUR", "k")
    given_away = sum((cell.exact for cell in result.cells if cell.recipient != OPERATOR), Fraction(0))
    return given_away > minor


def percent(number: str, of: ShareOf = ShareOf.BASIS) -> PercentStep:
    return PercentStep(f"p{number}", Recipient("melody"), Fraction(number), of)


def tiers(graduated: bool, *pairs: tuple[int | None, int], unit: str = "") -> TieredStep:
    built = tuple(ShareTier(end, Fraction(part)) for end, part in pairs)
    return TieredStep("t", Recipient("cinema"), built, graduated, unit)


LEFT = ShareOf.REMAINING


@pytest.mark.parametrize(
    ("says", "steps", "too_much"),
    [
        ("60 and 40", (percent("60"), percent("40")), False),
        ("60 and 41", (percent("60"), percent("41")), True),
        ("60, then all that is left", (percent("60"), percent("100", LEFT)), False),
        ("half of what is left, then half of all", (percent("50"), percent("50", LEFT), percent("26")), True),
        ("tiers whose highest does not fit", (percent("60"), tiers(False, (100, 30), (None, 41))), True),
        ("tiers whose first does not fit", (percent("60"), tiers(False, (100, 41), (None, 30))), True),
        ("graduated tiers whose average fits at first and not in the end", (percent("60"), tiers(True, (100, 0), (None, 41))), True),
        ("tiers that move against each other", (tiers(False, (100, 60), (None, 40)), tiers(False, (100, 40), (None, 60))), False),
        ("tiers of units count at their highest", (percent("60"), tiers(False, (5, 41), (None, 1), unit="octets")), True),
        ("percentages after everything was divided", (SplitStep("s", ((Recipient("melody"), Fraction(1)),)), percent("1")), True),
        ("a share of nothing is nothing", (RemainderStep("r", OPERATOR), percent("1", LEFT)), False),
    ],
)  # fmt: skip
def test_percentages_that_can_take_more_than_there_is_are_refused(
    says: str, steps: tuple[Step, ...], too_much: bool
) -> None:
    assert exceeds(*steps) == too_much, says


PERCENTS = st.integers(1, 70).map(Fraction)
OF = st.sampled_from(list(ShareOf))


@st.composite
def drawn_steps(draw: st.DrawFn) -> tuple[Step, ...]:
    """Up to four steps that live on percentages."""
    steps: list[Step] = []
    for number in range(draw(st.integers(1, 4))):
        party = Recipient("melody")
        if draw(st.booleans()):
            steps.append(PercentStep(f"p{number}", party, draw(PERCENTS), draw(OF)))
            continue
        ends = [*sorted(draw(st.sets(st.integers(1, 200), max_size=2))), None]
        steps.append(
            TieredStep(
                f"t{number}",
                party,
                tuple(ShareTier(end, draw(PERCENTS)) for end in ends),
                draw(st.booleans()),
                draw(st.sampled_from(["", "octets"])),
                draw(OF),
            )
        )
    return tuple(steps)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(drawn_steps(), st.integers(0, 500), st.integers(0, 300))
def test_what_lint_lets_through_never_gives_away_more_than_there_is(
    steps: tuple[Step, ...], minor: int, octets: int
) -> None:
    if not exceeds(*steps):
        assert not overdraws(minor, octets, *steps)
