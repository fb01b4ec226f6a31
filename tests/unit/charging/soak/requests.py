"""A charging request as it is asked, in plain values, and as the command that charging takes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

from services.charging.domain.commands import Container, Measure, Report
from services.charging.domain.rating.circumstances import Observed
from services.common.kernel.clock import Instant
from tests.unit.charging.soak.figures import CALLED, NETWORKS, PARCEL, TEXT, UNITS, UNKNOWN_GROUP
from tests.unit.charging.soak.slow_prices import Where

_PLMNS = (*[None] * 12, *["26201"] * 6, *NETWORKS)
_CALLS = (*[None] * 16, *["4930123"] * 6, *CALLED)

CHARGING_DECIDES = -1
"""A wish for units without a number."""

GROUPS = (10, 10, 10, 11, 11, 12, 20, 20, 30, 40, 50, UNKNOWN_GROUP)
_USES = ((0, 0), (1, 30), (1, 30), (31, 200), (31, 200), (200, 1_500))
_WISHES = (None, CHARGING_DECIDES, CHARGING_DECIDES, 0, 25, 300)


@dataclass(frozen=True, slots=True)
class Part:
    """One container. `until` and `local` None: not said."""

    units: int
    until: int | None = None
    local: int | None = None
    offline: bool = False

    @property
    def partners(self) -> tuple[str, str]:
        """Who sponsors it and whose application it is: of every third container, and every fourth."""
        return (
            f"sponsor-{self.units % 7}" if self.units and self.units % 3 == 0 else "",
            f"application-{self.units % 5}" if self.units and self.units % 4 == 0 else "",
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """One rating group of a request. `wish` None: nothing more is wanted."""

    group: int
    parts: tuple[Part, ...]
    wish: int | None


@dataclass(frozen=True, slots=True)
class Seen:
    """What the element says of the circumstances; None: nothing of that."""

    plmn: str | None = None
    called: str | None = None
    load: int | None = None

    def observed(self) -> Observed:
        """As a request says it."""
        return Observed(serving_plmn=self.plmn, called=self.called, load_percent=self.load)

    def change(self, before: Where, segment: str, value: int) -> Where:
        """Where it is now."""
        after = replace(before, segment=segment, value=value)
        if self.plmn is not None:
            after = replace(after, zone=NETWORKS[self.plmn])
        if self.called is not None:
            after = replace(after, destination=CALLED[self.called])
        return after if self.load is None else replace(after, load=self.load)


def draw_seen(random: Random) -> Seen:
    """Mostly nothing new."""
    return Seen(
        random.choice(_PLMNS),
        random.choice(_CALLS),
        random.choice([None, None, None, 20, 79, 80, 95]),
    )


def draw_asked(random: Random, at: int, earliest: int, most: int = 3) -> tuple[Asked, ...]:
    """Different rating groups; the containers of one may have times and numbers of their own."""
    groups = dict.fromkeys(random.choice(GROUPS) for _ in range(random.randrange(most + 1)))
    return tuple(
        Asked(group, _draw_parts(random, group, at, earliest), random.choice(_WISHES)) for group in groups
    )


def _draw_parts(random: Random, group: int, at: int, earliest: int) -> tuple[Part, ...]:
    if random.random() < 0.75:
        units = _draw_units(random, group)
        return (Part(units, offline=random.random() < 0.05),) if units else ()
    parts, time = [], earliest
    for _ in range(random.randrange(1, 4)):
        time = random.randrange(time, at + 1) if time < at else at
        until = time if random.random() < 0.7 else None
        local = random.randrange(6) if random.random() < 0.5 else None
        parts.append(Part(_draw_units(random, group), until, local))
    return tuple(parts)


def _draw_units(random: Random, group: int) -> int:
    low, high = random.choice(_USES)
    units = random.randrange(low, high + 1)
    return units % 12 if group in {TEXT, PARCEL} else units


def measure(group: int, units: int) -> Measure:
    """Units as an element counts them."""
    unit = UNITS.get(group, "octets")
    if unit == "octets":
        return Measure(total_octets=units)
    return Measure(time_seconds=units) if unit == "seconds" else Measure(specific_units=units)


def report(asked: Asked) -> Report:
    """As a command has it."""
    requested = None
    if asked.wish is not None:
        requested = Measure() if asked.wish == CHARGING_DECIDES else measure(asked.group, asked.wish)
    return Report(
        asked.group,
        requested,
        tuple(
            Container(
                measure(asked.group, part.units),
                part.local,
                None if part.until is None else Instant(part.until),
                part.offline,
                *part.partners,
            )
            for part in asked.parts
        ),
    )
