"""Worked examples: what the author of a catalog says that some usage costs."""

from __future__ import annotations

from dataclasses import dataclass

from services.catalog.domain.catalog import Catalog
from services.common.kernel.clock import Instant


@dataclass(frozen=True, slots=True)
class Expected:
    """What should come out; None where the author says nothing.

    `amount_minor_micros` in the catalog's currency, `from_allowance_units` in
    the rating group's unit, `refusal` words that charging's refusal contains.
    """

    amount_minor_micros: int | None = None
    from_allowance_units: int | None = None
    refusal: str | None = None

    @property
    def says_nothing(self) -> bool:
        """True where there is nothing to compare."""
        return self == Expected()


@dataclass(frozen=True, slots=True)
class ExampleUsage:
    """One report of usage. Reports with the same `session` belong together; '' is a session of its own.

    The place is a zone code, or the MCC and MNC of a network, or home.
    """

    rating_group: str
    units: int
    at: Instant
    session: str = ""
    zone: str = ""
    serving_plmn: str = ""
    expected: Expected = Expected()


@dataclass(frozen=True, slots=True)
class WorkedExample:
    """Usage of one imagined customer who has these offerings, with full allowances, in order."""

    code: str
    offerings: tuple[str, ...]
    usages: tuple[ExampleUsage, ...]
    time_zone: str = ""
    total_minor_micros: int | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """Everything the files say: the catalog, and the examples that prove it."""

    catalog: Catalog
    examples: tuple[WorkedExample, ...] = ()
