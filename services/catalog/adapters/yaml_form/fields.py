"""Fields of a catalog alone: holidays, telephone numbers, time windows."""

from __future__ import annotations

from typing import Annotated

from pydantic import PlainValidator, WithJsonSchema

from services.catalog.adapters.yaml_figures import parse_digits, parse_holiday, parse_window
from services.catalog.domain.catalog import TimeWindow

Holiday = Annotated[
    str,
    PlainValidator(parse_holiday),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": "^([0-9]{4}-)?[0-9]{2}-[0-9]{2}$",
            "examples": ["2026-12-25", "12-25"],
        }
    ),
]
Digits = Annotated[
    str,
    PlainValidator(parse_digits),
    WithJsonSchema({"type": "string", "pattern": r"^\+?[0-9]{1,15}$", "examples": ["+49"]}),
]
Window = Annotated[
    TimeWindow,
    PlainValidator(parse_window),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": "^([a-z]{3}(-[a-z]{3})?|holiday) [0-9]{2}:[0-9]{2}-[0-9]{2}:[0-9]{2}$",
            "examples": ["mon-fri 07:00-19:00", "sat 00:00-24:00", "holiday 00:00-24:00"],
        }
    ),
]
