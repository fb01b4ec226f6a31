"""The hash chain: any lost, changed or reused record is seen, and named."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.charging.domain.hash_chain import GENESIS_HASH, ChainFault, JournalRow, chained, fault_of


def chain(payloads: list[bytes], partition: int = 0) -> list[JournalRow]:
    rows: list[JournalRow] = []
    previous = GENESIS_HASH
    for sequence, payload in enumerate(payloads, start=1):
        rows.append(chained(partition, sequence, 1, b"batch-%d" % sequence, previous, payload))
        previous = rows[-1].hash
    return rows


def first_fault(rows: list[JournalRow]) -> ChainFault | None:
    previous = GENESIS_HASH
    for expected, row in enumerate(rows, start=1):
        fault = fault_of(row, expected, previous)
        if fault is not None:
            return fault
        previous = row.hash
    return None


payloads = st.lists(st.binary(max_size=40), min_size=2, max_size=8)
changes = st.sampled_from(["epoch", "batch_id", "previous_hash", "hash", "payload"])


@given(payloads)
def test_a_chain_as_written_has_no_fault(contents: list[bytes]) -> None:
    assert first_fault(chain(contents)) is None


@given(payloads, changes, st.data())
def test_a_changed_record_is_named(contents: list[bytes], field: str, data: st.DataObject) -> None:
    rows = chain(contents)
    at = data.draw(st.integers(0, len(rows) - 1))
    value = getattr(rows[at], field)
    rows[at] = replace(rows[at], **{field: value + 1 if isinstance(value, int) else value + b"!"})  # type: ignore[arg-type]
    fault = first_fault(rows)
    assert fault is not None
    assert fault.sequence == at + 1


@given(payloads, st.data())
def test_a_record_taken_out_is_named(contents: list[bytes], data: st.DataObject) -> None:
    rows = chain(contents)
    at = data.draw(st.integers(0, len(rows) - 2))
    del rows[at]
    fault = first_fault(rows)
    assert fault is not None
    assert (fault.sequence, fault.detail) == (
        at + 1,
        f"record {at + 1} is missing: the next one found is {at + 2}",
    )


@given(payloads, st.data())
def test_a_record_rewritten_with_a_hash_that_fits_is_seen_at_the_next_one(
    contents: list[bytes], data: st.DataObject
) -> None:
    rows = chain(contents)
    at = data.draw(st.integers(0, len(rows) - 2))
    old = rows[at]
    rows[at] = chained(0, old.sequence, old.epoch, old.batch_id, old.previous_hash, old.payload + b"!")
    fault = first_fault(rows)
    assert fault == ChainFault(0, at + 2, "it does not follow the record before it")


def test_the_same_content_in_another_partition_or_place_has_another_hash() -> None:
    base = chained(0, 1, 1, b"id", GENESIS_HASH, b"payload")
    others = [
        chained(1, 1, 1, b"id", GENESIS_HASH, b"payload"),
        chained(0, 2, 1, b"id", GENESIS_HASH, b"payload"),
        chained(0, 1, 2, b"id", GENESIS_HASH, b"payload"),
        chained(0, 1, 1, b"id", base.hash, b"payload"),
    ]
    hashes = [base.hash, *(other.hash for other in others)]
    assert len(set(hashes)) == len(hashes)


@pytest.mark.parametrize(
    ("batch_id", "payload"), [(b"ab", b"c"), (b"a", b"bc"), (b"", b"abc"), (b"abc", b"")]
)
def test_octets_cannot_move_between_batch_id_and_payload_unseen(batch_id: bytes, payload: bytes) -> None:
    moved = chained(0, 1, 1, b"abcd", GENESIS_HASH, b"")
    assert chained(0, 1, 1, batch_id, GENESIS_HASH, payload).hash != moved.hash
    splits = {chained(0, 1, 1, b"abc"[:n], GENESIS_HASH, b"abc"[n:]).hash for n in range(4)}
    assert len(splits) == 4


def test_a_record_hashes_as_its_documentation_says() -> None:
    """Worked by hand with another tool: SHA-256 over 32 zero octets, four numbers, id, length, payload."""
    row = chained(7, 1, 2, b"id", GENESIS_HASH, b"payload")
    assert row.hash.hex() == "1dcbd4c489aaf4d527c75ad3fa4d93968e477f814b26384931d224c53cede66b"
    for earlier, later in pairwise(chain([b"a", b"b", b"c"])):
        assert later.previous_hash == earlier.hash
