"""Periods of offerings and counters on the subscriber's own calendar, and what a fee costs in one."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, timedelta

from services.charging.domain.rating.fees import Fee, Period
from services.charging.domain.rating.policies import CounterPeriod
from services.common.kernel.clock import Instant, instant, local, zone
from services.common.kernel.ratio import round_half_even


def boundary(anchor: Instant, period: Period, number: int, time_zone: str) -> Instant:
    """When period `number` begins, and the one before it ends; number 0 is the anchor itself.

    Months are counted from the anchor's local day and time: a period taken on
    the 31st begins on the last day of a shorter month, and on the 31st again
    after it. Calendar months begin on the first at local midnight, days at the
    anchor's local time. A local time that the clock leaves out is the same
    instant later; of one that it shows twice the first is meant.
    """
    if number == 0:
        return anchor
    start = local(anchor, time_zone)
    if period.calendar:
        return _midnight(_months_after(start.date().replace(day=1), number * period.months), time_zone)
    if period.months:
        return _at_time_of(start, _months_after(start.date(), number * period.months), time_zone)
    return _at_time_of(start, start.date() + timedelta(days=number * period.days), time_zone)


def fee_cost(fee: Fee, period_number: int, part: int, whole: int) -> tuple[int, int]:
    """What a fee costs with tax, and the tax in it, both in minor_micros.

    `period_number` counts from 0 and says whether a promotion holds.
    `part`/`whole` (microseconds) is the share of the period that is had;
    without `prorated` it is paid whole. Rounded once, half-even.
    """
    numerator, denominator = fee.amount_minor_micros, 1
    if fee.prorated:
        numerator, denominator = numerator * part, denominator * whole
    if period_number < fee.promotion_periods:
        numerator, denominator = numerator * (100 - fee.promotion_percent), denominator * 100
    if fee.tax is None:
        return round_half_even(numerator, denominator), 0
    if not fee.tax.inclusive:
        numerator *= fee.tax.denominator + fee.tax.numerator
        denominator *= fee.tax.denominator
    gross = round_half_even(numerator, denominator)
    return gross, fee.tax.contained_minor_micros(gross)


def counting_period(period: CounterPeriod, at: Instant, time_zone: str) -> tuple[str, Instant]:
    """The period in which an instant lies: `2026-11`, `2026-W47` (ISO 8601) or `2026-11-22`, and its end."""
    if period is CounterPeriod.MONTH:
        return month_label(at, time_zone), month_end(at, time_zone)
    today = local(at, time_zone).date()
    if period is CounterPeriod.WEEK:
        year, week, weekday = today.isocalendar()
        return f"{year:04}-W{week:02}", _midnight(today + timedelta(days=8 - weekday), time_zone)
    return today.isoformat(), _midnight(today + timedelta(days=1), time_zone)


def month_label(at: Instant, time_zone: str) -> str:
    """The local calendar month of an instant: `2026-11`."""
    now = local(at, time_zone)
    return f"{now.year:04}-{now.month:02}"


def month_end(at: Instant, time_zone: str) -> Instant:
    """When the local calendar month of an instant is over."""
    return _midnight(_months_after(local(at, time_zone).date().replace(day=1), 1), time_zone)


def _months_after(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _at_time_of(start: datetime, day: date, time_zone: str) -> Instant:
    return instant(datetime.combine(day, start.time().replace(fold=0), tzinfo=zone(time_zone)))


def _midnight(day: date, time_zone: str) -> Instant:
    return instant(datetime(day.year, day.month, day.day, tzinfo=zone(time_zone)))
