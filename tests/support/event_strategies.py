"""Any event that the journal can carry, drawn field by field from its type."""

from __future__ import annotations

import dataclasses
import types
import typing
from enum import Enum
from typing import Any

from hypothesis import strategies as st

from services.charging.domain import events as ev
from services.charging.domain.rating.circumstances import ANYWHERE
from services.charging.domain.state import Bucket
from services.common.kernel.clock import SECOND, Instant

EVENT_TYPES: tuple[type, ...] = typing.get_args(ev.Event)

UNSIGNED_32 = {
    "catalog_version",
    "customer_value",
    "days_from_first_use",
    "factor_permille",
    "five_qi",
    "load_percent",
    "local_sequence",
    "missing_local_sequences",
    "missing_sequences",
    "period_number",
    "priority",
    "promotion_percent",
    "rating_group",
    "rating_groups",
    "reauthorisation_pending",
    "rollover_periods",
    "sequence",
    "thresholds_percent",
    "used_percent",
}
"""Fields of the contract that are uint32; every other integer is an int64."""

_TEXTS = st.text(st.characters(codec="utf-8"), max_size=8)
_INSTANTS = st.integers(0, 7_258_118_400 * SECOND).map(Instant)


def events(kind: type) -> st.SearchStrategy[Any]:
    """Every event of one type. Raises LookupError for a field of a type that has no strategy."""
    return _values(kind, "")


def entries() -> st.SearchStrategy[ev.Entry]:
    """Entries of any events, in any order."""
    return st.builds(
        ev.Entry,
        _INSTANTS,
        st.sampled_from(ev.Operation),
        st.lists(st.sampled_from(EVENT_TYPES).flatmap(events), max_size=4).map(tuple),
        st.binary(max_size=4),
        st.binary(max_size=4),
        st.binary(max_size=4),
    )


def _values(hint: Any, name: str) -> st.SearchStrategy[Any]:
    if hint is Bucket:
        return _fields(Bucket).map(_as_opened)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return _fields(hint)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return st.sampled_from(hint)
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is tuple:
        return _tuples(arguments, name)
    if origin is frozenset:
        return st.frozensets(_values(arguments[0], name), max_size=2)
    if origin in (types.UnionType, typing.Union):
        (inner,) = (argument for argument in arguments if argument is not type(None))
        return st.none() | _values(inner, name)
    return _scalars(hint, name)


def _scalars(hint: Any, name: str) -> st.SearchStrategy[Any]:
    if hint is int:
        return st.integers(0, 2**32 - 1) if name in UNSIGNED_32 else _signed(name)
    known: dict[Any, st.SearchStrategy[Any]] = {
        str: _TEXTS,
        bytes: st.binary(max_size=32),
        bool: st.booleans(),
        Instant: _INSTANTS,
    }
    if hint not in known:
        raise LookupError(f"no strategy for {name}: {hint}")
    return known[hint]


def _signed(name: str) -> st.SearchStrategy[int]:
    return st.integers(0, 2**64 - 1) if name == "epoch" else st.integers(-(2**63), 2**63 - 1)


def _tuples(arguments: tuple[Any, ...], name: str) -> st.SearchStrategy[Any]:
    if arguments[-1] is Ellipsis:
        return st.lists(_values(arguments[0], name), max_size=2).map(tuple)
    return st.tuples(*(_values(argument, "") for argument in arguments))


def _fields(kind: type) -> st.SearchStrategy[Any]:
    hints = typing.get_type_hints(kind)
    return st.builds(
        kind, **{field.name: _values(hints[field.name], field.name) for field in dataclasses.fields(kind)}
    )


def _as_opened(bucket: Bucket) -> Bucket:
    """As a bucket is when it opens: nothing reserved, its balance what was put in, ANYWHERE itself."""
    conditions = ANYWHERE if bucket.conditions == ANYWHERE else bucket.conditions
    return dataclasses.replace(bucket, reserved=0, initial=bucket.balance, conditions=conditions)
