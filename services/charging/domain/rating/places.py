"""From numbers, networks, cells and loads to the catalog's codes: one code each, the longest match first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ZoneTable:
    """Serving networks to zones by the longest matching MCC/MNC prefix."""

    home: str
    by_prefix: Mapping[str, str]
    rest_of_world: str

    def zone_of(self, serving_plmn: str) -> str:
        """Zone code of a serving network; '' where no zone is meant by it. No network: home."""
        if not serving_plmn:
            return self.home
        for length in range(len(serving_plmn), 2, -1):
            found = self.by_prefix.get(serving_plmn[:length])
            if found is not None:
                return found
        return self.rest_of_world


@dataclass(frozen=True, slots=True)
class Places:
    """All tables of one catalog version.

    `slices` is keyed by (SST, SD), SD '' standing for the whole type;
    hexadecimal digits of keys are lower-case. `load_bands` holds (from,
    until, code) in per cent, until not included.
    """

    zones: ZoneTable
    destinations: Mapping[str, str] = field(default_factory=dict)
    barred_destinations: frozenset[str] = frozenset()
    cells: Mapping[str, str] = field(default_factory=dict)
    tracking_areas: Mapping[str, str] = field(default_factory=dict)
    slices: Mapping[tuple[int, str], str] = field(default_factory=dict)
    qos_classes: Mapping[int, str] = field(default_factory=dict)
    load_bands: tuple[tuple[int, int, str], ...] = ()

    def destination_of(self, called: str) -> str:
        """Destination code of E.164 digits by the longest matching prefix; '' where none matches."""
        for length in range(len(called), 0, -1):
            found = self.destinations.get(called[:length])
            if found is not None:
                return found
        return ""

    def area_of(self, cell: str, tracking_area: str) -> str:
        """Area code of a cell, or else of its tracking area; '' where neither is listed."""
        return self.cells.get(cell.lower()) or self.tracking_areas.get(tracking_area.lower()) or ""

    def slice_of(self, sst: int, sd: str) -> str:
        """Slice code of an S-NSSAI; one that is not listed falls to its type; '' where that is not either."""
        return self.slices.get((sst, sd.lower())) or self.slices.get((sst, "")) or ""

    def qos_class_of(self, five_qi: int) -> str:
        """QoS class of a 5QI; '' where it is not listed."""
        return self.qos_classes.get(five_qi, "")

    def load_band_of(self, percent: int) -> str:
        """Load band of a network load in per cent; '' where none covers it."""
        return next((code for start, end, code in self.load_bands if start <= percent < end), "")
