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
from services.offers.domain.profiles.profile import (
    MOST_GROUPS,
    Attributes,
    GroupUse,
    HeldOffering,
    Profile,
)
from services.offers.domain.profiles.windows import added, faded, steps, taken

_QUARTER = 15 * MINUTE
_MANY_REPORTS = 4_096
_NOTHING_MOVED = (0, 0, 0, 0, 0)


class Stirred(IntFlag):
    """What facts have changed that an offer may react to."""

    NOTHING = 0
    USAGE = 1
    ALLOWANCE = 2
    ZONE = 4


class _Working:
    """A profile while facts are folded into it; never seen outside."""

    __slots__ = ("attributes", "groups", "hours", "refused_at", "zone", "zone_at")

    def __init__(self, profile: Profile) -> None:
        self.attributes: Attributes = profile.attributes
        self.refused_at = profile.refused_at
        self.zone = profile.zone
        self.zone_at = profile.zone_at
        self.hours = list(profile.hours)
        self.groups = dict(profile.groups)


def folded(profile: Profile | None, facts: Sequence[Fact]) -> Profile:
    """The profile after some facts, in the order of the journal. None: nothing was known.

    Facts one by one, or many at once, come to the same. Raises ValueError for None without facts.
    """
    if profile is None:
        if not facts:
            raise ValueError("nothing is known, and nothing happened")
        profile = Profile(Instant(facts[0].at))
    working = _Working(profile)
    for fact in facts:
        if type(fact) is Used:
            _used(working, fact)
        else:
            _FOLDS[type(fact)](working, fact)
    return Profile(
        profile.first_seen_at,
        working.attributes,
        working.refused_at,
        working.zone,
        working.zone_at,
        tuple(working.hours),
        working.groups,
    )


def stirred(before: Profile | None, facts: Iterable[Fact], after: Profile) -> Stirred:
    """What facts that led from one profile to the next have changed."""
    found = Stirred.NOTHING
    for fact in facts:
        if type(fact) is Used:
            found |= Stirred.USAGE | (Stirred.ALLOWANCE if fact.from_allowance else Stirred.NOTHING)
    if after.zone != (before.zone if before else ""):
        found |= Stirred.ZONE
    return found


def _used(working: _Working, fact: Used) -> None:
    at, group = fact.at, fact.rating_group
    use = working.groups.get(group)
    if use is None or use.unit != fact.unit:
        # A rating group that counts in another unit from now on begins anew.
        use = GroupUse(at, fact.unit)
    moved = steps(use.at, at)
    if any(moved):
        units, paid = added(use.units, moved, fact.units), added(use.paid, moved, fact.paid)
    else:
        units = added(use.units, _NOTHING_MOVED, fact.units)
        paid = added(use.paid, _NOTHING_MOVED, fact.paid) if fact.paid else use.paid
    if at >= use.at:
        decayed = faded(use.decayed, at - use.at) + fact.units
        working.groups[group] = GroupUse(at, fact.unit, decayed, units, paid)
    else:
        decayed = use.decayed + faded(fact.units, use.at - at)
        working.groups[group] = GroupUse(use.at, fact.unit, decayed, units, paid)
    if len(working.groups) > MOST_GROUPS:
        _forget_oldest(working)
    _count_hour(working, at)
    if fact.zone:
        _located(working, fact)


def _forget_oldest(working: _Working) -> None:
    oldest = min(working.groups, key=lambda group: (working.groups[group].at, group))
    del working.groups[oldest]


def _count_hour(working: _Working, at: int) -> None:
    hours = working.hours
    hour = _local_hour(at // _QUARTER, working.attributes.time_zone)
    hours[hour] += 1
    # Halved when they grow: habits of last year make room for those of today.
    if hours[hour] >= _MANY_REPORTS:
        hours[:] = [count // 2 for count in hours]


@lru_cache(maxsize=65_536)
def _local_hour(quarter: int, time_zone: str) -> int:
    """Of a quarter of an hour since the epoch; offsets of zones are multiples of it since 1972."""
    try:
        return local(Instant(quarter * _QUARTER), time_zone).hour
    except ValueError:
        return local(Instant(quarter * _QUARTER), "UTC").hour


def _located(working: _Working, fact: Used | Located) -> None:
    if fact.at >= working.zone_at:
        working.zone, working.zone_at = fact.zone, fact.at


def _refused(working: _Working, fact: Refused) -> None:
    working.refused_at = max(working.refused_at, fact.at)


def _repaid(working: _Working, fact: Repaid) -> None:
    """Taken from what was used last, then from the one before: the journal does not say what it was for."""
    left = fact.minor_micros
    for group in sorted(working.groups, key=lambda number: (-working.groups[number].at, number)):
        if left == 0:
            return
        use = working.groups[group]
        if left < 0:
            working.groups[group] = use._replace(paid=added(use.paid, _NOTHING_MOVED, -left))
            return
        month = use.paid[-1] + use.paid[-2]
        working.groups[group] = use._replace(paid=taken(use.paid, left))
        left -= min(left, month)


def _added(working: _Working, fact: Added) -> None:
    working.attributes = Attributes(
        fact.time_zone, fact.segment, fact.device_class, fact.customer_value, False, fact.offerings
    )


def _described(working: _Working, fact: Described) -> None:
    working.attributes = replace(
        working.attributes,
        segment=fact.segment,
        customer_value=fact.customer_value,
        device_class=fact.device_class,
        barred=fact.barred,
    )


def _subscribed(working: _Working, fact: Subscribed) -> None:
    changed = fact.offering
    kept: list[HeldOffering] = [held for held in working.attributes.offerings if held.code != changed.code]
    if not fact.ended:
        kept.append(changed)
    kept.sort(key=lambda held: held.code)
    working.attributes = replace(working.attributes, offerings=tuple(kept))


_FOLDS: dict[type, Callable[[_Working, Any], None]] = {
    Refused: _refused,
    Located: _located,
    Repaid: _repaid,
    Added: _added,
    Described: _described,
    Subscribed: _subscribed,
}
