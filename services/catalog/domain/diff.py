"""What changes between two catalogs, field by field.

Things with a code are matched by it. One that is new or gone is one change;
inside one that stayed, each field that differs is a change of its own.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from services.catalog.domain.catalog import Catalog, Offering

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


def diff_catalogs(old: Catalog | None, new: Catalog) -> list[Change]:
    """Changes that lead from `old` to `new`, in the order of their fields. Without `old` all is new."""
    if old is None:
        return [
            Change(ChangeKind.ADDED, f"{_OFFERINGS}.{offering.code}", "", _shown(offering), offering.code)
            for offering in new.offerings
        ]
    return list(_values(old, new, ""))


def _values(old: object, new: object, path: str) -> Iterator[Change]:
    if old == new:
        return
    if _is_record(old) and type(old) is type(new):
        for item in dataclasses.fields(old):  # type: ignore[arg-type]
            here = f"{path}.{item.name}" if path else item.name
            yield from _values(getattr(old, item.name), getattr(new, item.name), here)
    elif _is_coded(old) and _is_coded(new):
        yield from _coded(old, new, path)
    else:
        yield _change(ChangeKind.CHANGED, path, _shown(old), _shown(new))


def _coded(old: object, new: object, path: str) -> Iterator[Change]:
    before = {item.code: item for item in old}  # type: ignore[attr-defined]
    after = {item.code: item for item in new}  # type: ignore[attr-defined]
    for code in sorted(before.keys() | after.keys()):
        here = f"{path}.{code}"
        if code not in before:
            yield _change(ChangeKind.ADDED, here, "", _shown(after[code]))
        elif code not in after:
            yield _change(ChangeKind.REMOVED, here, _shown(before[code]), "")
        else:
            yield from _values(before[code], after[code], here)


def _change(kind: ChangeKind, path: str, old: str, new: str) -> Change:
    parts = path.split(".")
    offering = parts[1] if len(parts) > 1 and parts[0] == _OFFERINGS else ""
    return Change(kind, path, old, new, offering)


def _is_record(value: object) -> bool:
    return dataclasses.is_dataclass(value) and not isinstance(value, type)


def _is_coded(value: object) -> bool:
    return isinstance(value, tuple) and all(_is_record(item) and hasattr(item, "code") for item in value)


def _shown(value: object) -> str:
    """A value in one line, for people."""
    if isinstance(value, Offering):
        return f"{value.name} ({value.kind.value})"
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(_shown(item) for item in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        filled = [(item.name, getattr(value, item.name)) for item in dataclasses.fields(value)]
        inner = ", ".join(
            f"{name} {_shown(part)}" for name, part in filled if part not in (None, "", (), False)
        )
        return f"{type(value).__name__}({inner})"
    return "" if value is None else str(value)
