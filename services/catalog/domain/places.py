"""Serving networks and zones."""

from __future__ import annotations

from services.catalog.domain.catalog import Catalog

_TEST_NETWORKS = [f"{country:03d}01" for country in (1, *range(200, 800))]


def zone_of(catalog: Catalog, serving_plmn: str) -> str:
    """Zone code of a network by its longest matching prefix; '' where no zone is meant. No network: home."""
    if not serving_plmn:
        return next((zone.code for zone in catalog.zones if zone.home), "")
    prefixes = {prefix: zone.code for zone in catalog.zones for prefix in zone.plmns}
    for length in range(len(serving_plmn), 2, -1):
        if serving_plmn[:length] in prefixes:
            return prefixes[serving_plmn[:length]]
    return next((zone.code for zone in catalog.zones if zone.rest_of_world), "")


def network_in(catalog: Catalog, zone_code: str) -> str | None:
    """Some network (MCC and MNC) that lies in a zone; None where the zone holds none."""
    for zone in catalog.zones:
        if zone.code == zone_code:
            candidates = [
                prefix if len(prefix) > 3 else f"{prefix}{network:02d}"
                for prefix in zone.plmns
                for network in (range(100) if len(prefix) == 3 else (0,))
            ]
            if zone.rest_of_world:
                candidates += _TEST_NETWORKS
            return next((plmn for plmn in candidates if zone_of(catalog, plmn) == zone_code), None)
    return None
