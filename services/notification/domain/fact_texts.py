"""Values of a fact as text and back, exactly: what is held back has to be kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from services.common.kernel.money import Money, currency
from services.notification.domain.facts import FACT_FIELDS, FactKind, FieldKind, Units, Value

_WHOLE = (FieldKind.COUNT, FieldKind.PERCENT, FieldKind.INSTANT)


def values_text(values: Mapping[str, Value]) -> str:
    """JSON; money and units as `[amount, code]`. The same values always give the same text."""
    return json.dumps({name: _plain(value) for name, value in values.items()}, sort_keys=True)


def values_of(text: str, kind: FactKind) -> dict[str, Value]:
    """The values back. Raises ValueError for text that no fact of that kind has given."""
    fields = FACT_FIELDS[kind]
    try:
        found = json.loads(text)
        return {name: _value(fields[name], value) for name, value in found.items()}
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"these are no values of {kind.value}") from error


def _plain(value: Value) -> object:
    if isinstance(value, Money):
        return [value.minor_micros, value.currency.code]
    if isinstance(value, Units):
        return [value.count, value.unit]
    return value


def _value(kind: FieldKind, value: Any) -> Value:
    if kind is FieldKind.MONEY:
        minor_micros, code = value
        return Money(_whole(minor_micros), currency(_text(code)))
    if kind is FieldKind.UNITS:
        count, unit = value
        return Units(_whole(count), _text(unit))
    if kind is FieldKind.FLAG:
        if not isinstance(value, bool):
            raise TypeError("no flag")
        return value
    return _whole(value) if kind in _WHOLE else _text(value)


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("no whole number")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value
