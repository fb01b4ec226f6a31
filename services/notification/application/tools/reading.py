"""Amounts, days and times of the day as customers and programs write them. All raise ValueError."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

from services.common.kernel.clock import Instant, instant, local, zone
from services.common.kernel.money import Currency, Money, parse_money

_AMOUNT = re.compile(r"(\d{1,9}(?:[.,]\d{1,10})?)(?:\s*([A-Za-z]{3}|€))?")
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_MINUTES = 60
_YEARS = (2000, 2100)


def read_amount(text: str, of: Currency) -> Money:
    """`20`, `20.00`, `20,00 EUR`: an amount of a currency that is not negative."""
    match = _AMOUNT.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text[:40]!r} is no amount; write it like 20.00 {of.code}")
    named = (match[2] or of.code).upper().replace("€", "EUR")
    if named != of.code:
        raise ValueError(f"the account is in {of.code}, not in {named}")
    return parse_money(match[1].replace(",", "."), of)


def read_day(text: str, now: Instant, time_zone: str) -> date:
    """`2026-11-27`, `today` or `yesterday`, on the customer's calendar."""
    today = local(now, time_zone).date()
    word = text.strip().lower()
    if word in ("today", "yesterday"):
        return today - timedelta(days=word == "yesterday")
    day = date.fromisoformat(word)
    if not _YEARS[0] <= day.year <= _YEARS[1]:
        raise ValueError(f"{word} is no day on which anybody was charged")
    return day


def day_bounds(day: date, time_zone: str) -> tuple[Instant, Instant]:
    """From its first instant to the first of the next day."""
    return _midnight(day, time_zone), _midnight(day + timedelta(days=1), time_zone)


def read_minute(text: str) -> int:
    """`22:00` as minutes of the day."""
    match = _TIME.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text[:20]!r} is no time of the day; write it like 22:00")
    return int(match[1]) * _MINUTES + int(match[2])


def show_minute(minute: int) -> str:
    """Minutes of the day as `22:00`."""
    return f"{minute // _MINUTES:02d}:{minute % _MINUTES:02d}"


def _midnight(day: date, time_zone: str) -> Instant:
    return instant(datetime.combine(day, time.min, zone(time_zone)))
