"""Values of a fact as people write them."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping

from pydantic_core import PydanticCustomError

from services.common.kernel.money import Money, currency, parse_money
from services.common.runtime.yaml_figures import parse_size
from services.notification.adapters.yaml_build.scope import Scope
from services.notification.adapters.yaml_form.fields import FactValue
from services.notification.domain.facts import FACT_FIELDS, FactKind, FieldKind, Units, Value
from services.notification.domain.ruling.findings import FindingReason

_WRITE: Mapping[FieldKind, str] = {
    FieldKind.TEXT: "a text, in quotes where it could be taken for something else",
    FieldKind.CODE: "a code as text, in quotes where it could be taken for something else",
    FieldKind.COUNT: "a whole number",
    FieldKind.PERCENT: "a whole number of per cent: 80",
    FieldKind.MONEY: '"4.99 EUR"',
    FieldKind.UNITS: "200 MB, 10 min or 5 events",
    FieldKind.INSTANT: "2026-12-04 20:00",
    FieldKind.FLAG: "true or false",
}

_WRITTEN_AS: Mapping[FieldKind, type] = dict.fromkeys(FieldKind, str) | {
    FieldKind.COUNT: int,
    FieldKind.PERCENT: int,
    FieldKind.FLAG: bool,
}


def build_values(
    scope: Scope, kind: FactKind, written: Mapping[str, FactValue], field: str
) -> dict[str, Value]:
    """The fields of a fact; those that are not of its kind, or no such value, become findings."""
    fields, found = FACT_FIELDS[kind], {}
    for name, value in written.items():
        here = f"{field}.{name}"
        if name not in fields:
            close = difflib.get_close_matches(name, list(fields), n=1)
            hint = f"did you mean `{close[0]}`?" if close else f"there are: {', '.join(fields)}"
            scope.problem(FindingReason.FIELD_UNKNOWN, f"{kind.value} has no `{name}`; {hint}", here)
            continue
        built = _value(scope, fields[name], value, here)
        if built is not None:
            found[name] = built
    return found


def _value(scope: Scope, kind: FieldKind, value: FactValue, field: str) -> Value | None:
    if type(value) is not _WRITTEN_AS[kind]:
        scope.problem(FindingReason.FIELD_INVALID, f"{value!r} does not fit; write {_WRITE[kind]}", field)
        return None
    read = _READ.get(kind)
    return read(scope, str(value), field) if read else value


def _money(scope: Scope, text: str, field: str) -> Money | None:
    amount, _, code = text.partition(" ")
    try:
        return parse_money(amount, currency(code))
    except ValueError as error:
        message = f"{error}; write {_WRITE[FieldKind.MONEY]}"
        scope.problem(FindingReason.AMOUNT_INVALID, message, field)
        return None


def _units(scope: Scope, text: str, field: str) -> Units | None:
    try:
        size = parse_size(text)
    except PydanticCustomError as error:
        scope.problem(FindingReason.SIZE_INVALID, error.message(), field)
        return None
    if not size.unit:
        message = f"{text!r} has no unit; write {_WRITE[FieldKind.UNITS]}"
        scope.problem(FindingReason.SIZE_INVALID, message, field)
        return None
    return Units(size.amount, size.unit)


def _moment(scope: Scope, text: str, field: str) -> Value | None:
    return scope.moment(text, field)


_READ: Mapping[FieldKind, Callable[[Scope, str, str], Value | None]] = {
    FieldKind.MONEY: _money,
    FieldKind.UNITS: _units,
    FieldKind.INSTANT: _moment,
}
