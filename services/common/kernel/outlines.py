"""What changes between two things, field by field, in the words of their written form.

Mappings are compared key by key, so things are matched by their codes. One
that is new or gone is one change; inside one that stayed, each field that
differs is a change of its own. Lists are compared whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

Outline = Mapping[str, "Outline"] | Sequence["Outline"] | str | int | float | bool | None
"""A thing as its canonical written form holds it: mappings by code, lists, plain values."""


class ChangeKind(Enum):
    """What happened to a field."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that differs. `field` is a dotted path; None: not there."""

    kind: ChangeKind
    field: str
    old: Outline
    new: Outline


def differences(
    old: Mapping[str, Outline], new: Mapping[str, Outline], path: str = ""
) -> Iterator[Difference]:
    """Everything that differs, in the order of the fields."""
    for key in sorted(old.keys() | new.keys()):
        here = f"{path}.{key}" if path else key
        before, after = old.get(key), new.get(key)
        if before == after:
            continue
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            yield from differences(before, after, here)
        else:
            kind = (
                ChangeKind.ADDED
                if before is None
                else ChangeKind.REMOVED
                if after is None
                else ChangeKind.CHANGED
            )
            yield Difference(kind, here, before, after)


def shown(value: Outline) -> str:
    """A value in one line, for people to read."""
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
    inside = shown(value)
    if isinstance(value, Mapping):
        return f"{{{inside}}}"
    return f"[{inside}]" if isinstance(value, Sequence) and not isinstance(value, str) else inside
