"""Messages as gRPC puts them into the body of a request: a flag, four octets of length, the message.

Source: "gRPC over HTTP2", Length-Prefixed-Message.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

PREFIX = struct.Struct(">BI")
_PREFIX_OCTETS = PREFIX.size
# Finds out by itself whether it is gzip or zlib (what gRPC calls deflate).
_ANY_ZLIB = 47
ENCODINGS = ("identity", "gzip", "deflate")


class FrameError(Exception):
    """The body is not what gRPC puts there."""


class MessageTooLargeError(Exception):
    """A message is longer than this server takes."""


def frame(message: bytes) -> bytes:
    """A message with its prefix, not compressed."""
    return PREFIX.pack(0, len(message)) + message


def single(body: bytes, most_octets: int, encoding: str = "identity") -> bytes:
    """The one message of a body that is whole. Raises FrameError, MessageTooLargeError."""
    if len(body) < _PREFIX_OCTETS:
        raise FrameError("a request has to bring one message")
    flag, length = PREFIX.unpack_from(body)
    if length > most_octets:
        raise MessageTooLargeError
    if length != len(body) - _PREFIX_OCTETS:
        raise FrameError("a request has to bring one message, whole, and nothing behind it")
    message = body[_PREFIX_OCTETS:]
    return inflated(message, most_octets, encoding) if flag else message


def inflated(message: bytes, most_octets: int, encoding: str) -> bytes:
    """A compressed message. Raises FrameError, MessageTooLargeError."""
    if encoding not in ("gzip", "deflate"):
        raise FrameError("a message is marked as compressed, and grpc-encoding does not say how")
    inflate = zlib.decompressobj(_ANY_ZLIB)
    try:
        plain = inflate.decompress(message, most_octets + 1)
    except zlib.error as error:
        raise FrameError(f"a message is no {encoding}") from error
    if len(plain) > most_octets:
        raise MessageTooLargeError
    if not inflate.eof:
        raise FrameError(f"a message is cut-off {encoding}")
    return plain


class Frames:
    """Takes a body piece by piece and gives its messages."""

    def __init__(self, most_octets: int, encoding: str = "identity") -> None:
        self._most_octets = most_octets
        self._encoding = encoding
        self._rest = bytearray()

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """The messages that a piece completes. Raises FrameError, MessageTooLargeError."""
        self._rest += piece
        while len(self._rest) >= _PREFIX_OCTETS:
            flag, length = PREFIX.unpack_from(self._rest)
            if length > self._most_octets:
                raise MessageTooLargeError
            end = _PREFIX_OCTETS + length
            if len(self._rest) < end:
                return
            message = bytes(self._rest[_PREFIX_OCTETS:end])
            del self._rest[:end]
            yield inflated(message, self._most_octets, self._encoding) if flag else message

    def close(self) -> None:
        """The body has ended. Raises FrameError if it did so within a message."""
        if self._rest:
            raise FrameError("the body ends within a message")
