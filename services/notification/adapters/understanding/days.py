"""Days and times in an utterance, as the customer's calendar has them.

What looks like a day is cut out by patterns and read by dateparser: to let that search a whole utterance
takes tens of milliseconds, and finds days in words that are none.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from functools import lru_cache

from dateparser.date import DateDataParser

_WEEKDAY = (
    "monday|tuesday|wednesday|thursday|friday|saturday|sunday|"
    "montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonnabend|sonntag"
)
_MONTH = (
    "january|february|march|april|may|june|july|august|september|october|november|december|"
    "januar|februar|maerz|mai|juni|juli|oktober|dezember|jan|feb|aug|sept?|oct|okt|nov|dec|dez"
)
_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        r"\b(\d{4}-\d{2}-\d{2})\b",
        r"\b(day before yesterday|vorgestern|yesterday|gestern|today|heute)\b",
        r"\b(\d{1,2}\.\s?\d{1,2}\.(?:\s?\d{4}|\d{2}\b)?)",
        r"\b(?:am|vom|on|from)\s+(?:the\s+)?(\d{1,2}\.\d{1,2})\b(?!\s?(?:€|eur))",
        rf"\b(\d{{1,2}}(?:\.|st|nd|rd|th)?\s?(?:of\s)?(?:{_MONTH})\b(?:\s\d{{4}})?)",
        rf"\b((?:{_MONTH})\s\d{{1,2}}(?:st|nd|rd|th)?\b)",
        r"\b(vor \d{1,2} tagen|\d{1,2} days ago)\b",
        rf"\b({_WEEKDAY})\b",
    )
)
_FIGURES = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.?\s?(\d{4}|\d{2})?")
_DAYS_BACK = re.compile(r"\b(\d{1,2}) (?:days|tagen?)\b")
_SPANS = (
    (re.compile(r"\b(today|heute)\b"), 1),
    (re.compile(r"\b(yesterday|gestern)\b"), 2),
    (re.compile(r"\b(weeks?|wochen?)\b"), 7),
    (re.compile(r"\b(months?|monats?|monaten?)\b"), 30),
)
_MOST_DAYS = 90
_CLOCK = r"(\d{1,2})(?::(\d{2}))?\s*(am|pm|a\.m\.|p\.m\.|uhr|o'clock)?"
_SPAN_OF_DAY = re.compile(
    rf"{_CLOCK}(?:\s*(?:nachts|abends|at night|in the evening))?"
    rf"\s*(?:-|to|til|till|until|and|bis|und)\s*(?:um\s*)?{_CLOCK}"
)
_ONE_TIME = re.compile(r"\b(\d{1,2})(?::(\d{2})|\s*(am|pm|a\.m\.|p\.m\.|uhr|o'clock))")


def day_in(text: str, today: datetime, language: str) -> str:
    """ISO date of the first day named, the latest that is not in the future; empty: none. Of folded text."""
    for pattern in _PATTERNS:
        match = pattern.search(text)
        if match is None:
            continue
        found = _read(match[1].replace("maerz", "märz"), today, language)
        if found is not None:
            return found.isoformat()
    return ""


def days_back_in(text: str) -> str:
    """Over how many days somebody wants to look back; empty: it is not said."""
    match = _DAYS_BACK.search(text)
    if match:
        return str(min(max(int(match[1]), 1), _MOST_DAYS))
    return next((str(days) for pattern, days in _SPANS if pattern.search(text)), "")


def span_in(text: str) -> tuple[str, str]:
    """`22:00` and `07:00` of `from 22 to 7`; empty where it is not said."""
    match = _SPAN_OF_DAY.search(text)
    if match is None:
        one = _ONE_TIME.search(text)
        return (_clock(int(one[1]), one[2], one[3]), "") if one else ("", "")
    begin, end = _clock(int(match[1]), match[2], match[3]), _clock(int(match[4]), match[5], match[6])
    # Who says `from 10 to 6` of a night means ten in the evening.
    if begin and end and not match[2] and not match[3] and end < begin < "12:00":
        begin = _clock(int(match[1]) + 12, None, None)
    return begin, end


def _clock(hour: int, minute: str | None, half: str | None) -> str:
    half = (half or "").replace(".", "")
    if half == "pm" and hour < 12:
        hour += 12
    if half == "am" and hour == 12:
        hour = 0
    if hour == 24:
        hour = 0
    minutes = int(minute or 0)
    return f"{hour:02d}:{minutes:02d}" if hour < 24 and minutes < 60 else ""


def _read(words: str, today: datetime, language: str) -> date | None:
    base = today.replace(tzinfo=None)
    relative = {
        "day before yesterday": 2,
        "vorgestern": 2,
        "yesterday": 1,
        "gestern": 1,
        "today": 0,
        "heute": 0,
    }
    if words in relative:
        return (base - timedelta(days=relative[words])).date()
    figures = _FIGURES.fullmatch(words.strip())
    if figures:
        return _in_figures(figures, base.date())
    parser = _parser(language, base.date().isoformat())
    found = parser.get_date_data(words.strip())["date_obj"]
    if found is None:
        return None
    day = found.date()
    if day > base.date():
        # A day without its year is the last one that there was.
        day = _a_year_earlier(day)
    return day if day <= base.date() else None


def _in_figures(match: re.Match[str], today: date) -> date | None:
    """`3.11.`, `3.11.2026`; None where the calendar has no such day, or where it is still to come."""
    year = int(match[3] or today.year)
    try:
        day = date(year + 2000 if year < 100 else year, int(match[2]), int(match[1]))
        if day > today and not match[3]:
            day = day.replace(year=day.year - 1)
    except ValueError:
        return None
    return day if day <= today else None


def _a_year_earlier(day: date) -> date:
    return day.replace(year=day.year - 1, day=min(day.day, 28) if day.month == 2 else day.day)


@lru_cache(maxsize=8)
def _parser(language: str, today: str) -> DateDataParser:
    base = datetime.fromisoformat(today)
    settings = {"RELATIVE_BASE": base, "PREFER_DATES_FROM": "past", "DATE_ORDER": "DMY"}
    return DateDataParser(languages=sorted({language, "en", "de"}), settings=settings)
