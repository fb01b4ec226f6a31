"""The short form in which usage and wishes are written on the command line: `110=5MB`, `200=60s`, `110`.

Used units may name partners: `108=5MB,sponsor=shoes-ag,application=clip-world`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from tidemark.charging.v1 import charging_data_pb2 as data

from services.cli.amounts import parse_units
from services.common.kernel.quantity import OCTETS, SECONDS

DEFAULT_RATING_GROUP = "default"
_MAX_RATING_GROUP = 2**32 - 1

Units = TypeVar("Units", data.RequestedUnit, data.UsedUnitContainer)


def parse_usage(asks: Sequence[str], uses: Sequence[str]) -> list[data.MultipleUnitUsage]:
    """One entry per rating group, in the order in which they first appear; used units before wishes.

    `110=5MB` names rating group and units, `default=5MB` leaves the group to the catalog. A wish
    without units (`110`) leaves the size of the grant to charging. `,sponsor=` and `,application=`
    after used units say who pays for them and whose application it was. Raises ValueError.
    """
    entries: dict[str, data.MultipleUnitUsage] = {}
    for text in uses:
        usage, *partners = text.split(",")
        group, units = _parts(usage)
        if not units:
            raise ValueError(f"{usage!r} says no units; write {usage}=5MB, {usage}=60s or {usage}=1events")
        container = data.UsedUnitContainer()
        _set_partners(container, partners)
        _set_units(container, units)
        _entry(entries, group).used_unit_container.append(container)
    for text in asks:
        group, units = _parts(text)
        entry = _entry(entries, group)
        if entry.HasField("requested_unit"):
            raise ValueError(f"rating group {group} is asked for twice")
        entry.requested_unit.SetInParent()
        if units:
            _set_units(entry.requested_unit, units)
    return list(entries.values())


def _parts(text: str) -> tuple[str, str]:
    group, _, units = text.partition("=")
    if group != DEFAULT_RATING_GROUP and not (
        group.isascii() and group.isdigit() and int(group) <= _MAX_RATING_GROUP
    ):
        raise ValueError(f"{group!r} is not a rating group: write its number, or `{DEFAULT_RATING_GROUP}`")
    return group, units


def _set_partners(container: data.UsedUnitContainer, texts: Sequence[str]) -> None:
    for text in texts:
        kind, _, name = text.partition("=")
        if kind == "sponsor" and name:
            container.sponsor_identity = name
        elif kind == "application" and name:
            container.application_service_provider_identity = name
        else:
            raise ValueError(f"{text!r} is neither sponsor=... nor application=...")


def _entry(entries: dict[str, data.MultipleUnitUsage], group: str) -> data.MultipleUnitUsage:
    if group not in entries:
        entries[group] = data.MultipleUnitUsage()
        if group != DEFAULT_RATING_GROUP:
            entries[group].rating_group = int(group)
    return entries[group]


def _set_units(target: Units, text: str) -> None:
    amount, unit = parse_units(text)
    if unit == OCTETS:
        target.total_volume_octets = amount
    elif unit == SECONDS:
        target.time_seconds = amount
    else:
        # Events and every unit of the catalog's own travel as service specific units.
        target.service_specific_units = amount
