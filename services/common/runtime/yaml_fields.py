"""Fields that forms of many kinds of files share: codes, sizes, amounts, days; and their JSON Schema."""

from __future__ import annotations

import json
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator, WithJsonSchema

from services.common.kernel.identifiers import is_code
from services.common.runtime.yaml_figures import (
    Size,
    WrittenAmount,
    parse_amount,
    parse_amounts,
    parse_day,
    parse_days,
    parse_percent,
    parse_size,
    wrong,
)
from services.common.runtime.yaml_tree import FormReason

_CODE_PATTERN = "^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$"
_AMOUNT_SCHEMA = {"type": "string", "pattern": r"^[0-9]*\.?[0-9]*$", "examples": ["0.05"]}


class Form(BaseModel):
    """A mapping with known keys; nothing is converted."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def _check_code(text: str) -> str:
    if not is_code(text):
        raise wrong(
            FormReason.CODE_INVALID,
            f"{text!r} is no code; write lower-case letters, digits and inner hyphens, at most 64",
        )
    return text


Code = Annotated[
    str, AfterValidator(_check_code), WithJsonSchema({"type": "string", "pattern": _CODE_PATTERN})
]
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f-\x9f]+$")]
Text = Annotated[str, Field(max_length=2000, pattern=r"^[^\x00-\x09\x0b-\x1f\x7f-\x9f]*$")]
Number = Annotated[int, Field(ge=0, le=2**32 - 1)]
CurrencyCode = Annotated[str, Field(pattern="^[A-Z]{3}$", examples=["EUR"])]
SizeField = Annotated[
    Size,
    PlainValidator(parse_size),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 0},
                {"type": "string", "pattern": "^[0-9]{1,19}( ?[A-Za-z][A-Za-z0-9-]*)?$"},
            ],
            "examples": [1, "5 GB", "100 KiB", "60 s", "10 min"],
        }
    ),
]
Amount = Annotated[str, PlainValidator(parse_amount), WithJsonSchema(_AMOUNT_SCHEMA)]
Amounts = Annotated[
    WrittenAmount,
    PlainValidator(parse_amounts),
    WithJsonSchema(
        {
            "anyOf": [_AMOUNT_SCHEMA, {"type": "object", "additionalProperties": _AMOUNT_SCHEMA}],
            "examples": ["0.05", {"EUR": "0.05", "CHF": "0.055"}],
        }
    ),
]
Percent = Annotated[
    str,
    PlainValidator(parse_percent),
    WithJsonSchema({"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?$", "examples": ["19", "2.5"]}),
]
Day = Annotated[
    date,
    PlainValidator(parse_day),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "examples": ["2026-12-01"]}),
]
Days = Annotated[
    int,
    PlainValidator(parse_days),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 0},
                {"type": "string", "pattern": "^[0-9]{1,5} days?$"},
            ],
            "examples": ["30 days"],
        }
    ),
]


def published_schema(form: type[Form]) -> str:
    """The JSON Schema of a form as text. A single file may hold a part, so nothing is required at the top."""
    schema = form.model_json_schema()
    schema.pop("required", None)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def sections_of(form: type[Form]) -> frozenset[str]:
    """Fields of a form that are mappings by code, which several files may each hold a part of."""
    return frozenset(
        name for name, field in form.model_fields.items() if str(field.annotation).startswith("dict")
    )
