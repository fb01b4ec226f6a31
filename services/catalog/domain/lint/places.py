"""Zones and the networks in them (TS 23.003 clause 2.2: MCC of 3 digits, MNC of 2 or 3)."""

from __future__ import annotations

from collections.abc import Iterator

from services.catalog.domain.catalog import Catalog
from services.catalog.domain.findings import Finding, FindingReason, error, warning

_PREFIX_DIGITS = frozenset({3, 5, 6})


def place_findings(catalog: Catalog) -> Iterator[Finding]:
    """Home and the rest of the world, empty zones, malformed and doubled networks."""
    yield from _home(catalog)
    yield from _rest_of_world(catalog)
    yield from _networks(catalog)


def _home(catalog: Catalog) -> Iterator[Finding]:
    homes = [zone.code for zone in catalog.zones if zone.home]
    if not homes:
        yield error(
            FindingReason.HOME_ZONE_INVALID,
            "zones",
            "no zone is home; mark one with `home: true`: it is meant where the network reports no place",
        )
    for extra in homes[1:]:
        yield error(
            FindingReason.HOME_ZONE_INVALID,
            f"zones.{extra}.home",
            f"{homes[0]} is the home zone already; only one can be",
        )


def _rest_of_world(catalog: Catalog) -> Iterator[Finding]:
    rest = [zone.code for zone in catalog.zones if zone.rest_of_world]
    if not rest:
        yield warning(
            FindingReason.REST_OF_WORLD_MISSING,
            "zones",
            "usage in a network that no zone names has no price; mark one zone with `rest_of_world: true`",
        )
    for extra in rest[1:]:
        yield error(
            FindingReason.REST_OF_WORLD_INVALID,
            f"zones.{extra}.rest_of_world",
            f"{rest[0]} is the rest of the world already; only one zone can be",
        )


def _networks(catalog: Catalog) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    for zone in catalog.zones:
        field = f"zones.{zone.code}.plmns"
        if not zone.plmns and not zone.rest_of_world and not zone.home:
            yield error(
                FindingReason.ZONE_EMPTY,
                f"zones.{zone.code}",
                "no network lies in this zone; list some under `plmns`",
            )
        for prefix in zone.plmns:
            if len(prefix) not in _PREFIX_DIGITS or not (prefix.isascii() and prefix.isdigit()):
                yield error(
                    FindingReason.PLMN_INVALID,
                    field,
                    f'{prefix!r} is no network; write a country as "262" or a network as "26201"',
                )
            elif prefix in seen:
                yield error(
                    FindingReason.PLMN_TWICE,
                    field,
                    f"{prefix} lies in zone {seen[prefix]} already; a network can lie in one zone only",
                )
            seen.setdefault(prefix, zone.code)
