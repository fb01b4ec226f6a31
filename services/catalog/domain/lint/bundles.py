"""Bundles: what they contain and what can be chosen."""

from __future__ import annotations

from collections.abc import Iterator

from services.catalog.domain.catalog import Catalog
from services.catalog.domain.findings import Finding, FindingReason, error
from services.catalog.domain.offerings import Offering


def bundle_findings(catalog: Catalog) -> Iterator[Finding]:
    """Offerings that contain themselves, choices that cannot be made."""
    for offering in catalog.offerings:
        field = f"offerings.{offering.code}"
        path = _way_back(catalog.offerings_by_code(), offering.code)
        if path:
            yield error(
                FindingReason.BUNDLE_CYCLE,
                field,
                f"it contains itself: {' -> '.join(path)}; take one of them out",
            )
        yield from _choice(offering, f"{field}.choice")


def members(offering: Offering) -> tuple[str, ...]:
    """Codes of what comes with an offering, or may."""
    return offering.includes + (offering.choice.offerings if offering.choice else ())


def closure(offerings: dict[str, Offering], code: str) -> frozenset[str]:
    """An offering and everything that comes, or may come, with it."""
    found: set[str] = set()
    waiting = [code]
    while waiting:
        current = waiting.pop()
        if current in offerings and current not in found:
            found.add(current)
            waiting.extend(members(offerings[current]))
    return frozenset(found)


def _way_back(offerings: dict[str, Offering], start: str) -> tuple[str, ...]:
    """The way through members from an offering back to itself; empty where there is none."""
    waiting: list[tuple[str, ...]] = [(start,)]
    seen: set[str] = set()
    while waiting:
        path = waiting.pop(0)
        for member in members(offerings[path[-1]]) if path[-1] in offerings else ():
            if member == start:
                return (*path, member)
            if member not in seen:
                seen.add(member)
                waiting.append((*path, member))
    return ()


def _choice(offering: Offering, field: str) -> Iterator[Finding]:
    choice = offering.choice
    if choice is None:
        return
    options = len(set(choice.offerings))
    if not (0 <= choice.minimum <= choice.maximum <= options and choice.maximum > 0):
        yield error(
            FindingReason.CHOICE_INVALID,
            field,
            f"{choice.minimum} to {choice.maximum} of {options}: "
            "the minimum is at most the maximum, and that at most what there is to choose from",
        )
    both = sorted(set(choice.offerings) & set(offering.includes))
    if both:
        yield error(
            FindingReason.CHOICE_INVALID,
            f"{field}.offerings",
            f"{', '.join(both)} is included already and cannot be chosen",
        )
