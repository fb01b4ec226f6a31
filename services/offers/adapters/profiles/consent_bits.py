"""Consents as bits, the way a subscriber's row has them."""

from __future__ import annotations

from collections.abc import Iterable

from services.offers.domain.policies import Purpose

# Stored: a bit keeps its meaning for ever.
_BITS = {Purpose.PERSONALISED_OFFERS: 1, Purpose.OUTBOUND: 2, Purpose.LOCATION: 4}

OUTBOUND_BIT = _BITS[Purpose.OUTBOUND]


def bits_of(purposes: Iterable[Purpose]) -> int:
    """Purposes as bits."""
    return sum(_BITS[purpose] for purpose in set(purposes))


def purposes_of(bits: int) -> frozenset[Purpose]:
    """Bits as purposes."""
    return frozenset(purpose for purpose, bit in _BITS.items() if bits & bit)
