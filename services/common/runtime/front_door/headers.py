"""Headers of gRPC calls: deadlines, metadata, the status at the end.

Source: "gRPC over HTTP2", Requests and Responses.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Sequence
from urllib.parse import quote

Pair = tuple[str, str | bytes]
Raw = tuple[bytes, bytes]

CONTENT_TYPE = b"application/grpc"
_TIMEOUT = re.compile(rb"([0-9]{1,8})([HMSmun])")
_UNIT_SECONDS = {b"H": 3600.0, b"M": 60.0, b"S": 1.0, b"m": 1e-3, b"u": 1e-6, b"n": 1e-9}
# What belongs to HTTP and to gRPC itself is not what callers mean by metadata.
_NOT_METADATA = frozenset({b"te", b"content-type", b"host", b"content-length"})
_PLAIN = "".join(map(chr, range(0x20, 0x7F))).replace("%", "")


class HeaderError(Exception):
    """A header is not as gRPC has it."""


def timeout_seconds(value: bytes) -> float:
    """A `grpc-timeout`. Raises HeaderError."""
    match = _TIMEOUT.fullmatch(value)
    if match is None:
        raise HeaderError("grpc-timeout is no number with a unit")
    return int(match[1]) * _UNIT_SECONDS[match[2]]


def metadata_of(headers: Iterable[Raw]) -> tuple[Pair, ...]:
    """What callers send along, binary values decoded. Raises HeaderError."""
    pairs: list[Pair] = []
    for name, value in headers:
        if name.startswith((b":", b"grpc-")) or name in _NOT_METADATA:
            continue
        key = name.decode("latin-1")
        if name.endswith(b"-bin"):
            # Several values may come joined in one header.
            pairs += [(key, _decoded(part)) for part in value.split(b",")]
        else:
            pairs.append((key, value.decode("latin-1")))
    return tuple(pairs)


def headers_of(metadata: Iterable[Pair]) -> list[Raw]:
    """Metadata on its way to a caller, binary values in base64."""
    return [
        (
            key.encode("latin-1"),
            base64.b64encode(value) if isinstance(value, bytes) else value.encode("latin-1"),
        )
        for key, value in metadata
    ]


def status_headers(code: int, details: str, metadata: Sequence[Pair] = ()) -> list[Raw]:
    """What ends a call."""
    headers = [(b"grpc-status", b"%d" % code)]
    if details:
        headers.append((b"grpc-message", quote(details, safe=_PLAIN).encode("ascii")))
    return headers + headers_of(metadata)


def _decoded(value: bytes) -> bytes:
    text = value.strip()
    try:
        # gRPC leaves padding out; too much of it does no harm.
        return base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except binascii.Error as error:
        raise HeaderError("a binary header is no base64") from error
