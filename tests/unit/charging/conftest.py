"""Hypothesis for charging: bounded, so that the suite stays quick; a failure prints how to repeat it."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile(
    "charging",
    max_examples=60,
    stateful_step_count=30,
    deadline=None,
    print_blob=True,
    derandomize=False,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("charging")
