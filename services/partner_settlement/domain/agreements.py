"""Agreements: who shares in what, and how. Immutable values, as published.

Percentages and weights are exact fractions; amounts are whole minor units, rates
millionths of them. An agreement is settled for whole periods; the version in
force on a period's first day settles it, whenever its usage arrives.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from fractions import Fraction

from services.partner_settlement.domain.periods import PeriodKind

MinorAmounts = Mapping[str, int]
"""Whole minor units by ISO 4217 code."""

RECORDS_UNIT = "records"
"""Unit that counts records instead of what they used: subscriptions, where fees are covered."""
PEAK_UNITS = frozenset({"sessions", "subscribers"})
"""Units of charges for how many there are at a time."""


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody whom the operator pays, or who pays the operator."""

    code: str
    name: str
    roles: tuple[str, ...] = ()
    address_lines: tuple[str, ...] = ()
    tax_number: str = ""
    tax_percent: Fraction = Fraction(0)
    withholding_percent: Fraction = Fraction(0)
    payout_minimums: MinorAmounts = field(default_factory=dict)
    payout_maximums: MinorAmounts = field(default_factory=dict)
    payout_currency_code: str = ""


class RecordKind(Enum):
    """What a record of charging, or of this service, is."""

    USAGE = "usage"
    FEE = "fee"
    REFUND = "refund"
    CORRECTION = "correction"
    REDEMPTION = "redemption"


@dataclass(frozen=True, slots=True)
class Coverage:
    """What falls under something; every set that is not empty must hold the record's value."""

    kinds: frozenset[RecordKind] = frozenset()
    offering_codes: frozenset[str] = frozenset()
    price_codes: frozenset[str] = frozenset()
    rating_groups: frozenset[int] = frozenset()
    slices: frozenset[str] = frozenset()
    applications: frozenset[str] = frozenset()
    sponsors: frozenset[str] = frozenset()
    loyalty_programs: frozenset[str] = frozenset()


class BasisKind(Enum):
    """What of a record is shared."""

    RETAIL = "retail"
    NET_OF_TAX = "net-of-tax"
    COST = "cost"
    HIGHER_OF = "higher-of"
    LOWER_OF = "lower-of"


@dataclass(frozen=True, slots=True)
class UnitRate:
    """So much, in minor_micros by currency, for every `per_units` of a unit."""

    unit: str
    per_units: int
    minor_micros: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Basis:
    """`rates` with COST; `of` with HIGHER_OF and LOWER_OF, compared over a whole period, not per record."""

    kind: BasisKind
    rates: tuple[UnitRate, ...] = ()
    of: tuple[Basis, ...] = ()


class Funding(Enum):
    """Whose money is shared."""

    REVENUE = "revenue"
    SPONSOR = "sponsor"
    OPERATOR = "operator"


class RecipientKind(Enum):
    """What becomes of a share. OWE is what a sponsor pays; no step names it, a term's funding does."""

    PAY = "pay"
    KEEP = "keep"
    BEAR = "bear"
    OWE = "owe"


@dataclass(frozen=True, slots=True, order=True)
class Recipient:
    """Whom a share goes to; the operator (KEEP) has no party."""

    party: str
    kind: RecipientKind = field(default=RecipientKind.PAY, compare=True)

    @property
    def key(self) -> str:
        """Stable text: `pay:melody`, `keep`."""
        return f"{self.kind.value}:{self.party}" if self.party else self.kind.value


OPERATOR = Recipient("", RecipientKind.KEEP)


class ShareOf(Enum):
    """What a percentage or a tier is taken of. What remains never counts as less than nothing."""

    BASIS = "basis"
    REMAINING = "remaining"


@dataclass(frozen=True, slots=True)
class PercentStep:
    """A percentage, at most a cap."""

    code: str
    to: Recipient
    percent: Fraction
    of: ShareOf = ShareOf.BASIS
    caps: MinorAmounts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ShareTier:
    """Up to so many units, or minor units of the basis, this percentage; None: without end."""

    up_to: int | None
    percent: Fraction


@dataclass(frozen=True, slots=True)
class TieredStep:
    """Tiers of revenue (volume_unit '') or of units. Graduated: each percentage for what lies in its tier."""

    code: str
    to: Recipient
    tiers: tuple[ShareTier, ...]
    graduated: bool
    volume_unit: str = ""
    of: ShareOf = ShareOf.BASIS
    caps: MinorAmounts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FixedStep:
    """So much a period, whatever it brought."""

    code: str
    to: Recipient
    amounts: MinorAmounts


@dataclass(frozen=True, slots=True)
class PerUnitStep:
    """So much for every unit."""

    code: str
    to: Recipient
    rate: UnitRate
    caps: MinorAmounts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SplitStep:
    """Everything that is left, by weight."""

    code: str
    shares: tuple[tuple[Recipient, Fraction], ...]


@dataclass(frozen=True, slots=True)
class RemainderStep:
    """Everything that is left, to one."""

    code: str
    to: Recipient


@dataclass(frozen=True, slots=True)
class GuaranteeStep:
    """At least so much out of this term; what is missing comes from what is left, then from the operator."""

    code: str
    party: str
    amounts: MinorAmounts


Step = PercentStep | TieredStep | FixedStep | PerUnitStep | SplitStep | RemainderStep | GuaranteeStep


@dataclass(frozen=True, slots=True)
class Term:
    """One waterfall: what it covers, what of that is shared, whose money it is, and the steps in order.

    What no step takes is the operator's.
    """

    code: str
    name: str
    covers: Coverage
    basis: Basis
    waterfall: tuple[Step, ...]
    funding: Funding = Funding.REVENUE
    funded_by_party: str = ""


@dataclass(frozen=True, slots=True)
class DisputeTerms:
    """Which lines may be disputed: so much off at least, within so many days (0: always)."""

    minimums: MinorAmounts = field(default_factory=dict)
    minimum_percent: Fraction = Fraction(0)
    days: int = 0


@dataclass(frozen=True, slots=True)
class LoyaltyProgram:
    """A voucher for every `earn_units` of `earn_unit`, or every `earn_minor` of `currency_code`.

    Money counts with the tax in it, as the customer sees it. Exactly one of units and money is above zero.
    """

    code: str
    name: str
    earned_by: Coverage
    face_minor: int
    currency_code: str
    redeemed_with_party: str
    valid_days: int
    earn_unit: str = ""
    earn_units: int = 0
    earn_minor: int = 0


@dataclass(frozen=True, slots=True)
class Agreement:
    """One version of an agreement; `version` 0: not published."""

    code: str
    name: str
    effective_from: date
    period: PeriodKind
    currency_codes: tuple[str, ...]
    terms: tuple[Term, ...]
    reference: str = ""
    effective_until: date | None = None
    disputes: DisputeTerms = DisputeTerms()
    loyalty_programs: tuple[LoyaltyProgram, ...] = ()
    version: int = 0


def parties_of(agreement: Agreement) -> frozenset[str]:
    """Every party that an agreement names."""
    found = {program.redeemed_with_party for program in agreement.loyalty_programs}
    for term in agreement.terms:
        found.add(term.funded_by_party)
        for step in term.waterfall:
            found.update(_parties_of_step(step))
    return frozenset(found - {""})


def _parties_of_step(step: Step) -> frozenset[str]:
    if isinstance(step, SplitStep):
        return frozenset(recipient.party for recipient, _ in step.shares)
    if isinstance(step, GuaranteeStep):
        return frozenset({step.party})
    return frozenset({step.to.party})
