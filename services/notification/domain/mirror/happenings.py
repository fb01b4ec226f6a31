"""What the journal says happened, as the mirror sees it. Tuples: one is made for each event.

`at`: when it was decided. `cause`: the event's own place in the journal, the same whenever it is read.
"""

from __future__ import annotations

from typing import NamedTuple

from services.notification.domain.mirror.accounts import Held, Holding


class AccountOpened(NamedTuple):
    """An account is there. `low_balance` None: nobody is told of a low balance."""

    account_id: str
    currency_code: str
    low_balance: int | None


class SubscriberJoined(NamedTuple):
    """A subscriber is there."""

    account_id: str
    subscriber_id: str
    time_zone: str
    segment: str
    device_class: str
    customer_value: int
    holdings: tuple[Holding, ...]


class SubscriberDescribed(NamedTuple):
    """Segment, value, device and bar, as they are now. `actor`: who barred or lifted the bar, where told."""

    account_id: str
    subscriber_id: str
    segment: str
    device_class: str
    customer_value: int
    barred: bool
    at: int = 0
    actor: str = ""


class SubscriptionMoved(NamedTuple):
    """An offering as it is now. `change`: `started`, `trial-ended`, ...; `until` 0: it has no end."""

    cause: str
    at: int
    account_id: str
    subscriber_id: str
    holding: Holding
    change: str
    until: int


class SeenIn(NamedTuple):
    """An element told the serving zone."""

    account_id: str
    subscriber_id: str
    zone: str


class Opened(NamedTuple):
    """A bucket is there."""

    account_id: str
    held: Held


class Moved(NamedTuple):
    """What a bucket holds now."""

    account_id: str
    bucket_id: str
    balance: int


class ToppedUp(NamedTuple):
    """Money was paid in; `balance` is after it."""

    cause: str
    at: int
    account_id: str
    bucket_id: str
    paid: int
    balance: int


class Started(NamedTuple):
    """A bucket was used for the first time: it has an end from now on."""

    at: int
    account_id: str
    bucket_id: str
    valid_until: int


class Closed(NamedTuple):
    """A bucket is over."""

    account_id: str
    bucket_id: str


class Charged(NamedTuple):
    """Money was charged or given back, or usage was counted. `paid`: signed minor_micros.

    `at`: when it was used; `booked_at`: when it was charged, by which it counts in a day and a month.
    `kind`: as `ChargeLine.kind`.
    """

    account_id: str
    subscriber_id: str
    charge_id: str
    at: int
    booked_at: int
    kind: str
    currency_code: str
    paid: int
    offering_code: str = ""
    rating_group: int = 0
    zone: str = ""
    unit: str = ""
    units: int = 0


class Counted(NamedTuple):
    """A counter of a subscriber, or of an account, stands at a value in a period."""

    at: int
    owner_id: str
    counter: str
    period: str
    value: int


class Capped(NamedTuple):
    """A subscriber's own cap of a counter; `cap` None and not `lifted`: the catalog's again."""

    account_id: str
    subscriber_id: str
    counter: str
    cap: int | None
    lifted: bool


class ThresholdPassed(NamedTuple):
    """So much of a bucket is used; 0 percent: money is at its low-balance threshold."""

    cause: str
    at: int
    account_id: str
    bucket_id: str
    percent: int
    balance: int


class MarkPassed(NamedTuple):
    """A counter passed a mark. `subscriber_id` empty: the account counts. `is_cap`: no more is granted."""

    at: int
    account_id: str
    subscriber_id: str
    counter: str
    period: str
    mark: int
    value: int
    is_cap: bool


class Refused(NamedTuple):
    """Usage was refused. `session_ref` may be empty."""

    cause: str
    at: int
    account_id: str
    subscriber_id: str
    session_ref: str
    rating_group: int
    result: str


Happening = (
    AccountOpened
    | SubscriberJoined
    | SubscriberDescribed
    | SubscriptionMoved
    | SeenIn
    | Opened
    | Moved
    | ToppedUp
    | Started
    | Closed
    | Charged
    | Counted
    | Capped
    | ThresholdPassed
    | MarkPassed
    | Refused
)
