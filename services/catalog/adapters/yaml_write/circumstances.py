"""Tables of circumstances, and conditions, as they are written."""

from __future__ import annotations

from services.catalog.adapters.yaml_figures import write_windows
from services.catalog.domain.catalog import Catalog, TimeBand
from services.catalog.domain.circumstances import KINDS, Conditions, Zone
from services.common.runtime.yaml_tree import Tree
from services.common.runtime.yaml_writing import filled


def write_circumstances(catalog: Catalog) -> dict[str, Tree]:
    """Every table by its section."""
    return {
        "zones": {zone.code: _zone(zone) for zone in catalog.zones},
        "calendars": {item.code: {"name": item.name, "days": list(item.days)} for item in catalog.calendars},
        "time_bands": {band.code: _time_band(band) for band in catalog.time_bands},
        "destinations": {
            item.code: {
                "name": item.name,
                "prefixes": [f"+{prefix}" for prefix in item.prefixes],
                **filled(barred=item.barred),
            }
            for item in catalog.destinations
        },
        "areas": {
            item.code: filled(
                name=item.name, cells=list(item.cells), tracking_areas=list(item.tracking_areas)
            )
            for item in catalog.areas
        },
        "slices": {item.code: filled(name=item.name, sst=item.sst, sd=item.sd) for item in catalog.slices},
        "qos_classes": {
            item.code: {"name": item.name, "five_qis": list(item.five_qis)} for item in catalog.qos_classes
        },
        "load_bands": {
            item.code: filled(
                name=item.name, from_percent=item.from_percent, until_percent=item.until_percent
            )
            for item in catalog.load_bands
        },
        "segments": {item.code: {"name": item.name} for item in catalog.segments},
        "device_classes": {item.code: {"name": item.name} for item in catalog.device_classes},
    }


def _zone(zone: Zone) -> Tree:
    plmns: list[Tree] = [*zone.plmns]
    return filled(name=zone.name, home=zone.home, plmns=plmns, rest_of_world=zone.rest_of_world)


def _time_band(band: TimeBand) -> Tree:
    windows: list[Tree] = [text for window in band.windows for text in write_windows(window)]
    # A band without windows is an error of lint, and has to be readable all the same.
    return {**filled(name=band.name, calendar=band.calendar), "windows": windows}


def write_conditions(conditions: Conditions) -> dict[str, Tree]:
    """The kinds that are restricted."""
    return {kind: list(conditions.of(kind)) for kind in KINDS if conditions.of(kind)}
