"""Fields that say when, and in which language: `30 min`, `"22:00"`, `de-CH`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated

from pydantic import AfterValidator, PlainValidator, WithJsonSchema

from services.common.runtime.yaml_figures import wrong
from services.common.runtime.yaml_tree import FormReason

MINUTES_PER_DAY = 1_440
_TIME = re.compile(r"([0-9]{1,6}) (min|h|days?)")
_MINUTES = {"min": 1, "h": 60, "day": MINUTES_PER_DAY, "days": MINUTES_PER_DAY}
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")

TIME_SCHEMA = WithJsonSchema(
    {"type": "string", "pattern": _TIME.pattern, "examples": ["24 h", "30 min", "7 days"]}
)


def parse_time(most_days: int) -> Callable[[object], int]:
    """What reads a time, at most so many days, as minutes. It raises PydanticCustomError FIELD_INVALID."""

    def parse(value: object) -> int:
        match = _TIME.fullmatch(value) if isinstance(value, str) else None
        minutes = int(match[1]) * _MINUTES[match[2]] if match else 0
        if not 0 < minutes <= most_days * MINUTES_PER_DAY:
            words = f"{value!r} is no time up to {most_days} days; write 30 min, 24 h or 2 days"
            raise wrong(FormReason.FIELD_INVALID, words)
        return minutes

    return parse


def write_time(minutes: int) -> str:
    """Minutes in the largest unit that divides them; a day is 24 h."""
    if minutes > MINUTES_PER_DAY and minutes % MINUTES_PER_DAY == 0:
        return f"{minutes // MINUTES_PER_DAY} days"
    return f"{minutes // 60} h" if minutes % 60 == 0 else f"{minutes} min"


def _parse_clock(value: object) -> int:
    match = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise wrong(FormReason.FIELD_INVALID, f'{value!r} is no time of day; write "22:00", in quotes')
    return int(match[1]) * 60 + int(match[2])


def write_clock(minute: int) -> str:
    """A minute of the day as `22:00`."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _check_language(text: str) -> str:
    if not _LANGUAGE.fullmatch(text):
        raise wrong(FormReason.CODE_INVALID, f"{text!r} is no language; write en, de or de-CH")
    return text


Clock = Annotated[
    int,
    PlainValidator(_parse_clock),
    WithJsonSchema({"type": "string", "pattern": _CLOCK.pattern, "examples": ["22:00"]}),
]
"""Minute of the day."""
Language = Annotated[
    str,
    AfterValidator(_check_language),
    WithJsonSchema({"type": "string", "pattern": f"^{_LANGUAGE.pattern}$"}),
]
