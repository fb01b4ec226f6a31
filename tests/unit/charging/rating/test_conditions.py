"""Conditions of prices, allowances and counters: one set of codes for each kind."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.charging.domain.rating.circumstances import ANYWHERE, Circumstances


@pytest.mark.parametrize(
    ("kind", "kinds"),
    [
        ("zone", "zones"),
        ("destination", "destinations"),
        ("area", "areas"),
        ("slice", "slices"),
        ("qos_class", "qos_classes"),
        ("load_band", "load_bands"),
        ("segment", "segments"),
        ("device_class", "device_classes"),
    ],
)
def test_conditions_of_each_kind_must_be_met(kind: str, kinds: str) -> None:
    conditions = replace(ANYWHERE, **{kinds: frozenset({"a", "b"})})
    found = [
        conditions.hold(Circumstances(**{kind: code}))  # type: ignore[arg-type]
        for code in ("a", "b", "c", "")
    ]
    assert found == [True, True, False, False]
    assert conditions.count == 1
