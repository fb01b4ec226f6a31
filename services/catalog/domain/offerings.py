"""What a customer can have: offerings with their fees, periods and allowances (TMF620 ProductOffering)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from services.catalog.domain.amounts import Amount
from services.catalog.domain.circumstances import ALWAYS, Conditions
from services.catalog.domain.pricing import Price


class OfferingKind(Enum):
    """A plan stands alone, an add-on goes with one, a bundle is several offerings sold as one."""

    PLAN = "plan"
    ADD_ON = "add-on"
    BUNDLE = "bundle"


class PaymentMode(Enum):
    """Paid before or after."""

    PREPAID = "prepaid"
    POSTPAID = "postpaid"


class ExistingSubscribers(Enum):
    """What a new version does to those who already have the offering.

    They keep theirs; or they move to it with their next session, with their
    next period (nothing prorated), or at once (fees prorated to the second).
    """

    KEEP = "keep"
    MOVE = "move"
    MOVE_NEXT_PERIOD = "move-next-period"
    MOVE_AT_ONCE = "move-at-once"


class FeeKind(Enum):
    """Paid when the offering is taken, or at the start of every period, in advance."""

    ONE_TIME = "one-time"
    RECURRING = "recurring"


@dataclass(frozen=True, slots=True)
class Fee:
    """Paid for having an offering. The first `promotion_periods` cost `promotion_percent` less.

    `suspends`: where prepaid money does not cover it the offering is suspended
    until it does; otherwise the account is overdrawn.
    """

    code: str
    name: str
    amount: Amount
    kind: FeeKind
    prorated: bool = False
    tax: str = ""
    promotion_periods: int = 0
    promotion_percent: int = 0
    suspends: bool = False


@dataclass(frozen=True, slots=True)
class Period:
    """`months` or `days`, the other 0. `calendar`: months begin on the first, local midnight."""

    months: int
    days: int
    calendar: bool = False


@dataclass(frozen=True, slots=True)
class Trial:
    """Days at the start without recurring fees; with `ends` the offering is over then."""

    days: int
    ends: bool = False


@dataclass(frozen=True, slots=True)
class Rollover:
    """Units left over go on into the next `periods`: at most `maximum_units`, 0 for all of them."""

    maximum_units: int
    periods: int


@dataclass(frozen=True, slots=True)
class Allowance:
    """Units that come with an offering and are used before money. `validity_days` 0: no end.

    `renews`: filled again with every period. `member_limit_units`: the most
    that one subscriber may use of a shared one, 0 without limit.
    """

    code: str
    name: str
    rating_groups: tuple[str, ...]
    unit: str
    amount: int
    priority: int
    validity_days: int = 0
    shared: bool = False
    thresholds_percent: tuple[int, ...] = ()
    conditions: Conditions = ALWAYS
    renews: bool = False
    rollover: Rollover | None = None
    valid_from_first_use: bool = False
    member_limit_units: int = 0
    giftable: bool = False


@dataclass(frozen=True, slots=True)
class BundleChoice:
    """The customer picks at least `minimum` and at most `maximum` of the offerings."""

    minimum: int
    maximum: int
    offerings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Offering:
    """Something a customer can have. `validity_days`: it ends by itself then; 0: never."""

    code: str
    name: str
    description: str
    kind: OfferingKind
    precedence: int
    payment_mode: PaymentMode | None
    existing_subscribers: ExistingSubscribers
    prices: tuple[Price, ...] = ()
    allowances: tuple[Allowance, ...] = ()
    fees: tuple[Fee, ...] = ()
    period: Period | None = None
    trial: Trial | None = None
    validity_days: int = 0
    includes: tuple[str, ...] = ()
    choice: BundleChoice | None = None
    agreement_code: str = ""
    denied_zones: tuple[str, ...] = ()

    def amounts(self) -> Iterator[tuple[str, Amount]]:
        """Every amount of it, with its dotted place below the offering."""
        for price in self.prices:
            yield from ((f"prices.{price.code}.{place}", amount) for place, amount in price.amounts())
        for fee in self.fees:
            yield f"fees.{fee.code}.amount", fee.amount
