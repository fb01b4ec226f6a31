"""The tables that turn observations into codes: each entry must mean one code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from services.catalog.domain.catalog import Catalog
from services.catalog.domain.findings import Finding, FindingReason, error


def table_findings(catalog: Catalog) -> Iterator[Finding]:
    """Entries in two codes, codes without entries, load bands that overlap or hold nothing."""
    destinations = [(d.code, d.prefixes) for d in catalog.destinations]
    yield from _filled("destinations", "prefixes", destinations, FindingReason.DESTINATION_EMPTY)
    yield from _once("destinations", "prefixes", destinations, FindingReason.PREFIX_TWICE)
    areas = [(area.code, (*area.cells, *area.tracking_areas)) for area in catalog.areas]
    yield from _filled("areas", "cells", areas, FindingReason.AREA_EMPTY)
    cells = [(area.code, area.cells) for area in catalog.areas]
    yield from _once("areas", "cells", cells, FindingReason.CELL_TWICE)
    tracked = [(area.code, area.tracking_areas) for area in catalog.areas]
    yield from _once("areas", "tracking_areas", tracked, FindingReason.CELL_TWICE)
    slices = [(item.code, (f"{item.sst}-{item.sd or 'any'}",)) for item in catalog.slices]
    yield from _once("slices", "sst", slices, FindingReason.SLICE_TWICE)
    qualities = [(item.code, tuple(map(str, item.five_qis))) for item in catalog.qos_classes]
    yield from _filled("qos_classes", "five_qis", qualities, FindingReason.QOS_CLASS_EMPTY)
    yield from _once("qos_classes", "five_qis", qualities, FindingReason.FIVE_QI_TWICE)
    yield from _load_bands(catalog)


def _filled(
    table: str, entry: str, rows: Iterable[tuple[str, tuple[str, ...]]], reason: FindingReason
) -> Iterator[Finding]:
    for code, entries in rows:
        if not entries:
            yield error(reason, f"{table}.{code}", f"nothing is meant by it; list some `{entry}`")


def _once(
    table: str, entry: str, rows: Iterable[tuple[str, tuple[str, ...]]], reason: FindingReason
) -> Iterator[Finding]:
    first: dict[str, str] = {}
    for code, entries in rows:
        for value in entries:
            if value in first:
                yield error(
                    reason,
                    f"{table}.{code}.{entry}",
                    f"{value} belongs to {first[value]} already; it can mean one code only",
                )
            first.setdefault(value, code)


def _load_bands(catalog: Catalog) -> Iterator[Finding]:
    for band in catalog.load_bands:
        if band.from_percent >= band.until_percent:
            yield error(
                FindingReason.LOAD_BAND_INVALID,
                f"load_bands.{band.code}",
                f"from {band.from_percent} until {band.until_percent}: it ends above where it begins",
            )
    ordered = sorted(catalog.load_bands, key=lambda band: (band.from_percent, band.until_percent))
    for lower, upper in pairwise(ordered):
        if upper.from_percent < lower.until_percent:
            yield error(
                FindingReason.LOAD_BANDS_OVERLAP,
                f"load_bands.{upper.code}.from_percent",
                f"{lower.code} holds until {lower.until_percent}; begin there or later",
            )
