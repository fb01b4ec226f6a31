"""What charging needs from outside. Adapters fulfil it; `main` chooses which."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from services.charging.domain.events import Entry
from services.charging.domain.hash_chain import JournalRow
from services.charging.domain.rating.tariff import Tariff
from services.common.kernel.clock import Instant


class JournalError(Exception):
    """The journal could not do what was asked."""


class FencedError(JournalError):
    """Another writer has taken the partition over. This one must stop answering at once."""


class CommitFailedError(JournalError):
    """Nothing was written, and that is certain. Memory must be thrown away and replayed."""


class JournalCorruptError(JournalError):
    """A record is lost or changed. The message says which; a person must look."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A partition's state after one record. `state` is opaque; `hash` is that record's."""

    partition: int
    sequence: int
    hash: bytes
    state: bytes


class Journal(Protocol):
    """The durable log of one database; one connection, one writer per partition."""

    async def take_over(
        self, partition: int, owner: str, opening: Callable[[int, int, bytes], JournalRow]
    ) -> JournalRow:
        """Bumps the partition's epoch by compare-and-set and inserts the opening record in one transaction.

        `opening(epoch, sequence, previous_hash)` builds that record; it is
        called with the new epoch. Returns the record. Raises FencedError if
        somebody else took it at the same moment.
        """

    async def append(self, row: JournalRow) -> None:
        """Commits one row. When it returns, the row survives power loss.

        An unknown outcome is settled inside, by re-reading by key on a new
        connection and comparing batch ids. Raises FencedError (old epoch, or
        another's row in its place) or CommitFailedError (certainly not written).
        """

    async def read(self, partition: int, after_sequence: int, limit: int) -> Sequence[JournalRow]:
        """Up to `limit` rows after a sequence, ascending."""

    async def head(self, partition: int) -> JournalRow | None:
        """The last row; None for an empty partition."""

    async def save_snapshot(self, snapshot: Snapshot) -> None:
        """Keeps a snapshot; older ones than the last two of its partition are dropped."""

    async def snapshots(self, partition: int) -> Sequence[Snapshot]:
        """Kept snapshots, newest first. One that fails its own checksum is left out (and logged)."""

    async def cursor(self, name: str, partition: int) -> int:
        """Sequence up to which a named reader has come; 0 at first."""

    async def move_cursor(self, name: str, partition: int, sequence: int) -> None:
        """Stores how far a named reader has come."""


class Identities(Protocol):
    """The one erasable store of personal identifiers: identifier to opaque subscriber id.

    Held in memory whole, so that looking up is not I/O.
    """

    def find(self, identifier: str) -> str | None:
        """The subscriber id behind an identifier."""

    async def bind(self, bindings: Mapping[str, str]) -> str | None:
        """Binds identifiers to subscriber ids, all or none, durably.

        Binding again what is bound so already is no change. Returns the first
        identifier that is bound to another subscriber, or None on success.
        """


@dataclass(frozen=True, slots=True)
class RecordHead:
    """What a journal record says of itself, beside its entries."""

    partition: int
    sequence: int
    epoch: int
    batch_id: bytes
    recorded_at: Instant


@dataclass(frozen=True, slots=True)
class Encoded:
    """An entry ready to go into a record, opaque to all but its codec, and its size in octets."""

    message: object
    octets: int


class Codec(Protocol):
    """Turns journal entries into octets and back. The only format is that of the bus."""

    def encode_entry(self, entry: Entry) -> Encoded:
        """An entry ready to go into a record. Raises before anything has changed, or never."""

    def encode_record(self, head: RecordHead, entries: Sequence[Encoded]) -> bytes:
        """The payload of a record from encoded entries."""

    def decode_record(self, payload: bytes) -> tuple[RecordHead, tuple[Entry, ...]]:
        """Back again. Raises ValueError for what is no record."""

    def encode_snapshot(self, head: RecordHead, entries: Iterable[Entry]) -> bytes:
        """A state written as entries; `decode_record` reads it."""


@dataclass(frozen=True, slots=True)
class StoredTariff:
    """A catalog version as fetched. `content` is the serialized Catalog."""

    version: int
    effective_from: Instant
    content_sha256: bytes
    content: bytes


class TariffStore(Protocol):
    """Catalog versions kept at hand, so that charging starts without the catalog service."""

    async def load(self) -> Sequence[StoredTariff]:
        """All kept versions, ascending."""

    async def save(self, tariff: StoredTariff) -> None:
        """Keeps a version; keeping it again is no change."""


class CatalogSource(Protocol):
    """The catalog service."""

    async def versions_after(self, version: int) -> Sequence[StoredTariff]:
        """Versions published after one, ascending. Raises ConnectionError while it cannot be reached."""


class TariffCompiler(Protocol):
    """Compiles a fetched version into tables, once for each of its currencies."""

    def __call__(self, stored: StoredTariff) -> Sequence[Tariff]:
        """Raises TariffError where the version contradicts itself."""
