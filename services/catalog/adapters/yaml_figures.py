"""How figures are written in a catalog file, read and written back exactly.

Sizes: `5 GB`, `100 MiB`, `60 min`, `500 kilometres`, or a bare whole number.
kB, MB, GB, TB are powers of 1000 (as on price lists), KiB, MiB, GiB, TiB
powers of 1024 (as most network elements count).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from pydantic_core import PydanticCustomError

from services.catalog.domain.catalog import HOLIDAY, TimeWindow
from services.catalog.domain.findings import FindingReason
from services.catalog.domain.moment_words import WEEKDAYS
from services.catalog.domain.moments import MINUTES_PER_DAY
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
    r"(?P<first>holiday|[a-z]{3})(?:-(?P<last>[a-z]{3}))? "
    r"(?P<from_h>[0-9]{2}):(?P<from_m>[0-9]{2})-(?P<to_h>[0-9]{2}):(?P<to_m>[0-9]{2})"
)

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_HOLIDAY = re.compile(r"(?:[0-9]{4}-)?[0-9]{2}-[0-9]{2}")
_DIGITS = re.compile(r"\+?([0-9]{1,15})")
_HOLIDAYS = "holiday"
_DAY_NAMES = (*WEEKDAYS, _HOLIDAYS)
# A leap year, so that 02-29 is a day of every year.
_LEAP_YEAR = "2000"

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


@dataclass(frozen=True, slots=True)
class WrittenAmount:
    """Decimals by currency code; '' stands for the catalog's first currency."""

    decimals: Mapping[str, str]


def parse_amounts(value: object) -> WrittenAmount:
    """Reads `"0.05"`, or `{EUR: "0.05", CHF: "0.055"}`. Raises PydanticCustomError AMOUNT_*."""
    if not isinstance(value, dict):
        return WrittenAmount({"": parse_amount(value)})
    if not value:
        raise _wrong(FindingReason.AMOUNT_INVALID, 'no amount is given; write {EUR: "0.05"}')
    return WrittenAmount({str(code): parse_amount(decimal) for code, decimal in value.items()})


def parse_percent(value: object) -> str:
    """Reads a percentage into its canonical decimal text. Raises PydanticCustomError AMOUNT_*."""
    whole, _, fraction = parse_amount(value).partition(".")
    fraction = fraction.rstrip("0")
    return f"{whole}.{fraction}" if fraction else whole


def parse_day(value: object) -> date:
    """Reads `2026-12-01`. Raises PydanticCustomError DATE_INVALID."""
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise _wrong(FindingReason.DATE_INVALID, f"{value!r} is no day of the calendar; write 2026-12-01")


def parse_holiday(value: object) -> str:
    """Reads `2026-12-25`, or `12-25` for every year. Raises PydanticCustomError DATE_INVALID."""
    if isinstance(value, str) and _HOLIDAY.fullmatch(value):
        parse_day(value if len(value) > len("12-25") else f"{_LEAP_YEAR}-{value}")
        return value
    raise _wrong(
        FindingReason.DATE_INVALID, f"{value!r} is no holiday; write 2026-12-25, or 12-25 for every year"
    )


def parse_digits(value: object) -> str:
    """Reads a telephone number or its beginning: E.164 digits, `+` dropped. Raises PydanticCustomError."""
    match = _DIGITS.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise _wrong(
            FindingReason.FIELD_INVALID,
            f'{value!r} is no telephone number; write the digits in quotes: "+4930"',
        )
    return match[1]


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
    if match is None or any(name not in _DAY_NAMES for name in names):
        raise _wrong(
            FindingReason.TIME_WINDOW_INVALID,
            f"{value!r} is no time window; write mon-fri 07:00-19:00, sat 00:00-24:00, holiday 00:00-24:00",
        )
    first, last = (_DAY_NAMES.index(name) + 1 for name in names)
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
