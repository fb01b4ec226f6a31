"""Worked examples: what the author of a catalog says that some usage, or having an offering, costs."""

from __future__ import annotations

from dataclasses import dataclass

from services.catalog.domain.catalog import Catalog
from services.common.kernel.clock import Instant


@dataclass(frozen=True, slots=True)
class Expected:
    """What should come out; None where the author says nothing.

    Amounts are minor_micros of the example's currency, `from_allowance_units`
    units of the rating group, `refusal` words that charging's refusal contains.
    """

    amount_minor_micros: int | None = None
    tax_minor_micros: int | None = None
    from_allowance_units: int | None = None
    refusal: str | None = None

    @property
    def says_nothing(self) -> bool:
        """True where there is nothing to compare."""
        return self == Expected()


@dataclass(frozen=True, slots=True)
class ExampleUsage:
    """One report of usage. Reports with the same `session` belong together; '' is a session of its own.

    With `at_a_time`, `units` is how many there are at a time, not how much they use.
    The place is a zone code, or the MCC and MNC of a network, or home. The
    slice is a slice code, or SST and SD. `called`: E.164 digits without `+`.
    """

    rating_group: str
    units: int
    at: Instant
    session: str = ""
    zone: str = ""
    serving_plmn: str = ""
    called: str = ""
    cell: str = ""
    tracking_area: str = ""
    slice_code: str = ""
    sst: int | None = None
    sd: str = ""
    five_qi: int | None = None
    load_percent: int | None = None
    device_class: str = ""
    at_a_time: bool = False
    expected: Expected = Expected()


@dataclass(frozen=True, slots=True)
class ExpectedFees:
    """What having the offerings should cost: one-time fees and those of the first `periods`, in minor_micros.

    They are taken at `taken_at`.
    """

    taken_at: Instant
    periods: int
    total_minor_micros: int
    tax_minor_micros: int | None = None


@dataclass(frozen=True, slots=True)
class WorkedExample:
    """What one imagined customer with these offerings and full allowances uses, in order, and pays.

    `currency_code` and `time_zone` '' mean the catalog's first ones.
    """

    code: str
    offerings: tuple[str, ...]
    usages: tuple[ExampleUsage, ...] = ()
    time_zone: str = ""
    currency_code: str = ""
    segment: str = ""
    customer_value: int = 0
    total_minor_micros: int | None = None
    total_tax_minor_micros: int | None = None
    fees: ExpectedFees | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """Everything the files say: the catalog, and the examples that prove it."""

    catalog: Catalog
    examples: tuple[WorkedExample, ...] = ()
