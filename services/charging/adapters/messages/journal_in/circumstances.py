"""Under which usage happened."""

from __future__ import annotations

from typing import Protocol

from tidemark.charging.v1 import journal_pb2

from services.charging.domain.rating.circumstances import Circumstances


class _Carrier(Protocol):
    @property
    def zone(self) -> str: ...

    @property
    def circumstances(self) -> journal_pb2.Circumstances: ...


def circumstances_of(message: _Carrier, written: bool) -> Circumstances:
    """What a message says of them; where none were `written`, the zone, as in the first records."""
    if not written:
        return Circumstances(message.zone)
    under = message.circumstances
    return Circumstances(
        under.zone,
        under.destination,
        under.area,
        under.slice,
        under.qos_class,
        under.load_band,
        under.segment,
        under.device_class,
        under.five_qi,
        under.load_percent,
        under.customer_value,
    )
