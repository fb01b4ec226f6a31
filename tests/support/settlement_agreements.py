"""Agreements that tests of settlement share."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from services.partner_settlement.domain.agreements import (
    Agreement,
    Basis,
    BasisKind,
    Coverage,
    DisputeTerms,
    Funding,
    Party,
    PercentStep,
    Recipient,
    ShareTier,
    Step,
    Term,
    TieredStep,
    UnitRate,
)
from services.partner_settlement.domain.periods import PeriodKind

MELODY = Party("melody", "Melody Music")
CINEMA = Party("cinema", "Cinema House")
STREAMCAST = Party("streamcast", "Streamcast")

CENT = 1_000_000
"""minor_micros of a cent."""


def music(
    *waterfall: Step,
    version: int = 1,
    effective_from: date = date(2026, 1, 1),
    currencies: tuple[str, ...] = ("EUR",),
    period: PeriodKind = PeriodKind.MONTH,
    disputes: DisputeTerms | None = None,
) -> Agreement:
    """60 per cent of what customers pay for music net of tax, or the steps given."""
    steps = waterfall or (PercentStep("share", Recipient("melody"), Fraction(60)),)
    term = Term(
        "sales", "Sales", Coverage(offering_codes=frozenset({"music"})), Basis(BasisKind.NET_OF_TAX), steps
    )
    return Agreement(
        "music-2026",
        "Music",
        effective_from,
        period,
        currencies,
        (term,),
        reference="MEL-4711",
        disputes=disputes or DisputeTerms(),
        version=version,
    )


def tiered_music() -> Agreement:
    """50 per cent up to 100.00, 70 above."""
    return music(
        TieredStep(
            "share",
            Recipient("melody"),
            (ShareTier(10_000, Fraction(50)), ShareTier(None, Fraction(70))),
            graduated=True,
        )
    )


def sponsored_video() -> Agreement:
    """Streamcast pays 0.02 a unit of 1,000 octets; Cinema gets 15 per cent, the operator the rest."""
    rate = UnitRate("octets", 1_000, {"EUR": 2 * CENT})
    term = Term(
        "traffic",
        "Sponsored traffic",
        Coverage(offering_codes=frozenset({"sponsored"})),
        Basis(BasisKind.COST, rates=(rate,)),
        (PercentStep("content", Recipient("cinema"), Fraction(15)),),
        Funding.SPONSOR,
        "streamcast",
    )
    return Agreement(
        "sponsored-2026", "Sponsored", date(2026, 1, 1), PeriodKind.MONTH, ("EUR",), (term,), version=1
    )
