"""What is due now for a delivery: send, hold, or drop with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from services.common.kernel.clock import Instant
from services.notification.domain.delivery.quiet import QuietHours, quiet_until
from services.notification.domain.delivery.told import Delivery
from services.notification.domain.delivery.wishes import is_wanted
from services.notification.domain.notifications import Category
from services.notification.domain.preferences import Preferences


class HoldReason(Enum):
    """Why something waits though its receiver could take it."""

    QUIET_HOURS = "QUIET_HOURS"
    DIGEST = "DIGEST"
    RATE_LIMITED = "RATE_LIMITED"


class DropReason(Enum):
    """Why something is not told any more, in the order in which it is looked at."""

    EXPIRED = "EXPIRED"
    SUPERSEDED = "SUPERSEDED"
    NO_CONSENT = "NO_CONSENT"
    NOT_WANTED = "NOT_WANTED"
    NOT_TRUE_ANY_MORE = "NOT_TRUE_ANY_MORE"


@dataclass(frozen=True, slots=True)
class Send:
    """Now. `recheck`: it was held, so look first whether its fact still holds."""

    recheck: bool


@dataclass(frozen=True, slots=True)
class Hold:
    """Look again then."""

    until: Instant
    reason: HoldReason


@dataclass(frozen=True, slots=True)
class Drop:
    """Never on this channel; `for_good`: nor on any other."""

    reason: DropReason

    @property
    def for_good(self) -> bool:
        """False where another channel of the chain may be wanted."""
        return self.reason is not DropReason.NOT_WANTED


Due = Send | Hold | Drop


def due_now(
    delivery: Delivery, preferences: Preferences, quiet: QuietHours, now: Instant, in_digest: bool = False
) -> Due:
    """Decides. `in_digest`: others of its digest are sent now, so it need not wait for its own end.

    A digest that was attempted stays as it is: with other contents it would be another message. Quiet hours
    hold it all the same, and whatever else is tried again.
    """
    told = delivery.told
    is_fixed = bool(delivery.attempts and delivery.digest_id)
    dropped = None if is_fixed else _dropped(delivery, preferences, now)
    if dropped is not None:
        return Drop(dropped)
    if told.may_wait and (end := quiet_until(quiet, now)) is not None:
        return Hold(end, HoldReason.QUIET_HOURS)
    if not in_digest and not delivery.attempts and now < told.digest_ends_at:
        return Hold(told.digest_ends_at, HoldReason.DIGEST)
    return Send(recheck=delivery.held and not is_fixed)


def _dropped(delivery: Delivery, preferences: Preferences, now: Instant) -> DropReason | None:
    told = delivery.told
    if now >= told.expires_at:
        return DropReason.EXPIRED
    if told.superseded:
        return DropReason.SUPERSEDED
    if told.category is Category.MARKETING and not preferences.marketing_consent:
        return DropReason.NO_CONSENT
    if not is_wanted(preferences, told.category, told.alert_code, delivery.channel):
        return DropReason.NOT_WANTED
    return None
