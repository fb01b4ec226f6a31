"""Rates usage with a small catalog, without accounts or sessions: what does the price list say?"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from services.charging.domain.rating.circumstances import NOTHING_OBSERVED, Observed
from services.charging.domain.rating.quote import RatedLine, Usage, rate_usage
from services.charging.domain.rating.tariff import Tariff
from services.common.kernel.clock import Instant, instant
from services.common.kernel.money import currency, parse_money
from tests.support.charging_catalog import BERLIN, DATA


def amount(text: str, currency_code: str = "EUR") -> int:
    """`0.09` as minor_micros."""
    return parse_money(text, currency(currency_code)).minor_micros


def moment(text: str, time_zone: str = BERLIN, fold: int = 0) -> Instant:
    """`2026-03-02 10:00` on the wall clock of a zone."""
    return instant(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(time_zone), fold=fold))


MONDAY_NOON = moment("2026-03-02 12:00")


def rate(
    tariff: Tariff,
    *usages: Usage,
    codes: tuple[str, ...] = ("basic",),
    segment: str = "",
    customer_value: int = 0,
) -> list[RatedLine]:
    """Rates reports of one subscriber of the offerings named."""
    return rate_usage(tariff, codes, usages, segment=segment, customer_value=customer_value)


def rate_one(
    tariff: Tariff,
    units: int = 1,
    rating_group: int = DATA,
    observed: Observed = NOTHING_OBSERVED,
    when: Instant = MONDAY_NOON,
    segment: str = "",
    customer_value: int = 0,
) -> RatedLine:
    """Rates one report of a fresh subscriber of `basic`."""
    usage = Usage("session", rating_group, units, when, observed)
    return rate(tariff, usage, segment=segment, customer_value=customer_value)[0]


def session_amounts(
    tariff: Tariff, *units: int, rating_group: int = DATA, when: Instant = MONDAY_NOON
) -> list[int]:
    """What each report of one session costs, tax included, in minor_micros."""
    usages = [Usage("session", rating_group, part, when) for part in units]
    return [line.amount_minor_micros for line in rate(tariff, *usages)]
