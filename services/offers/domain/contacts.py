"""Contact policy: how often, when, and after what a subscriber may be approached again.

Every presented offer is one contact. Counters belong to the subscriber, whatever offer it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from services.common.kernel.clock import DAY, HOUR, Instant, iso, local
from services.offers.domain.decisions import Asked
from services.offers.domain.drop_reasons import (
    DECLINED_RECENTLY,
    IMMATURE_CAP,
    PRESENTED_RECENTLY,
    QUIET_HOURS,
    contact_cap,
)
from services.offers.domain.policies import ContactCap, ContactPolicy, Offer, QuietHours

MATURE_POSITIVES = 200
"""With so many acceptances the models know an offer."""
_NO_CAP = 1_000_000


@dataclass(frozen=True, slots=True)
class Presentation:
    """An offer that was shown, or sent."""

    at: Instant
    offer_code: str
    channel: str
    outbound: bool = False


@dataclass(frozen=True, slots=True)
class ContactHistory:
    """What is remembered of one subscriber, and of the offers themselves.

    `quiet_until`: offers that were declined. `outbound_today` counts over all subscribers: outbound
    presentations of each offer on this day in the policies' zone.
    """

    presentations: Sequence[Presentation] = ()
    quiet_until: Mapping[str, Instant] = field(default_factory=dict)
    outbound_today: Mapping[str, int] = field(default_factory=dict)


NO_CONTACTS = ContactHistory()


@dataclass(frozen=True, slots=True)
class ContactDrop:
    """Why there is no contact, in a reason code and in words."""

    reason: str
    detail: str


def is_outbound(policy: ContactPolicy, asked: Asked) -> bool:
    """True for what nobody asked for, and for whatever goes through an outbound channel."""
    return asked.outbound or asked.channel in policy.outbound_channels


def remembered_days(policy: ContactPolicy) -> int:
    """For so long contacts count."""
    repeat_days = -(-policy.repeat_quiet_hours * HOUR // DAY)
    return max([1, repeat_days, *(cap.days for cap in policy.caps)])


def contact_drop(
    policy: ContactPolicy, history: ContactHistory, asked: Asked, now: Instant, time_zone: str
) -> ContactDrop | None:
    """Why nothing at all may be presented now; None: it may.

    `time_zone`: the customer's, whose wall clock quiet hours stand on.
    """
    quiet = policy.quiet_hours
    if quiet is not None and is_outbound(policy, asked) and _is_quiet(quiet, now, time_zone):
        return ContactDrop(QUIET_HOURS, f"{_clock(quiet.start_minute)} to {_clock(quiet.end_minute)}")
    for cap in _caps_on(policy, asked):
        spent = _spent(cap, history, now)
        if spent >= cap.contacts:
            return ContactDrop(contact_cap(cap.days), f"{spent} of {cap.contacts} {_cap_words(cap)}")
    return None


def room(policy: ContactPolicy, history: ContactHistory, asked: Asked, now: Instant) -> int:
    """How many offers may be presented at once before some cap is reached; at least 0."""
    left = [cap.contacts - _spent(cap, history, now) for cap in _caps_on(policy, asked)]
    return max(0, min(left, default=_NO_CAP))


def offer_contact_drop(
    policy: ContactPolicy,
    history: ContactHistory,
    offer: Offer,
    accepted: int,
    now: Instant,
    *,
    outbound: bool,
) -> ContactDrop | None:
    """Why this one offer may not be presented now; None: it may. `accepted`: how often it was, ever."""
    quiet_until = history.quiet_until.get(offer.code)
    if quiet_until is not None and now < quiet_until:
        return ContactDrop(DECLINED_RECENTLY, f"declined; quiet until {iso(quiet_until)}")
    if not outbound:
        return None
    if policy.repeat_quiet_hours:
        since = now - policy.repeat_quiet_hours * HOUR
        for seen in history.presentations:
            if seen.outbound and seen.offer_code == offer.code and seen.at > since:
                words = f"sent at {iso(seen.at)}; quiet for {policy.repeat_quiet_hours} h"
                return ContactDrop(PRESENTED_RECENTLY, words)
    if offer.immature_daily_cap and accepted < MATURE_POSITIVES:
        sent = history.outbound_today.get(offer.code, 0)
        if sent >= offer.immature_daily_cap:
            return ContactDrop(IMMATURE_CAP, f"{sent} of {offer.immature_daily_cap} sent today")
    return None


def _caps_on(policy: ContactPolicy, asked: Asked) -> list[ContactCap]:
    return [cap for cap in policy.caps if not cap.channels or asked.channel in cap.channels]


def _spent(cap: ContactCap, history: ContactHistory, now: Instant) -> int:
    since = now - cap.days * DAY
    return sum(
        1
        for seen in history.presentations
        if seen.at > since and (not cap.channels or seen.channel in cap.channels)
    )


def _is_quiet(quiet: QuietHours, now: Instant, time_zone: str) -> bool:
    at = local(now, time_zone)
    minute = at.hour * 60 + at.minute
    if quiet.start_minute <= quiet.end_minute:
        return quiet.start_minute <= minute < quiet.end_minute
    return minute >= quiet.start_minute or minute < quiet.end_minute


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _cap_words(cap: ContactCap) -> str:
    through = f" through {', '.join(cap.channels)}" if cap.channels else ""
    return f"contacts within {cap.days} d{through}"
