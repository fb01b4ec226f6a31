"""What velocity limits refused, on the metrics page."""

from __future__ import annotations

from collections.abc import Iterable

from opentelemetry import metrics
from opentelemetry.metrics import CallbackOptions, Observation

from services.charging.application.velocity import Velocity


def publish_refusals(velocity: Velocity) -> None:
    """Counts by limit, read when the page is."""

    def observe(_options: CallbackOptions) -> Iterable[Observation]:
        for code, requests in list(velocity.refused.items()):
            yield Observation(requests, {"tidemark.velocity_limit": code})

    metrics.get_meter("tidemark.charging").create_observable_counter(
        "charging.velocity.refused",
        [observe],
        unit="{request}",
        description="Requests beyond a velocity limit",
    )
