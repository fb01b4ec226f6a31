"""Codes that name nothing, names that stand twice."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Sequence

from services.catalog.domain.catalog import Catalog, Offering
from services.catalog.domain.findings import Finding, FindingReason, error
from services.common.kernel.clock import zone as iana_zone
from services.common.kernel.money import currency
from services.common.kernel.quantity import BUILT_IN_UNITS

_LISTED = 12


def reference_findings(catalog: Catalog) -> Iterator[Finding]:
    """Unknown codes, currency and time zone; numbers and references given twice."""
    yield from _header(catalog)
    yield from _units(catalog)
    yield from _numbers(catalog)
    for offering in catalog.offerings:
        yield from _offering(catalog, offering)


def _header(catalog: Catalog) -> Iterator[Finding]:
    try:
        currency(catalog.currency_code)
    except ValueError as problem:
        yield error(FindingReason.CURRENCY_UNKNOWN, "currency", f"{problem}; write EUR, USD, ...")
    try:
        iana_zone(catalog.time_zone)
    except ValueError as problem:
        yield error(FindingReason.TIME_ZONE_UNKNOWN, "time_zone", f"{problem}; write Europe/Berlin, UTC, ...")
    if catalog.default_rating_group:
        yield from _known(
            FindingReason.RATING_GROUP_UNKNOWN,
            "rating group",
            [catalog.default_rating_group],
            catalog.rating_groups_by_code(),
            "default_rating_group",
        )


def _units(catalog: Catalog) -> Iterator[Finding]:
    for unit in catalog.units:
        if unit.code in BUILT_IN_UNITS:
            yield error(
                FindingReason.UNIT_BUILT_IN,
                f"units.{unit.code}",
                f"{unit.code} is built in; leave it out",
            )
    for group in catalog.rating_groups:
        yield from _known(
            FindingReason.UNIT_UNKNOWN,
            "unit",
            [group.unit],
            catalog.known_units(),
            f"rating_groups.{group.code}.unit",
        )


def _numbers(catalog: Catalog) -> Iterator[Finding]:
    first: dict[int, str] = {}
    for group in catalog.rating_groups:
        taken_by = first.setdefault(group.rating_group, group.code)
        if taken_by != group.code:
            yield error(
                FindingReason.RATING_GROUP_NUMBER_TWICE,
                f"rating_groups.{group.code}.number",
                f"{group.rating_group} is the number of {taken_by} already; give {group.code} another one",
            )


def _offering(catalog: Catalog, offering: Offering) -> Iterator[Finding]:
    here = f"offerings.{offering.code}"
    zones = [zone.code for zone in catalog.zones]
    bands = [band.code for band in catalog.time_bands]
    groups = catalog.rating_groups_by_code()
    for price in offering.prices:
        field = f"{here}.prices.{price.code}"
        yield from _rating_groups(price.rating_groups, groups, field)
        yield from _zones(price.zones, zones, f"{field}.zones")
        if price.time_band:
            yield from _known(
                FindingReason.TIME_BAND_UNKNOWN, "time band", [price.time_band], bands, f"{field}.time_band"
            )
    for allowance in offering.allowances:
        field = f"{here}.allowances.{allowance.code}"
        yield from _rating_groups(allowance.rating_groups, groups, field)
        yield from _zones(allowance.zones, zones, f"{field}.zones")
    yield from _zones(offering.denied_zones, zones, f"{here}.denied_zones")
    codes = catalog.offerings_by_code()
    yield from _offerings(offering.includes, codes, f"{here}.includes")
    if offering.choice is not None:
        yield from _offerings(offering.choice.offerings, codes, f"{here}.choice.offerings")


def _rating_groups(named: Sequence[str], known: Collection[str], field: str) -> Iterator[Finding]:
    field = f"{field}.rating_groups"
    yield from _known(FindingReason.RATING_GROUP_UNKNOWN, "rating group", named, known, field)
    yield from _once(named, field)


def _zones(named: Sequence[str], known: Collection[str], field: str) -> Iterator[Finding]:
    yield from _known(FindingReason.ZONE_UNKNOWN, "zone", named, known, field)
    yield from _once(named, field)


def _offerings(named: Sequence[str], known: Collection[str], field: str) -> Iterator[Finding]:
    yield from _known(FindingReason.OFFERING_UNKNOWN, "offering", named, known, field)
    yield from _once(named, field)


def _known(
    reason: FindingReason, what: str, named: Sequence[str], known: Collection[str], field: str
) -> Iterator[Finding]:
    for code in dict.fromkeys(named):
        if code not in known:
            yield error(reason, field, f"there is no {what} {code!r}; {_instead(code, known)}")


def _instead(code: str, known: Collection[str]) -> str:
    if len(known) <= _LISTED:
        return f"defined are: {', '.join(sorted(known)) or 'none'}"
    close = difflib.get_close_matches(code, known, n=3)
    return f"did you mean {' or '.join(close)}?" if close else f"{len(known)} others are defined"


def _once(named: Sequence[str], field: str) -> Iterator[Finding]:
    for code in sorted({code for code in named if named.count(code) > 1}):
        yield error(FindingReason.REFERENCE_TWICE, field, f"{code} is named more than once; once is enough")
