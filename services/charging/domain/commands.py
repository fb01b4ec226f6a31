"""What charging is asked to do: requests after their checks, in the domain's own words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from services.charging.domain.corrections.commands import CorrectCharges
from services.charging.domain.events import Debit, Outcome
from services.charging.domain.outcome_commands import SettleOutcome
from services.charging.domain.rating.circumstances import NOTHING_OBSERVED, Observed
from services.charging.domain.rating.tariff import VolumeDirection
from services.charging.domain.sessions.spending import SetSpendCap
from services.charging.domain.state import NO_PROFILE, Profile
from services.charging.domain.subscriptions.commands import SubscriptionCommand
from services.common.kernel.clock import Instant
from services.common.kernel.quantity import OCTETS, SECONDS


@dataclass(frozen=True, slots=True)
class Measure:
    """Units as an element counts them; None where it says nothing."""

    time_seconds: int | None = None
    total_octets: int | None = None
    uplink_octets: int | None = None
    downlink_octets: int | None = None
    specific_units: int | None = None

    def units(self, unit: str, direction: VolumeDirection = VolumeDirection.TOTAL) -> int | None:
        """The count in a rating group's unit; octets in total, or uplink and downlink added.

        A direction counts alone; where only a total is told, all of it counts.
        """
        if unit == OCTETS:
            return self._octets(direction)
        return self.time_seconds if unit == SECONDS else self.specific_units

    def _octets(self, direction: VolumeDirection) -> int | None:
        up, down = self.uplink_octets, self.downlink_octets
        if direction is not VolumeDirection.TOTAL and (up is not None or down is not None):
            return up if direction is VolumeDirection.UPLINK else down
        if self.total_octets is not None:
            return self.total_octets
        if up is None and down is None:
            return None
        return (up or 0) + (down or 0)


@dataclass(frozen=True, slots=True)
class Container:
    """Units used up to an instant (None: that of the request). `offline`: let through without a grant.

    `sponsor_identity` pays for them, `application_service_provider_identity` ran
    the application; prices look at neither.
    """

    measure: Measure
    local_sequence: int | None = None
    until: Instant | None = None
    offline: bool = False
    sponsor_identity: str = ""
    application_service_provider_identity: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """One rating group of a request. `requested` None: nothing more wanted; empty: charging decides."""

    rating_group: int | None
    requested: Measure | None
    used: tuple[Container, ...]


@dataclass(frozen=True, slots=True)
class Invocation:
    """What every charging request has. `at` is the element's clock; it chooses the prices."""

    sequence: int
    at: Instant
    reports: tuple[Report, ...]
    observed: Observed = NOTHING_OBSERVED
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class CreateSession:
    """Opens a session. `tariff_time_change`: the element splits usage where the price changes."""

    subscriber_id: str
    nf_name: str
    charging_id: str
    invocation: Invocation
    tariff_time_change: bool = False


@dataclass(frozen=True, slots=True)
class UpdateSession:
    """Reports usage, asks for more; with `release` for the last time."""

    ref: str
    invocation: Invocation
    release: bool = False


@dataclass(frozen=True, slots=True)
class ExpireSession:
    """Closes a session that fell silent."""

    ref: str


class EventAction(Enum):
    """Immediate events without refund (RFC 8506 section 8.41)."""

    DIRECT_DEBITING = "debit"
    CHECK_BALANCE = "check"
    PRICE_ENQUIRY = "price"


@dataclass(frozen=True, slots=True)
class OneTimeEvent:
    """Debits at once, or says what it would cost or whether it could be paid."""

    action: EventAction
    subscriber_id: str
    nf_name: str
    charging_id: str
    invocation: Invocation
    after_the_service: bool = False
    """Post event charging (TS 32.290 clause 5.2.2): charged whether it can be paid or not."""


@dataclass(frozen=True, slots=True)
class PastCharge:
    """A charge found in the journal, to refund; `tax` is contained in the amount.

    `used_from` None: a fee, which takes money alone.
    """

    charge_id: str
    account_id: str
    subscriber_id: str
    currency_code: str
    amount: int
    tax: int
    debits: tuple[Debit, ...]
    used_from: Instant | None = None


@dataclass(frozen=True, slots=True)
class Refund:
    """Gives back a charge, or `amount` of it (None: all that is left)."""

    subscriber_id: str
    charge: PastCharge
    amount: int | None
    currency_code: str
    sequence: int
    at: Instant


@dataclass(frozen=True, slots=True)
class NewSubscription:
    """An offering to subscribe to, with the members chosen from it."""

    offering_code: str
    chosen: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NewSubscriber:
    """A subscriber to add; the id was minted and bound to identifiers before."""

    subscriber_id: str
    time_zone: str
    subscriptions: tuple[NewSubscription, ...]
    profile: Profile = NO_PROFILE


@dataclass(frozen=True, slots=True)
class ProvisionAccount:
    """Opens an account with subscribers. Amounts in minor_micros."""

    account_id: str
    currency_code: str
    credit_limit: int
    opening_balance: int
    subscribers: tuple[NewSubscriber, ...]
    effective_from: Instant


@dataclass(frozen=True, slots=True)
class TopUp:
    """Adds money."""

    account_id: str
    currency_code: str
    amount: int
    reference: str


@dataclass(frozen=True, slots=True)
class Adjust:
    """Corrects one bucket by a signed amount."""

    account_id: str
    bucket_id: str
    unit: str
    is_money: bool
    amount: int
    reason: str
    actor: str


@dataclass(frozen=True, slots=True)
class Transfer:
    """Moves money from account to account."""

    from_account_id: str
    to_account_id: str
    currency_code: str
    amount: int
    reason: str


Command = (
    CreateSession
    | UpdateSession
    | ExpireSession
    | OneTimeEvent
    | Refund
    | CorrectCharges
    | SettleOutcome
    | SetSpendCap
    | ProvisionAccount
    | TopUp
    | Adjust
    | Transfer
    | SubscriptionCommand
)
