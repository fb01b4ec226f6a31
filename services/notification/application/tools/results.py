"""What tools find or do, for programs. Schemas are made from these, as of the arguments.

Money is text with its currency, instants are ISO 8601 in UTC; an empty text: there is none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Result:
    """What every result is."""

    __pydantic_config__: ClassVar[dict[str, object]] = {"extra": "forbid", "use_attribute_docstrings": True}


@dataclass(frozen=True, slots=True)
class NamedOffering:
    """Something that the customer has."""

    offering_code: str
    name: str
    kind: str
    """`plan`, `add-on`, `bundle`; empty: the price list has it no more."""


@dataclass(frozen=True, slots=True)
class CustomerResult(Result):
    """Who the customer is to the operator. No personal data."""

    subscriber_id: str
    account_id: str
    currency: str
    time_zone: str
    line: str
    """`active` or `suspended`."""
    offerings: list[NamedOffering]


@dataclass(frozen=True, slots=True)
class AllowanceLeft:
    """Units that are there to be used."""

    bucket_id: str
    name: str
    unit: str
    left_units: int
    given_units: int
    left: str
    """In words: `2.4 GB`."""
    left_percent: int
    valid_until: str
    offering_code: str


@dataclass(frozen=True, slots=True)
class BalanceResult(Result):
    """What the account holds."""

    account_id: str
    money: str
    allowances: list[AllowanceLeft]
    at: str
    feature_seq: int
    """The last journal record of charging that this includes."""


@dataclass(frozen=True, slots=True)
class UsageLine:
    """Usage of one kind."""

    rating_group: int
    name: str
    unit: str
    units: int
    used: str
    cost: str


@dataclass(frozen=True, slots=True)
class UsageResult(Result):
    """Usage by kind, most expensive first."""

    since: str
    lines: list[UsageLine]
    cost: str


@dataclass(frozen=True, slots=True)
class BillLine:
    """A month."""

    month: str
    total: str
    charges: int
    closed: bool


@dataclass(frozen=True, slots=True)
class BillsResult(Result):
    """Newest month first."""

    bills: list[BillLine]


@dataclass(frozen=True, slots=True)
class ExplainResult(Result):
    """Why a charge is what it is."""

    charge_id: str
    kind: str
    """`usage`, `fee`, `refund` or `correction`."""
    at: str
    amount: str
    offering_code: str
    price: str
    """Name of the price or fee."""
    steps: list[str]
    """In the customer's language."""
    arithmetic: list[str]
    """Charging's own words, exact to the last digit; in English."""
    changed_since: str
    """What was given back or corrected since, signed."""
    candidates: int
    """How many charges it could have been."""


@dataclass(frozen=True, slots=True)
class OfferLine:
    """An offer."""

    offer_code: str
    name: str
    description: str
    reasons: list[str]
    price: str
    expires_at: str


@dataclass(frozen=True, slots=True)
class OffersResult(Result):
    """Offers that fit now, best first."""

    decision_id: str
    offers: list[OfferLine]
    reason: str
    """Why there is nothing at all: UPPER_SNAKE."""


@dataclass(frozen=True, slots=True)
class BoughtResult(Result):
    """What was taken, and what it cost at once."""

    code: str
    """Of the offering, or of the offer."""
    name: str
    charged: str
    charge_ids: list[str]
    ended: list[str]
    """Codes of offerings that ended for it."""


@dataclass(frozen=True, slots=True)
class DeclinedResult(Result):
    """The offer keeps quiet until then."""

    offer_code: str
    quiet_until: str


@dataclass(frozen=True, slots=True)
class TopUpResult(Result):
    """A link to the payment page. The assistant never sees a card."""

    amount: str
    link: str


@dataclass(frozen=True, slots=True)
class LineResult(Result):
    """The line as it is now: `active` or `suspended`."""

    line: str


@dataclass(frozen=True, slots=True)
class CapLine:
    """A limit as it is now. `cap` empty: none."""

    counter_code: str
    name: str
    period: str
    cap: str
    used: str


@dataclass(frozen=True, slots=True)
class RoamingResult(Result):
    """What roaming may do now: `on` or `off`, by the limits that make it so."""

    state: str
    caps: list[CapLine]


@dataclass(frozen=True, slots=True)
class SpendCapResult(Result):
    """A limit on spending."""

    cap: CapLine


@dataclass(frozen=True, slots=True)
class WishLine:
    """One thing wanted, or not."""

    category: str
    alert_code: str
    channel: str
    wanted: bool


@dataclass(frozen=True, slots=True)
class PreferencesResult(Result):
    """What the customer wishes now."""

    language: str
    time_zone: str
    quiet_from: str
    quiet_until: str
    marketing: bool
    wishes: list[WishLine]


@dataclass(frozen=True, slots=True)
class NotificationLine:
    """An entry of the inbox."""

    notification_id: str
    cursor: int
    alert_code: str
    category: str
    severity: str
    title: str
    body: str
    data: dict[str, str]
    at: str
    read: bool


@dataclass(frozen=True, slots=True)
class NotificationsResult(Result):
    """Entries in order of their cursors; read on after `next_cursor`."""

    notifications: list[NotificationLine]
    next_cursor: int
    unread: int


@dataclass(frozen=True, slots=True)
class CaseResult(Result):
    """A case that a person answers."""

    case_id: str
    state: str
    priority: str
    topic: str
