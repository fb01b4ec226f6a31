"""What changes between two catalogs, field by field, in the words of their written form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.common.kernel.outlines import ChangeKind, Difference, Outline, differences, shown

_OFFERINGS = "offerings"


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
        return [_change(item) for item in differences({_OFFERINGS: {}}, offerings)]
    return [_change(item) for item in differences(old, new)]


def _change(item: Difference) -> Change:
    parts = item.field.split(".")
    of_offering = len(parts) > 1 and parts[0] == _OFFERINGS
    show = _offering if of_offering and len(parts) == 2 else shown
    code = parts[1] if of_offering else ""
    return Change(item.kind, item.field, show(item.old), show(item.new), code)


def _offering(value: Outline) -> str:
    return f"{value.get('name')} ({value.get('kind')})" if isinstance(value, Mapping) else ""
