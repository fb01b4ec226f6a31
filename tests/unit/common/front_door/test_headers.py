"""Headers of calls: deadlines, metadata, the status at the end."""

from __future__ import annotations

import base64
import string
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.runtime.front_door.headers import (
    HeaderError,
    headers_of,
    metadata_of,
    status_headers,
    timeout_seconds,
)

names = st.text(string.ascii_lowercase, min_size=1, max_size=10).map("x-{}".format)
texts = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=20)
pairs = st.one_of(
    st.tuples(names, texts), st.tuples(names.map("{}-bin".format), st.binary(min_size=1, max_size=20))
)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (b"2H", 7_200),
        (b"3M", 180),
        (b"10S", 10),
        (b"250m", 0.25),
        (b"5u", 5e-6),
        (b"0n", 0),
        (b"99999999S", 99_999_999),
    ],
)
def test_deadlines(value: bytes, seconds: float) -> None:
    assert timeout_seconds(value) == pytest.approx(seconds)


@pytest.mark.parametrize("value", [b"", b"5", b"S", b"-1S", b"1.5S", b"100000000S", b"1s", b"\xd9\xa1S"])
def test_what_is_no_deadline_is_refused(value: bytes) -> None:
    with pytest.raises(HeaderError):
        timeout_seconds(value)


@given(st.lists(pairs, max_size=6))
def test_metadata_survives_the_way(sent: list[tuple[str, str | bytes]]) -> None:
    assert list(metadata_of(headers_of(sent))) == sent


@given(st.lists(st.binary(min_size=1, max_size=20), min_size=1, max_size=4))
def test_binary_values_may_come_unpadded_and_joined(values: list[bytes]) -> None:
    joined = b",".join(base64.b64encode(value).rstrip(b"=") for value in values)
    assert metadata_of([(b"x-bin", joined)]) == tuple(("x-bin", value) for value in values)


def test_a_binary_value_that_is_none_is_refused() -> None:
    with pytest.raises(HeaderError):
        metadata_of([(b"x-bin", b"!!!")])


def test_what_belongs_to_the_transport_is_no_metadata() -> None:
    headers = [
        (b":path", b"/"),
        (b"te", b"trailers"),
        (b"content-type", b"application/grpc"),
        (b"host", b"h"),
    ]
    assert metadata_of([*headers, (b"grpc-timeout", b"1S"), (b"authorization", b"Bearer x")]) == (
        ("authorization", "Bearer x"),
    )


@given(st.text(max_size=60))
def test_words_of_a_status_survive_in_printable_ascii(words: str) -> None:
    words = words.encode("utf-8", "ignore").decode()
    headers = dict(status_headers(5, words, (("x-more", "1"),)))
    assert (headers[b"grpc-status"], headers[b"x-more"]) == (b"5", b"1")
    message = headers.get(b"grpc-message", b"")
    assert all(0x20 <= octet < 0x7F for octet in message)
    assert unquote(message.decode()) == words
