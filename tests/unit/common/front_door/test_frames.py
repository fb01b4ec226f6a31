"""Messages in bodies: however a body is cut up, the same messages come out, and never more than allowed."""

from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.runtime.front_door.frames import (
    PREFIX,
    FrameError,
    Frames,
    MessageTooLargeError,
    frame,
    inflated,
    single,
)

MOST = 64
messages = st.binary(max_size=MOST)


@given(messages)
def test_one_message_comes_out_as_it_went_in(message: bytes) -> None:
    assert single(frame(message), MOST) == message


@given(st.lists(messages, max_size=8), st.data())
def test_a_body_gives_its_messages_however_it_is_cut_up(sent: list[bytes], data: st.DataObject) -> None:
    body = b"".join(map(frame, sent))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(body)), max_size=10)))
    frames = Frames(MOST)
    got: list[bytes] = []
    for begin, end in zip([0, *cuts], [*cuts, len(body)], strict=True):
        got += frames.feed(body[begin:end])
    frames.close()
    assert got == sent


@given(messages, st.integers(1, MOST + 5))
def test_a_body_that_ends_too_early_is_refused(message: bytes, missing: int) -> None:
    body = frame(message)[: -min(missing, len(message) + 5)]
    with pytest.raises(FrameError):
        single(body, MOST)
    frames = Frames(MOST)
    assert list(frames.feed(body)) == []
    if body:
        with pytest.raises(FrameError):
            frames.close()


def test_more_than_one_message_is_not_one() -> None:
    with pytest.raises(FrameError):
        single(frame(b"a") + frame(b"b"), MOST)


@pytest.mark.parametrize("length", [MOST + 1, 2**32 - 1])
def test_a_message_too_long_is_refused_before_it_is_there(length: int) -> None:
    prefix = PREFIX.pack(0, length)
    with pytest.raises(MessageTooLargeError):
        single(prefix, MOST)
    with pytest.raises(MessageTooLargeError):
        list(Frames(MOST).feed(prefix))


@given(messages, st.sampled_from(["gzip", "deflate"]))
def test_compressed_messages_come_out_plain(message: bytes, encoding: str) -> None:
    packed = gzip.compress(message) if encoding == "gzip" else zlib.compress(message)
    body = PREFIX.pack(1, len(packed)) + packed
    assert single(body, 1_000, encoding) == message
    assert list(Frames(1_000, encoding).feed(body)) == [message]


def test_what_is_small_and_inflates_beyond_the_limit_is_refused() -> None:
    with pytest.raises(MessageTooLargeError):
        inflated(gzip.compress(bytes(10_000_000)), 1_000, "gzip")


@pytest.mark.parametrize("encoding", ["identity", "snappy"])
def test_a_compressed_message_must_say_how(encoding: str) -> None:
    with pytest.raises(FrameError):
        single(PREFIX.pack(1, 1) + b"x", MOST, encoding)


@pytest.mark.parametrize("packed", [b"nothing of the sort", zlib.compress(b"cut off")[:-5]])
def test_what_cannot_be_inflated_is_refused(packed: bytes) -> None:
    with pytest.raises(FrameError):
        inflated(packed, MOST, "gzip")
