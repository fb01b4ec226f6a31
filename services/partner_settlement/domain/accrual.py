"""Accrual, the pure part: how far the journal is in, and what a run's input is, by its digest."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass

from services.common.kernel.clock import Instant
from services.partner_settlement.domain.records import InputRow

OWN_RECORDS = 4_294_967_295
"""The partition of records that this service makes itself; charging's own begin at 0."""

_GENESIS = bytes(32)


@dataclass(frozen=True, slots=True, order=True)
class Watermark:
    """Everything up to this record of a partition is in; `journal_hash` is that record's."""

    partition: int
    sequence: int
    journal_hash: bytes


@dataclass(frozen=True, slots=True)
class FrozenInput:
    """An epoch that is over. Whatever was accrued in it, or in one before, never changes again."""

    epoch: int
    frozen_at: Instant
    watermarks: tuple[Watermark, ...]


def input_digest(period_name: str, watermarks: Iterable[Watermark], rows: Iterable[InputRow]) -> bytes:
    """SHA-256 of a run's input: which period, how far the journal was in, and what it came to.

    The order of watermarks and rows does not matter. Texts carry their length before them, so no two
    different inputs hash the same octets; the journal's own hashes stand for every single record.
    """
    digest = hashlib.sha256(_packed(("tidemark settlement input 1", period_name)))
    for mark in sorted(watermarks):
        digest.update(_packed(("watermark", mark.partition, mark.sequence, mark.journal_hash.hex())))
    for row in sorted(rows, key=lambda row: row.product):
        amounts = (row.records, row.quantity, row.gross_minor_micros, row.tax_minor_micros)
        digest.update(_packed(("row", *astuple(row.product), *amounts)))
    return digest.digest()


def own_hash(previous: bytes, fields: Sequence[str | int]) -> bytes:
    """Hash of a record of this service's own, which follows one with hash `previous` (b'': the first)."""
    return hashlib.sha256((previous or _GENESIS) + _packed(fields)).digest()


def _packed(fields: Sequence[str | int]) -> bytes:
    texts = [str(field).encode() for field in fields]
    return b"".join(struct.pack(">Q", len(text)) + text for text in (str(len(texts)).encode(), *texts))
