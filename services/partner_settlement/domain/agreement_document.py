"""What a set of agreement files says: parties, agreements, worked examples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.partner_settlement.domain.agreements import Agreement, MinorAmounts, Party, RecordKind


@dataclass(frozen=True, slots=True)
class ExampleRecord:
    """`count` equal records. Quantity, and gross and tax in minor_micros, are those of each one.

    `of`: with a refund or correction, the kind of the charge that it is about.
    """

    kind: RecordKind
    offering_code: str = ""
    price_code: str = ""
    rating_group: int = 0
    slice: str = ""
    application: str = ""
    sponsor: str = ""
    loyalty_program: str = ""
    unit: str = ""
    quantity: int = 0
    gross_minor_micros: int = 0
    tax_minor_micros: int = 0
    count: int = 1
    of: RecordKind | None = None


@dataclass(frozen=True, slots=True)
class WorkedExample:
    """What records of one period, in one currency, must come to by an agreement; whole minor units.

    `shares` by party; whoever is not named gets nothing. `operator` None: it does not say.
    """

    code: str
    agreement_code: str
    period: str
    currency_code: str
    records: tuple[ExampleRecord, ...]
    shares: MinorAmounts = field(default_factory=dict)
    operator_minor: int | None = None
    borne: MinorAmounts = field(default_factory=dict)
    owed: MinorAmounts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AgreementDocument:
    """Each in order of code."""

    parties: tuple[Party, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    examples: tuple[WorkedExample, ...] = ()

    def parties_by_code(self) -> Mapping[str, Party]:
        """Parties by code."""
        return {party.code: party for party in self.parties}

    def agreements_by_code(self) -> Mapping[str, Agreement]:
        """Agreements by code."""
        return {agreement.code: agreement for agreement in self.agreements}
