"""How figures are written in a catalog file, read and written back exactly.

Sizes: `5 GB`, `100 MiB`, `60 min`, `500 kilometres`, or a bare whole number.
kB, MB, GB, TB are powers of 1000 (as on price lists), KiB, MiB, GiB, TiB
powers of 1024 (as most network elements count).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic_core import PydanticCustomError

from services.catalog.domain.catalog import TimeWindow
from services.catalog.domain.findings import FindingReason
from services.catalog.domain.week import MINUTES_PER_DAY, WEEKDAYS
from services.common.kernel.clock import Instant, instant, iso, zone
from services.common.kernel.money import parse_decimal
from services.common.kernel.quantity import MAX_UNITS, OCTETS, SECONDS

_FACTORS: dict[str, tuple[str, int]] = {
    "B": (OCTETS, 1),
    "kB": (OCTETS, 1000),
    "MB": (OCTETS, 1000**2),
    "GB": (OCTETS, 1000**3),
    "TB": (OCTETS, 1000**4),
    "KiB": (OCTETS, 1024),
    "MiB": (OCTETS, 1024**2),
    "GiB": (OCTETS, 1024**3),
    "TiB": (OCTETS, 1024**4),
    "s": (SECONDS, 1),
    "min": (SECONDS, 60),
    "h": (SECONDS, 3600),
}
_SIZE = re.compile(r"([0-9]{1,19})(?: ?([A-Za-z][A-Za-z0-9-]*))?")
_DAYS = re.compile(r"([0-9]{1,5}) days?")
_WINDOW = re.compile(
    r"(?P<first>[a-z]{3})(?:-(?P<last>[a-z]{3}))? "
    r"(?P<from_h>[0-9]{2}):(?P<from_m>[0-9]{2})-(?P<to_h>[0-9]{2}):(?P<to_m>[0-9]{2})"
)

# A year less than datetime can hold, so that every time zone fits.
_LATEST = instant(datetime(9999, 1, 1, tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class Size:
    """A whole number as written. `unit` '' where none was: the rating group's."""

    amount: int
    unit: str = ""


def _wrong(reason: FindingReason, message: str) -> PydanticCustomError:
    # The text may hold braces, which would be taken for placeholders.
    return PydanticCustomError(reason.name, "{text}", {"text": message})


def parse_size(value: object) -> Size:
    """Reads a size. Raises PydanticCustomError SIZE_INVALID."""
    if isinstance(value, int) and not isinstance(value, bool):
        amount, unit = value, ""
    else:
        match = _SIZE.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            raise _wrong(
                FindingReason.SIZE_INVALID,
                f"{value!r} is no size; write a whole number, or 5 GB, 100 MiB, 60 s, 10 min, 1 h",
            )
        unit, factor = _FACTORS.get(match[2] or "", (match[2] or "", 1))
        amount = int(match[1]) * factor
    if not 0 <= amount <= MAX_UNITS:
        raise _wrong(FindingReason.SIZE_INVALID, f"{value!r} is not between 0 and {MAX_UNITS}")
    return Size(amount, unit)


def write_size(amount: int, unit: str) -> int | str:
    """The shortest exact way to write units: in the largest suffix that divides them."""
    fitting = [(factor, suffix) for suffix, (of, factor) in _FACTORS.items() if of == unit]
    for factor, suffix in sorted(fitting, reverse=True):
        if factor > 1 and amount and amount % factor == 0:
            return f"{amount // factor} {suffix}"
    return amount


def parse_days(value: object) -> int:
    """Reads `30 days` or a bare number of days. Raises PydanticCustomError FIELD_INVALID."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 36_500:
        return value
    match = _DAYS.fullmatch(value) if isinstance(value, str) else None
    if match is None or int(match[1]) > 36_500:
        raise _wrong(FindingReason.FIELD_INVALID, f"{value!r} is no number of days; write 30 days")
    return int(match[1])


def parse_amount(value: object) -> str:
    """Reads a decimal text into its canonical form. Raises PydanticCustomError AMOUNT_*."""
    if not isinstance(value, str):
        raise _wrong(
            FindingReason.AMOUNT_NOT_TEXT,
            f'write it in quotes: "{value}"; without them YAML reads it as a number that is not exact',
        )
    try:
        parse_decimal(value)
    except ValueError as error:
        raise _wrong(FindingReason.AMOUNT_INVALID, f'{error}; write "0.05"') from error
    return canonical_amount(value)


def canonical_amount(text: str) -> str:
    """The one way in which a decimal is kept: no superfluous zeros but for two decimals (`0.50`)."""
    sign = "-" if text.startswith("-") else ""
    whole, _, fraction = text.removeprefix("-").partition(".")
    fraction = fraction.rstrip("0")
    whole = whole.lstrip("0") or "0"
    if whole == "0" and not fraction:
        sign = ""
    return f"{sign}{whole}.{fraction:0<2}"


def parse_window(value: object) -> TimeWindow:
    """Reads `mon-fri 07:00-19:00`. Raises PydanticCustomError TIME_WINDOW_INVALID."""
    match = _WINDOW.fullmatch(value) if isinstance(value, str) else None
    names = (match["first"], match["last"] or match["first"]) if match else ()
    if match is None or any(name not in WEEKDAYS for name in names):
        raise _wrong(
            FindingReason.TIME_WINDOW_INVALID,
            f"{value!r} is no time window; write mon-fri 07:00-19:00, or sat 00:00-24:00",
        )
    first, last = (WEEKDAYS.index(name) + 1 for name in names)
    start, end = _minute(match["from_h"], match["from_m"]), _minute(match["to_h"], match["to_m"])
    if first > last or start is None or end is None or not start < end:
        raise _wrong(
            FindingReason.TIME_WINDOW_INVALID,
            f"{value!r} ends before it begins or names no time of day; "
            "write a window over midnight or over Sunday as two",
        )
    return TimeWindow(tuple(range(first, last + 1)), start, end)


def write_windows(window: TimeWindow) -> list[str]:
    """A window as text; days that do not follow each other become several."""
    runs: list[list[int]] = []
    for day in sorted(window.weekdays):
        if runs and runs[-1][-1] == day - 1:
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
    first, last = WEEKDAYS[run[0] - 1], WEEKDAYS[run[-1] - 1]
    return first if first == last else f"{first}-{last}"
