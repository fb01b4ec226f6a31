"""Fields of offer policies alone: rules, times, parts of a hundred, texts by language."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field, PlainValidator, WithJsonSchema

from services.common.runtime.yaml_figures import wrong
from services.common.runtime.yaml_times import TIME_SCHEMA, Language, parse_time
from services.common.runtime.yaml_tree import FormReason

_PERCENT = re.compile(r"([0-9]{1,3})(?:\.([0-9]))?")
_REASON = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


def _parse_permille(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 100:
        return value * 10
    match = _PERCENT.fullmatch(value) if isinstance(value, str) else None
    permille = int(match[1]) * 10 + int(match[2] or 0) if match else -1
    if not 0 <= permille <= 1_000:
        raise wrong(
            FormReason.FIELD_INVALID, f'{value!r} is no percentage from 0 to 100; write 4, or "2.5" in quotes'
        )
    return permille


def write_permille(permille: int) -> int | str:
    """Per mille as a percentage."""
    return permille // 10 if permille % 10 == 0 else f"{permille // 10}.{permille % 10}"


def _check_reason(text: str) -> str:
    if not _REASON.fullmatch(text):
        raise wrong(FormReason.CODE_INVALID, f"{text!r} is no reason code; write it as NOT_A_VIDEO_FAN")
    return text


def _check_name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise wrong(
            FormReason.CODE_INVALID,
            f"{text!r} cannot be the name of a rule; write lower-case letters, digits and underscores",
        )
    return text


Time = Annotated[int, PlainValidator(parse_time(most_days=366)), TIME_SCHEMA]
"""Minutes."""
Permille = Annotated[
    int,
    PlainValidator(_parse_permille),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 0, "maximum": 100},
                {"type": "string", "pattern": _PERCENT.pattern},
            ],
            "examples": [4, "2.5"],
        }
    ),
]
"""Written as a percentage, kept as per mille."""
Condition = Annotated[
    str, Field(min_length=1, max_length=4_000, description="CEL: usage.video.hour > 1000000")
]
DropReason = Annotated[
    str, AfterValidator(_check_reason), WithJsonSchema({"type": "string", "pattern": f"^{_REASON.pattern}$"})
]
RuleName = Annotated[
    str, AfterValidator(_check_name), WithJsonSchema({"type": "string", "pattern": f"^{_NAME.pattern}$"})
]
Sentence = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f-\x9f]+$")]
Texts = dict[Language, Sentence]
"""Words by language."""
Count = Annotated[int, Field(ge=0, le=1_000_000_000)]
Lever = Annotated[int, Field(ge=-99, le=1_000)]
"""So many per cent more, or less."""
