"""The one fold: a profile and what happened next make the next profile. Live and offline go through it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from enum import IntFlag
from functools import lru_cache
from typing import Any

from services.common.kernel.clock import MINUTE, Instant, local
from services.offers.domain.profiles.facts import (
    Added,
    Described,
    Fact,
    Located,
    Refused,
    Repaid,
    Subscribed,
    Used,
)
from services.offers.domain.profiles.packed import (
    counted,
    packed_attributes,
    packed_group,
    unpacked_attributes,
    unpacked_group,
    used_at,
)
from services.offers.domain.profiles.profile import (
    MOST_GROUPS,
    MOST_OFFERINGS,
    Attributes,
    GroupUse,
    Profile,
)
from services.offers.domain.profiles.windows import NO_COUNTS, added, faded, steps, taken

_QUARTER = 15 * MINUTE
_NO_ATTRIBUTES = packed_attributes(Attributes())


class Stirred(IntFlag):
    """What facts have changed that an offer may react to."""

    NOTHING = 0
    USAGE = 1
    ALLOWANCE = 2
    ZONE = 4


def folded(profile: Profile | None, facts: Sequence[Fact]) -> Profile:
    """The profile after some facts, in the order of the journal. None: nothing was known.

    Facts one by one, or many at once, come to the same. Raises ValueError for None without facts.
    """
    if profile is None:
        if not facts:
            raise ValueError("nothing is known, and nothing happened")
        profile = Profile(Instant(facts[0].at), _NO_ATTRIBUTES)
    for fact in facts:
        profile = _FOLDS[type(fact)](profile, fact)
    return profile


def stirred(before: Profile | None, facts: Iterable[Fact], after: Profile) -> Stirred:
    """What facts that led from one profile to the next have changed."""
    found = Stirred.NOTHING
    for fact in facts:
        if type(fact) is Used:
            found |= Stirred.USAGE | (Stirred.ALLOWANCE if fact.from_allowance else Stirred.NOTHING)
    if after.zone != (before.zone if before else ""):
        found |= Stirred.ZONE
    return found


def _used(profile: Profile, fact: Used) -> Profile:
    first_seen_at, attributes, refused_at, zone, zone_at, hours, groups = profile
    at, number, unit, units, paid, its_zone, _ = fact
    part = groups.get(number)
    use = unpacked_group(part) if part is not None else GroupUse(at, unit)
    if use.unit != unit:
        # A rating group that counts in another unit from now on begins anew.
        use = GroupUse(at, unit)
    groups = {**groups, number: packed_group(number, _with_usage(use, at, units, paid))}
    if part is None:
        groups = _in_order(groups)
    hours = counted(hours, _local_hour(at // _QUARTER, unpacked_attributes(attributes).time_zone))
    if its_zone and at >= zone_at:
        zone, zone_at = its_zone, at
    return Profile(first_seen_at, attributes, refused_at, zone, zone_at, hours, groups)


def _with_usage(use: GroupUse, at: int, units: int, paid: int) -> GroupUse:
    newest, unit, decayed, used, spent = use
    moved = steps(newest, at)
    used = added(used, moved, units)
    # What allowances pay for costs nothing, for most subscribers ever.
    if paid or spent != NO_COUNTS:
        spent = added(spent, moved, paid)
    if at >= newest:
        return GroupUse(at, unit, faded(decayed, at - newest) + units, used, spent)
    return GroupUse(newest, unit, decayed + faded(units, newest - at), used, spent)


def _in_order(groups: dict[int, bytes]) -> dict[int, bytes]:
    """A rating group is new: it takes its place, and the one used least recently may have to go."""
    if len(groups) > MOST_GROUPS:
        del groups[min(groups, key=lambda number: (used_at(groups[number]), number))]
    return dict(sorted(groups.items()))


@lru_cache(maxsize=65_536)
def _local_hour(quarter: int, time_zone: str) -> int:
    """Of a quarter of an hour since the epoch; offsets of zones are multiples of it since 1972."""
    try:
        return local(Instant(quarter * _QUARTER), time_zone).hour
    except ValueError:
        return local(Instant(quarter * _QUARTER), "UTC").hour


def _located(profile: Profile, fact: Located) -> Profile:
    if fact.at < profile.zone_at:
        return profile
    return profile._replace(zone=fact.zone, zone_at=fact.at)


def _refused(profile: Profile, fact: Refused) -> Profile:
    return profile._replace(refused_at=max(profile.refused_at, fact.at))


def _repaid(profile: Profile, fact: Repaid) -> Profile:
    """Taken from what was used last, then from the one before: the journal does not say what it was for."""
    left, groups = fact.minor_micros, dict(profile.groups)
    for number in sorted(groups, key=lambda number: (-used_at(groups[number]), number)):
        if left == 0:
            break
        use = unpacked_group(groups[number])
        if left < 0:
            groups[number] = packed_group(number, use._replace(paid=added(use.paid, (), -left)))
            break
        month = use.paid[-1] + use.paid[-2]
        groups[number] = packed_group(number, use._replace(paid=taken(use.paid, left)))
        left -= min(left, month)
    return profile._replace(groups=groups)


def _added(profile: Profile, fact: Added) -> Profile:
    attributes = Attributes(
        fact.time_zone, fact.segment, fact.device_class, fact.customer_value, False, fact.offerings
    )
    return profile._replace(attributes=packed_attributes(attributes))


def _described(profile: Profile, fact: Described) -> Profile:
    attributes = replace(
        unpacked_attributes(profile.attributes),
        segment=fact.segment,
        customer_value=fact.customer_value,
        device_class=fact.device_class,
        barred=fact.barred,
    )
    return profile._replace(attributes=packed_attributes(attributes))


def _subscribed(profile: Profile, fact: Subscribed) -> Profile:
    attributes, changed = unpacked_attributes(profile.attributes), fact.offering
    held = [offering for offering in attributes.offerings if offering.code != changed.code]
    if not fact.ended:
        held.append(changed)
    held = sorted(held, key=lambda offering: offering.code)[:MOST_OFFERINGS]
    return profile._replace(attributes=packed_attributes(replace(attributes, offerings=tuple(held))))


_FOLDS: dict[type, Callable[[Profile, Any], Profile]] = {
    Used: _used,
    Refused: _refused,
    Located: _located,
    Repaid: _repaid,
    Added: _added,
    Described: _described,
    Subscribed: _subscribed,
}
