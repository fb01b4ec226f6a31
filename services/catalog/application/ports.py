"""What the catalog's use cases need from outside. Adapters fulfil it; `main` chooses which."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from services.catalog.domain.catalog import Catalog
from services.catalog.domain.examples import Document
from services.catalog.domain.findings import FindingReason
from services.catalog.domain.publication import Candidate, Decision, PublishedVersion, Standing
from services.common.kernel import findings
from services.common.kernel.clock import Instant
from services.common.kernel.findings import SourceFile
from services.common.kernel.outlines import Outline

Reading = findings.Reading[Document, FindingReason]
"""What files say."""


class SourceReader(Protocol):
    """Reads the written form of a catalog."""

    def read(self, files: Sequence[SourceFile]) -> Reading:
        """Reads all files as one catalog. Never raises for what is in them."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A document in its canonical forms: what charging gets, its SHA-256, and the one-file source."""

    content: bytes
    content_sha256: str
    source: SourceFile


class Renderer(Protocol):
    """Writes a document down, byte for byte the same each time."""

    def render(self, document: Document) -> Rendered:
        """Renders a document whose references all resolve."""

    def outline(self, catalog: Catalog) -> Mapping[str, Outline]:
        """The catalog as its canonical written form holds it, for comparison."""


@dataclass(frozen=True, slots=True)
class Observation:
    """What a network element says beside usage; None: nothing, so what was said before still holds.

    `serving_plmn`: MCC and MNC digits, '' home. `called`: E.164 digits. `cell`
    and `tracking_area`: hexadecimal after the network, `26201-0000a1b20`.
    """

    serving_plmn: str | None = None
    called: str | None = None
    cell: str | None = None
    tracking_area: str | None = None
    sst: int | None = None
    sd: str = ""
    five_qi: int | None = None
    load_percent: int | None = None
    device_class: str | None = None


NOTHING_OBSERVED = Observation()


@dataclass(frozen=True, slots=True)
class UsageReport:
    """One report of usage, in units of its rating group. Increments run on within a `key`.

    With `at_a_time`, `units` is how many there are at a time.
    """

    key: str
    rating_group: int
    units: int
    at: Instant
    observed: Observation = NOTHING_OBSERVED
    at_a_time: bool = False


@dataclass(frozen=True, slots=True)
class Customer:
    """For whom usage is rated. `time_zone` '': the catalog's."""

    offering_codes: Sequence[str]
    time_zone: str = ""
    segment: str = ""
    customer_value: int = 0


@dataclass(frozen=True, slots=True)
class RatedUsage:
    """What a report costs, in minor_micros, tax included. `refusal` '' where it was rated."""

    unit: str
    from_allowance_units: int
    amount_minor_micros: int
    refusal: str = ""
    tax_minor_micros: int = 0


@dataclass(frozen=True, slots=True)
class RatedFees:
    """What having offerings costs, in minor_micros, and the tax in it."""

    amount_minor_micros: int
    tax_minor_micros: int


class TariffRefusedError(Exception):
    """Charging's rating cannot work with this: which rule, where, and in words."""

    def __init__(self, reason: str, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.reason = reason
        self.field = field
        self.message = message


class PreparedRating(Protocol):
    """A catalog that charging's rating code has accepted, in one of its currencies."""

    def sells(self, offering_code: str) -> bool:
        """True where the offering can be had in this currency."""

    def rate(self, customer: Customer, usages: Sequence[UsageReport]) -> Sequence[RatedUsage]:
        """Rates each report in order for one subscriber with full allowances.

        A code that is an option of a bundle among the codes counts as chosen.
        Raises TariffRefusedError for an unknown offering or a choice that
        cannot be.
        """

    def fees(self, customer: Customer, taken_at: Instant, periods: int) -> RatedFees:
        """One-time fees, and the recurring ones of the first periods after any trial.

        Raises TariffRefusedError as `rate` does.
        """


class Rating(Protocol):
    """Charging's own rating code."""

    def prepare(self, catalog: Catalog) -> Mapping[str, PreparedRating]:
        """Compiles a catalog in each of its currencies. Raises TariffRefusedError where charging would."""


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """A published version: what charging gets, and its canonical source."""

    published: PublishedVersion
    content: bytes
    source: SourceFile


class CatalogStore(Protocol):
    """Published versions. A version is immutable, numbers run from 1 without a gap."""

    async def newest(self) -> StoredVersion | None:
        """The version with the highest number."""

    async def get(self, version: int) -> StoredVersion | None:
        """One version; None where it was never published."""

    async def in_force(self, at: Instant) -> StoredVersion | None:
        """The newest version whose effective date is not after `at`."""

    async def after(self, version: int) -> Sequence[PublishedVersion]:
        """Versions above a number, ascending."""

    async def publish(
        self, candidate: Candidate, rendered: Rendered, decide: Callable[[Standing, Candidate], Decision]
    ) -> Decision:
        """Decides over what stands at that moment and stores the outcome, with its event, in one transaction.

        Publications that meet are decided one after the other.
        """


@dataclass(frozen=True, slots=True)
class SubscriptionCount:
    """How many have an offering now."""

    accounts: int
    subscribers: int


class Subscriptions(Protocol):
    """Who has what; charging knows."""

    async def count(self, offering_codes: Sequence[str]) -> Mapping[str, SubscriptionCount]:
        """Counts per offering, 0 where nobody has it. Raises RefusedError CHARGING_UNREACHABLE."""
