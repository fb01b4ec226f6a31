"""Ids and seeds from the operating system's own randomness."""

from __future__ import annotations

import secrets
import time

_RANDOM_OCTETS = 10
_SEED_BITS = 63


class SystemChance:
    """Fulfils `Chance`."""

    def decision_id(self) -> str:
        """`d-`, the milliseconds since the epoch, and 80 bits that nobody can guess; all hexadecimal.

        Ids that grow keep the indexes of the log growing at one end: random ones would touch a page each.
        """
        return f"d-{time.time_ns() // 1_000_000:012x}{secrets.token_hex(_RANDOM_OCTETS)}"

    def seed(self) -> int:
        """0 to 2^63 - 1: SQL and protobuf hold it."""
        return secrets.randbits(_SEED_BITS)
