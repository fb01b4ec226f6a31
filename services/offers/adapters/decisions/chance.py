"""Ids and seeds from the operating system's own randomness."""

from __future__ import annotations

import secrets

_ID_OCTETS = 16
_SEED_BITS = 63


class SystemChance:
    """Fulfils `Chance`."""

    def decision_id(self) -> str:
        """`d-` and 128 bits that nobody can guess."""
        return f"d-{secrets.token_hex(_ID_OCTETS)}"

    def seed(self) -> int:
        """0 to 2^63 - 1: SQL and protobuf hold it."""
        return secrets.randbits(_SEED_BITS)
