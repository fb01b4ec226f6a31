"""What changes between two catalogs, field by field, in the words of their written form.

Mappings are compared key by key, so things are matched by their codes. One
that is new or gone is one change; inside one that stayed, each field that
differs is a change of its own. Lists are compared whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

Outline = Mapping[str, "Outline"] | Sequence["Outline"] | str | int | float | bool | None
"""A catalog as its canonical written form holds it: mappings by code, lists, plain values."""

_OFFERINGS = "offerings"


class ChangeKind(Enum):
    """What happened to a field."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference; `offering_code` '' where it is of the whole catalog. Values are for people to read."""

    kind: ChangeKind
    field: str
    old_value: str
    new_value: str
    offering_code: str = ""


def diff_outlines(old: Mapping[str, Outline] | None, new: Mapping[str, Outline]) -> list[Change]:
    """Changes from `old` to `new`, in the order of their fields. Without `old` every offering is new."""
    if old is None:
        offerings = {_OFFERINGS: new.get(_OFFERINGS, {})}
        return list(_mappings({_OFFERINGS: {}}, offerings, ""))
    return list(_mappings(old, new, ""))


def _mappings(old: Mapping[str, Outline], new: Mapping[str, Outline], path: str) -> Iterator[Change]:
    for key in sorted(old.keys() | new.keys()):
        here = f"{path}.{key}" if path else key
        before, after = old.get(key), new.get(key)
        if before == after:
            continue
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            yield from _mappings(before, after, here)
        else:
            yield _change(here, before, after)


def _change(path: str, old: Outline, new: Outline) -> Change:
    parts = path.split(".")
    of_offering = len(parts) > 1 and parts[0] == _OFFERINGS
    kind = ChangeKind.ADDED if old is None else ChangeKind.REMOVED if new is None else ChangeKind.CHANGED
    show = _offering if of_offering and len(parts) == 2 else _shown
    return Change(kind, path, show(old), show(new), parts[1] if of_offering else "")


def _offering(value: Outline) -> str:
    return f"{value.get('name')} ({value.get('kind')})" if isinstance(value, Mapping) else ""


def _shown(value: Outline) -> str:
    """A value in one line."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_nested(part)}" for key, part in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(_nested(part) for part in value)
    return str(value)


def _nested(value: Outline) -> str:
    shown = _shown(value)
    if isinstance(value, Mapping):
        return f"{{{shown}}}"
    return f"[{shown}]" if isinstance(value, Sequence) and not isinstance(value, str) else shown
