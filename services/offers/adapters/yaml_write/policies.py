"""All policies as they are written."""

from __future__ import annotations

import json

from services.common.runtime.yaml_times import write_clock
from services.common.runtime.yaml_tree import Tree
from services.common.runtime.yaml_writing import filled
from services.offers.adapters.yaml_form.fields import write_permille
from services.offers.adapters.yaml_write.examples import write_example
from services.offers.adapters.yaml_write.offers import write_offer
from services.offers.domain.policies import (
    Arm,
    Cell,
    ContactPolicy,
    Experiment,
    Exploration,
    Fence,
    OfferPolicies,
    Ranking,
)


def write_policies(policies: OfferPolicies) -> dict[str, Tree]:
    """Everything but places."""
    head: dict[str, Tree] = {
        "policies": policies.code,
        "name": policies.name,
        "currency": policies.currency_code,
        "time_zone": policies.time_zone,
        "languages": list(policies.languages),
    }
    return head | filled(
        placements={code: {"name": policies.placement_names[code]} for code in policies.placements},
        channels={code: _channel(policies, code) for code in policies.channels},
        usage_classes={
            item.code: {"rating_groups": list(item.rating_groups), "unit": item.unit}
            for item in policies.usage_classes
        },
        protected_segments=list(policies.protected_segments),
        contact=_contact(policies.contact),
        exploration=_exploration(policies.exploration),
        rules=dict(policies.rules),
        offers={offer.code: write_offer(offer, policies.currency_code) for offer in policies.offers},
        experiments={item.code: _experiment(item) for item in policies.experiments},
        examples={item.code: write_example(policies, item) for item in policies.examples},
    )


def _channel(policies: OfferPolicies, code: str) -> dict[str, Tree]:
    is_outbound = code in policies.contact.outbound_channels
    return filled(name=policies.channel_names[code], outbound=is_outbound)


def write_places(fences: tuple[Fence, ...], cells: tuple[Cell, ...]) -> str:
    """GeoJSON with one feature a line, fences before cells."""
    features = [_fence(fence) for fence in fences] + [_cell(cell) for cell in cells]
    lines = ",\n".join(json.dumps(feature, ensure_ascii=False) for feature in features)
    return f'{{"type": "FeatureCollection", "features": [\n{lines}\n]}}\n'


def _fence(fence: Fence) -> dict[str, object]:
    properties: dict[str, object] = {"fence": fence.code, "name": fence.name}
    if fence.radius_metres:
        properties["radius_metres"] = fence.radius_metres
    if fence.dwell_seconds:
        properties["dwell_seconds"] = fence.dwell_seconds
    geometry = json.loads(fence.geometry) if fence.geometry else _point(fence.latitude_e6, fence.longitude_e6)
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def _cell(cell: Cell) -> dict[str, object]:
    properties = {"cell": cell.cell_id, "radius_metres": cell.radius_metres}
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": _point(cell.latitude_e6, cell.longitude_e6),
    }


def _point(latitude_e6: int, longitude_e6: int) -> dict[str, object]:
    return {"type": "Point", "coordinates": [longitude_e6 / 1_000_000, latitude_e6 / 1_000_000]}


def _contact(contact: ContactPolicy) -> dict[str, Tree]:
    quiet = contact.quiet_hours
    written = filled(
        caps=[
            filled(contacts=cap.contacts, days=cap.days, channels=list(cap.channels)) for cap in contact.caps
        ],
        quiet_hours={"from": write_clock(quiet.start_minute), "until": write_clock(quiet.end_minute)}
        if quiet
        else None,
    )
    written["decline_quiet_days"] = contact.decline_quiet_days
    return written | filled(repeat_quiet_hours=contact.repeat_quiet_hours or None)


def _exploration(exploration: Exploration) -> dict[str, Tree]:
    return {
        "floor_percent": write_permille(exploration.floor_permille),
        "draws": exploration.draws,
        "candidates": exploration.most_candidates,
        "control_percent": write_permille(exploration.control_permille),
    }


def _experiment(experiment: Experiment) -> dict[str, Tree]:
    return filled(
        name=experiment.name,
        salt=experiment.salt,
        placements=list(experiment.placements),
        arms={arm.code: _arm(arm) for arm in experiment.arms},
    )


def _arm(arm: Arm) -> dict[str, Tree]:
    written: dict[str, Tree] = {"percent": arm.percent}
    return written | filled(
        ranking=None if arm.ranking is Ranking.MODEL else arm.ranking.value,
        without=list(arm.without_offers),
        levers=dict(arm.lever_percents),
    )
