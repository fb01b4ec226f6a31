"""How times and telephone numbers are written in a catalog file, read and written back exactly."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from services.catalog.domain.catalog import HOLIDAY, TimeWindow
from services.catalog.domain.findings import FindingReason
from services.catalog.domain.moment_words import WEEKDAYS
from services.catalog.domain.moments import MINUTES_PER_DAY
from services.common.kernel.clock import Instant, instant, iso, zone
from services.common.runtime.yaml_figures import parse_day, wrong

_WINDOW = re.compile(
    r"(?P<first>holiday|[a-z]{3})(?:-(?P<last>[a-z]{3}))? "
    r"(?P<from_h>[0-9]{2}):(?P<from_m>[0-9]{2})-(?P<to_h>[0-9]{2}):(?P<to_m>[0-9]{2})"
)

_HOLIDAY = re.compile(r"(?:[0-9]{4}-)?[0-9]{2}-[0-9]{2}")
_DIGITS = re.compile(r"\+?([0-9]{1,15})")
_HOLIDAYS = "holiday"
_DAY_NAMES = (*WEEKDAYS, _HOLIDAYS)
# A leap year, so that 02-29 is a day of every year.
_LEAP_YEAR = "2000"

# A year less than datetime can hold, so that every time zone fits.
_LATEST = instant(datetime(9999, 1, 1, tzinfo=UTC))


def parse_holiday(value: object) -> str:
    """Reads `2026-12-25`, or `12-25` for every year. Raises PydanticCustomError DATE_INVALID."""
    if isinstance(value, str) and _HOLIDAY.fullmatch(value):
        parse_day(value if len(value) > len("12-25") else f"{_LEAP_YEAR}-{value}")
        return value
    raise wrong(
        FindingReason.DATE_INVALID, f"{value!r} is no holiday; write 2026-12-25, or 12-25 for every year"
    )


def parse_digits(value: object) -> str:
    """Reads a telephone number or its beginning: E.164 digits, `+` dropped. Raises PydanticCustomError."""
    match = _DIGITS.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise wrong(
            FindingReason.FIELD_INVALID,
            f'{value!r} is no telephone number; write the digits in quotes: "+4930"',
        )
    return match[1]


def parse_window(value: object) -> TimeWindow:
    """Reads `mon-fri 07:00-19:00`. Raises PydanticCustomError TIME_WINDOW_INVALID."""
    match = _WINDOW.fullmatch(value) if isinstance(value, str) else None
    names = (match["first"], match["last"] or match["first"]) if match else ()
    if match is None or any(name not in _DAY_NAMES for name in names):
        raise wrong(
            FindingReason.TIME_WINDOW_INVALID,
            f"{value!r} is no time window; write mon-fri 07:00-19:00, sat 00:00-24:00, holiday 00:00-24:00",
        )
    first, last = (_DAY_NAMES.index(name) + 1 for name in names)
    start, end = _minute(match["from_h"], match["from_m"]), _minute(match["to_h"], match["to_m"])
    if first > last or start is None or end is None or not start < end:
        raise wrong(
            FindingReason.TIME_WINDOW_INVALID,
            f"{value!r} ends before it begins or names no time of day; "
            "write a window over midnight or over Sunday as two",
        )
    return TimeWindow(tuple(range(first, last + 1)), start, end)


def write_windows(window: TimeWindow) -> list[str]:
    """A window as text; days that do not follow each other become several."""
    runs: list[list[int]] = []
    for day in sorted(window.weekdays):
        if runs and runs[-1][-1] == day - 1 and day != HOLIDAY:
            runs[-1].append(day)
        else:
            runs.append([day])
    return [f"{_days(run)} {_clock(window.start_minute)}-{_clock(window.end_minute)}" for run in runs]


def parse_moment(text: str, time_zone: str) -> Instant:
    """Reads ISO 8601; without an offset it is the wall clock of `time_zone`. Raises ValueError."""
    try:
        moment = datetime.fromisoformat(text)
        at = instant(moment if moment.tzinfo else moment.replace(tzinfo=zone(time_zone)))
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text!r} is no date and time; write 2026-03-02 10:00") from error
    if not 0 <= at < _LATEST:
        raise ValueError(f"{text!r} is no date and time between 1970 and 9998")
    return at


def write_moment(at: Instant) -> str:
    """ISO 8601 in UTC."""
    return iso(at)


def _minute(hours: str, minutes: str) -> int | None:
    total = int(hours) * 60 + int(minutes)
    return total if int(minutes) < 60 and total <= MINUTES_PER_DAY else None


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _days(run: list[int]) -> str:
    first, last = _DAY_NAMES[run[0] - 1], _DAY_NAMES[run[-1] - 1]
    return first if first == last else f"{first}-{last}"
