"""Fields of alert rules alone: kinds, channels, times, languages, values of facts."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from enum import Enum
from typing import Annotated, TypeVar

from pydantic import AfterValidator, Field, PlainValidator, WithJsonSchema

from services.common.runtime.yaml_figures import wrong
from services.common.runtime.yaml_times import TIME_SCHEMA, parse_time
from services.common.runtime.yaml_tree import FormReason
from services.notification.domain.facts import FactKind
from services.notification.domain.notifications import AlertSeverity, Category, Channel
from services.notification.domain.ruling.findings import FindingReason

_ALERT = re.compile(r"[a-z](?:[a-z0-9-]{0,62}[a-z0-9])?")

Named = TypeVar("Named", bound=Enum)


def _check_alert(text: str) -> str:
    if not _ALERT.fullmatch(text):
        raise wrong(
            FormReason.CODE_INVALID,
            f"{text!r} is no code of an alert, which is the name of its words too; "
            "write lower-case letters, digits and inner hyphens, a letter first, at most 64",
        )
    return text


def _one_of(members: type[Named], reason: Enum, what: str) -> Callable[[object], Named]:
    def parse(value: object) -> Named:
        for member in members:
            if member.value == value:
                return member
        known = [str(member.value) for member in members]
        close = difflib.get_close_matches(str(value), known, n=1)
        hint = f"did you mean {close[0]}?" if close else f"there are: {', '.join(known)}"
        raise wrong(reason, f"{value!r} is no {what}; {hint}")

    return parse


def _names(members: type[Enum]) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "enum": [member.value for member in members]})


Time = Annotated[int, PlainValidator(parse_time(most_days=7)), TIME_SCHEMA]
"""Minutes."""
AlertCode = Annotated[
    str, AfterValidator(_check_alert), WithJsonSchema({"type": "string", "pattern": f"^{_ALERT.pattern}$"})
]
FactField = Annotated[
    FactKind,
    PlainValidator(_one_of(FactKind, FormReason.FIELD_INVALID, "kind of fact")),
    _names(FactKind),
]
CategoryField = Annotated[
    Category, PlainValidator(_one_of(Category, FormReason.FIELD_INVALID, "category")), _names(Category)
]
SeverityField = Annotated[
    AlertSeverity,
    PlainValidator(_one_of(AlertSeverity, FormReason.FIELD_INVALID, "severity")),
    _names(AlertSeverity),
]
ChannelField = Annotated[
    Channel, PlainValidator(_one_of(Channel, FindingReason.CHANNEL_UNKNOWN, "channel")), _names(Channel)
]
Condition = Annotated[
    str, Field(min_length=1, max_length=1_000, description="CEL: fact.percent >= 80; absent: always")
]
FactValue = str | int | bool


def _parse_value(value: object) -> FactValue:
    if isinstance(value, str | int):
        return value
    if isinstance(value, float):
        raise wrong(
            FormReason.AMOUNT_NOT_TEXT, f'write it in quotes, money with its currency: "{value:.2f} EUR"'
        )
    raise wrong(FormReason.FIELD_INVALID, f"{value!r:.40} is no value; leave out what a fact lacks")


FactValueField = Annotated[
    FactValue,
    PlainValidator(_parse_value),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "boolean"}]}),
]
"""Money as "4.99 EUR", units as 200 MB, 10 min or 5 events, moments as 2026-12-04 20:00, flags as true."""
Sentence = Annotated[str, Field(min_length=1, max_length=4_000)]
Count = Annotated[int, Field(ge=0, le=1_000_000_000)]
