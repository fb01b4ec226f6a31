"""Duplicate keys and digests: what makes two requests the same one."""

from __future__ import annotations

import hashlib

from google.protobuf.message import Message
from tidemark.charging.v1 import charging_data_pb2

_KEY_OCTETS = 16


def duplicate_key(*parts: str | int) -> bytes:
    """A short hash of what names a request; no identifier can be read back from it."""
    return hashlib.blake2b("\x1f".join(map(str, parts)).encode(), digest_size=_KEY_OCTETS).digest()


def digest(request: Message, data: charging_data_pb2.ChargingDataRequest | None = None) -> bytes:
    """A hash of a request's content. The retransmission mark is not content: it is taken off `data` first."""
    if data is not None:
        data.retransmission_indicator = False
    return hashlib.blake2b(request.SerializeToString(deterministic=True), digest_size=_KEY_OCTETS).digest()
