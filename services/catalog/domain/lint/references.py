"""Codes that name nothing, names that stand twice."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Sequence

from services.catalog.domain.catalog import Catalog
from services.catalog.domain.circumstances import KINDS, Conditions
from services.catalog.domain.findings import Finding, FindingReason, error
from services.catalog.domain.offerings import Offering
from services.common.kernel.clock import zone as iana_zone
from services.common.kernel.money import currency
from services.common.kernel.quantity import BUILT_IN_UNITS

_LISTED = 12
_KINDS = {
    "zones": (FindingReason.ZONE_UNKNOWN, "zone"),
    "destinations": (FindingReason.DESTINATION_UNKNOWN, "destination that may be called"),
    "areas": (FindingReason.AREA_UNKNOWN, "area"),
    "slices": (FindingReason.SLICE_UNKNOWN, "slice"),
    "qos_classes": (FindingReason.QOS_CLASS_UNKNOWN, "QoS class"),
    "load_bands": (FindingReason.LOAD_BAND_UNKNOWN, "load band"),
    "segments": (FindingReason.SEGMENT_UNKNOWN, "segment"),
    "device_classes": (FindingReason.DEVICE_CLASS_UNKNOWN, "device class"),
}


def reference_findings(catalog: Catalog) -> Iterator[Finding]:
    """Unknown codes, currency and time zone; numbers and references given twice."""
    yield from _header(catalog)
    yield from _units(catalog)
    yield from _numbers(catalog)
    yield from _time_bands(catalog)
    yield from _counters(catalog)
    for offering in catalog.offerings:
        yield from _offering(catalog, offering)


def _header(catalog: Catalog) -> Iterator[Finding]:
    yield from _currencies(catalog)
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


def _currencies(catalog: Catalog) -> Iterator[Finding]:
    for code in catalog.currency_codes:
        try:
            currency(code)
        except ValueError as problem:
            field = "currency" if code == catalog.currency_code else "currencies"
            yield error(FindingReason.CURRENCY_UNKNOWN, field, f"{problem}; write EUR, USD, ...")
    yield from _once(catalog.currency_codes, "currencies")


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


def _time_bands(catalog: Catalog) -> Iterator[Finding]:
    calendars = [calendar.code for calendar in catalog.calendars]
    for band in catalog.time_bands:
        if band.calendar:
            yield from _known(
                FindingReason.CALENDAR_UNKNOWN,
                "calendar",
                [band.calendar],
                calendars,
                f"time_bands.{band.code}.calendar",
            )


def _counters(catalog: Catalog) -> Iterator[Finding]:
    groups = catalog.rating_groups_by_code()
    for counter in catalog.counters:
        field = f"counters.{counter.code}"
        yield from _rating_groups(counter.rating_groups, groups, field)
        yield from _conditions(catalog, counter.conditions, field)


def _offering(catalog: Catalog, offering: Offering) -> Iterator[Finding]:
    here = f"offerings.{offering.code}"
    bands = [band.code for band in catalog.time_bands]
    groups = catalog.rating_groups_by_code()
    for price in offering.prices:
        field = f"{here}.prices.{price.code}"
        yield from _rating_groups(price.rating_groups, groups, field)
        yield from _conditions(catalog, price.conditions, field)
        yield from _tax(catalog, price.tax, field)
        if price.time_band:
            yield from _known(
                FindingReason.TIME_BAND_UNKNOWN, "time band", [price.time_band], bands, f"{field}.time_band"
            )
    for fee in offering.fees:
        yield from _tax(catalog, fee.tax, f"{here}.fees.{fee.code}")
    for allowance in offering.allowances:
        field = f"{here}.allowances.{allowance.code}"
        yield from _rating_groups(allowance.rating_groups, groups, field)
        yield from _conditions(catalog, allowance.conditions, field)
    zones = catalog.codes_of("zones")
    yield from _listed(
        FindingReason.ZONE_UNKNOWN, "zone", offering.denied_zones, zones, f"{here}.denied_zones"
    )
    codes = catalog.offerings_by_code()
    yield from _offerings(offering.includes, codes, f"{here}.includes")
    if offering.choice is not None:
        yield from _offerings(offering.choice.offerings, codes, f"{here}.choice.offerings")


def _rating_groups(named: Sequence[str], known: Collection[str], field: str) -> Iterator[Finding]:
    field = f"{field}.rating_groups"
    yield from _listed(FindingReason.RATING_GROUP_UNKNOWN, "rating group", named, known, field)


def _conditions(catalog: Catalog, conditions: Conditions, field: str) -> Iterator[Finding]:
    for kind in KINDS:
        reason, what = _KINDS[kind]
        named = conditions.of(kind)
        yield from _listed(reason, what, named, catalog.codes_of(kind), f"{field}.when.{kind}")


def _tax(catalog: Catalog, tax: str, field: str) -> Iterator[Finding]:
    if tax:
        known = [item.code for item in catalog.taxes]
        yield from _known(FindingReason.TAX_UNKNOWN, "tax", [tax], known, f"{field}.tax")


def _offerings(named: Sequence[str], known: Collection[str], field: str) -> Iterator[Finding]:
    yield from _listed(FindingReason.OFFERING_UNKNOWN, "offering", named, known, field)


def _listed(
    reason: FindingReason, what: str, named: Sequence[str], known: Collection[str], field: str
) -> Iterator[Finding]:
    yield from _known(reason, what, named, known, field)
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
