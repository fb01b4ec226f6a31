"""When the periods of a subscription begin and end, and when something about it is due next."""

from __future__ import annotations

from dataclasses import dataclass

from services.charging.domain.rating.fees import Period
from services.charging.domain.rating.periods import boundary
from services.charging.domain.rating.tariff import ExistingSubscribers, Offering, Tariff
from services.charging.domain.state import Subscription
from services.charging.domain.tariffs import Tariffs
from services.common.kernel.clock import SECOND, Instant, instant, local

CLOCK_TOLERANCE = 10 * SECOND
"""How far an element's clock may be behind ours: what begins now has begun for that element too."""


@dataclass(frozen=True, slots=True)
class Span:
    """What is had of a period, from `start` to `end`, and how long all of it is, in microseconds."""

    start: Instant
    end: Instant
    whole: int

    @property
    def part(self) -> int:
        """Microseconds had."""
        return self.end - self.start


def running_span(anchor: Instant, period: Period, at: Instant, time_zone: str) -> Span:
    """The rest, from an instant on, of the period in which it lies. Periods are counted from the anchor."""
    number = _number_at(anchor, period, at, time_zone)
    end = boundary(anchor, period, number + 1, time_zone)
    start = (
        boundary(end, period, -1, time_zone)
        if period.calendar
        else boundary(anchor, period, number, time_zone)
    )
    return Span(at, end, end - start)


def _number_at(anchor: Instant, period: Period, at: Instant, time_zone: str) -> int:
    """The last period that begins no later than an instant; 0 for any before the anchor."""
    low, high = 0, 1
    while boundary(anchor, period, high, time_zone) <= at:
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        if boundary(anchor, period, middle, time_zone) <= at:
            low = middle
        else:
            high = middle
    return low


def days_after(start: Instant, days: int, time_zone: str) -> Instant:
    """The same local time so many days later."""
    return boundary(start, Period(0, days), 1, time_zone)


def as_of(now: Instant, time_zone: str) -> Instant:
    """When something begins that is to begin now: a little earlier, on the same local day.

    So the element that is called back for it finds it by its own clock; and
    no period of the calendar is entered that is over.
    """
    today = local(now, time_zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    return max(Instant(now - CLOCK_TOLERANCE), instant(today))


def started(tariff: Tariff, offering: Offering, at: Instant, time_zone: str) -> Subscription:
    """An offering as it is had from an instant on: its first period, its trial, and its end."""
    span = None if offering.period is None else running_span(at, offering.period, at, time_zone)
    trial = offering.trial
    trial_end = None if trial is None else days_after(at, trial.days, time_zone)
    ends = [days_after(at, offering.validity_days, time_zone)] if offering.validity_days else []
    if trial is not None and trial.ends and trial_end is not None:
        ends.append(trial_end)
    return Subscription(
        offering.code,
        tariff.version,
        at,
        period_start=None if span is None else span.start,
        period_end=None if span is None else span.end,
        trial_end=trial_end,
        ends_at=min(ends, default=None),
    )


def renewing_tariff(
    tariffs: Tariffs, subscription: Subscription, currency_code: str, at: Instant
) -> Tariff | None:
    """The version in which a new period of a subscription begins.

    The newest in effect, unless it lets those stay who have the offering, or
    does not sell it any more. None: the subscription's own is not known here.
    """
    newest = tariffs.effective(at, currency_code)
    if newest is not None and newest.version > subscription.catalog_version:
        offering = newest.offerings.get(subscription.offering_code)
        if offering is not None and offering.existing is not ExistingSubscribers.KEEP:
            return newest
    return own_tariff(tariffs, subscription, currency_code)


def own_tariff(tariffs: Tariffs, subscription: Subscription, currency_code: str) -> Tariff | None:
    """The version a subscription is in; None: not known here, or without the offering."""
    own = tariffs.find(subscription.catalog_version, currency_code)
    return own if own is not None and subscription.offering_code in own.offerings else None


def next_move(
    tariffs: Tariffs, subscription: Subscription, currency_code: str
) -> tuple[Instant, Tariff] | None:
    """The next version that takes a subscription over at once, and when.

    One that was published late moves it from when it took effect, but no
    further back than the running period began.
    """
    earliest = subscription.period_start if subscription.period_start is not None else subscription.started_at
    for version in range(subscription.catalog_version + 1, tariffs.newest_version + 1):
        tariff = tariffs.find(version, currency_code)
        if tariff is None:
            continue
        offering = tariff.offerings.get(subscription.offering_code)
        if offering is None or offering.existing is not ExistingSubscribers.AT_ONCE:
            continue
        at = max(tariff.effective_from, earliest)
        if tariffs.effective(at, currency_code) is tariff:
            return at, tariff
    return None


def next_due(subscription: Subscription, tariffs: Tariffs, currency_code: str) -> Instant | None:
    """When something about a subscription is due next; None: never.

    One that is suspended waits for money, and for its end.
    """
    dues = [] if subscription.ends_at is None else [subscription.ends_at]
    if not subscription.suspended:
        if subscription.trial_end is not None:
            dues.append(subscription.trial_end)
        if subscription.period_end is not None:
            dues.append(subscription.period_end)
        move = next_move(tariffs, subscription, currency_code)
        if move is not None:
            dues.append(move[0])
    return min(dues, default=None)
