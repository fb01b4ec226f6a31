"""The catalog's tables of places, destinations, slices, qualities and loads, and conditions on them."""

from __future__ import annotations

from collections.abc import Iterable

from tidemark.catalog.v1 import catalog_pb2, circumstances_pb2

from services.charging.domain.rating.circumstances import Conditions
from services.charging.domain.rating.places import Places, ZoneTable
from services.charging.domain.rating.tariff import TariffError


def places(catalog: catalog_pb2.Catalog) -> Places:
    """All tables. Raises TariffError HOME_ZONE_INVALID unless exactly one zone is home."""
    return Places(
        zones=_zone_table(catalog),
        destinations={prefix: item.code for item in catalog.destinations for prefix in item.prefixes},
        barred_destinations=frozenset(item.code for item in catalog.destinations if item.barred),
        cells={cell.lower(): item.code for item in catalog.areas for cell in item.cells},
        tracking_areas={
            tracking_area.lower(): item.code
            for item in catalog.areas
            for tracking_area in item.tracking_areas
        },
        slices={(item.sst, item.sd.lower()): item.code for item in catalog.slices},
        qos_classes={five_qi: item.code for item in catalog.qos_classes for five_qi in item.five_qis},
        load_bands=tuple((item.from_percent, item.until_percent, item.code) for item in catalog.load_bands),
    )


def conditions(zones: Iterable[str], message: circumstances_pb2.Conditions) -> Conditions:
    """Conditions of a price, an allowance or a counter; zones stand beside the rest in messages."""
    return Conditions(
        zones=frozenset(zones),
        destinations=frozenset(message.destinations),
        areas=frozenset(message.areas),
        slices=frozenset(message.slices),
        qos_classes=frozenset(message.qos_classes),
        load_bands=frozenset(message.load_bands),
        segments=frozenset(message.segments),
        device_classes=frozenset(message.device_classes),
    )


def _zone_table(catalog: catalog_pb2.Catalog) -> ZoneTable:
    homes = [item.code for item in catalog.zones if item.home]
    if len(homes) != 1:
        raise TariffError("HOME_ZONE_INVALID", "zones", "exactly one zone must be the home zone")
    return ZoneTable(
        home=homes[0],
        by_prefix={prefix: item.code for item in catalog.zones for prefix in item.plmns},
        rest_of_world=next((item.code for item in catalog.zones if item.rest_of_world), ""),
    )
