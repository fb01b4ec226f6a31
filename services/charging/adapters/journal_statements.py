"""The journal's SQL, as functions over a session. Each runs inside the caller's transaction.

Built once and portable: SQLite leaves the row locks out (a transaction that
writes is alone there anyway); PostgreSQL and its kin take them.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, LargeBinary, bindparam, cast, delete, insert, select, text, update
from sqlalchemy.engine import Dialect
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlmodel import Session

from services.charging.adapters.tables import (
    JournalTable,
    PartitionOwnerTable,
    SnapshotTable,
)
from services.charging.application.ports import FencedError, Snapshot
from services.charging.domain.hash_chain import JournalRow

_JOURNAL = JournalTable.metadata.tables["journal"]
_OWNER = PartitionOwnerTable.metadata.tables["partition_owner"]
_SNAPSHOT = SnapshotTable.metadata.tables["snapshot"]

_COLUMNS = ("partition", "sequence", "epoch", "batch_id", "previous_hash", "hash", "payload")
_INTEGER, _OCTETS = BigInteger(), LargeBinary()

# The owner's row is locked against a take-over until the commit, and a
# take-over against appends: without that, two transactions that cannot see
# each other yet could both believe themselves the owner. The record before it
# must be the one it was chained to.
_BEFORE = _JOURNAL.alias("before")
_APPEND = insert(_JOURNAL).from_select(
    _COLUMNS,
    select(*(bindparam(name, type_=_INTEGER) for name in _COLUMNS[:3]))
    .add_columns(*(bindparam(name, type_=_OCTETS) for name in _COLUMNS[3:]))
    .where(
        _OWNER.c.partition == bindparam("partition"),
        _OWNER.c.epoch == bindparam("epoch"),
        select(_BEFORE.c.hash)
        .where(
            _BEFORE.c.partition == bindparam("partition"), _BEFORE.c.sequence == bindparam("sequence_before")
        )
        .scalar_subquery()
        == bindparam("previous_hash"),
    )
    .with_for_update(read=True),
)
_INSERT = insert(_JOURNAL)
# Cast, because a hand that edits SQLite leaves text where octets were: that must be read, and found wrong
# by its hash, not stop at the driver.
_STORED = [
    *(_JOURNAL.c[name] for name in _COLUMNS[:3]),
    *(cast(_JOURNAL.c[name], LargeBinary).label(name) for name in _COLUMNS[3:]),
]
_ROW = select(*_STORED).where(
    _JOURNAL.c.partition == bindparam("partition"), _JOURNAL.c.sequence == bindparam("sequence")
)
_HEAD = (
    select(*_STORED)
    .where(_JOURNAL.c.partition == bindparam("partition"))
    .order_by(_JOURNAL.c.sequence.desc())
    .limit(1)
)
_PAGE = (
    select(*_STORED)
    .where(_JOURNAL.c.partition == bindparam("partition"), _JOURNAL.c.sequence > bindparam("after_sequence"))
    .order_by(_JOURNAL.c.sequence)
    .limit(bindparam("page_size", type_=_INTEGER))
)
_EPOCH = select(_OWNER.c.epoch).where(_OWNER.c.partition == bindparam("partition"))
_EPOCH_LOCKED = _EPOCH.with_for_update()
_FIRST_CLAIM = insert(_OWNER)
_CLAIM = (
    update(_OWNER)
    .where(_OWNER.c.partition == bindparam("of"), _OWNER.c.epoch == bindparam("seen_epoch"))
    .values(epoch=bindparam("new_epoch"), owner=bindparam("new_owner"), claimed_at=bindparam("now"))
)
_SNAPSHOTS = (
    select(_SNAPSHOT)
    .where(_SNAPSHOT.c.partition == bindparam("partition"))
    .order_by(_SNAPSHOT.c.sequence.desc())
)
_CURSOR = text("SELECT sequence FROM reader_cursor WHERE partition = :partition AND name = :name")
_MOVE_CURSOR = text(
    "INSERT INTO reader_cursor (partition, name, sequence) VALUES (:partition, :name, :sequence)"
    " ON CONFLICT (partition, name) DO UPDATE SET sequence = excluded.sequence"
)

KEPT_SNAPSHOTS = 2


class AppendStatement:
    """Inserts a row if its epoch is in force and it follows the last. Compiled once; its own transaction."""

    def __init__(self, dialect: Dialect) -> None:
        compiled = _APPEND.compile(dialect=dialect)
        self._text = str(compiled)
        self._positions = compiled.positiontup

    def execute(self, connection: DBAPIConnection, row: JournalRow) -> bool:
        """True if the row was inserted; False where a condition does not hold."""
        values = {**_values(row), "sequence_before": row.sequence - 1}
        positions = self._positions
        cursor = connection.cursor()
        try:
            cursor.execute(self._text, values if positions is None else [values[name] for name in positions])
            return bool(cursor.rowcount == 1)
        finally:
            cursor.close()


def row_at(session: Session, partition: int, sequence: int) -> JournalRow | None:
    """The row of that key."""
    found = session.connection().execute(_ROW, {"partition": partition, "sequence": sequence}).first()
    return None if found is None else JournalRow(*found)


def head(session: Session, partition: int) -> JournalRow | None:
    """The last row of a partition."""
    found = session.connection().execute(_HEAD, {"partition": partition}).first()
    return None if found is None else JournalRow(*found)


def page(session: Session, partition: int, after_sequence: int, limit: int) -> Sequence[JournalRow]:
    """Up to `limit` rows after a sequence, ascending."""
    values = {"partition": partition, "after_sequence": after_sequence, "page_size": limit}
    return [JournalRow(*found) for found in session.connection().execute(_PAGE, values)]


def epoch(session: Session, partition: int, *, locked: bool = False) -> int | None:
    """The epoch in force. `locked` waits for transactions that write under it, and keeps later ones out."""
    statement = _EPOCH_LOCKED if locked else _EPOCH
    found = session.connection().execute(statement, {"partition": partition}).first()
    return None if found is None else int(found[0])


def claim(session: Session, partition: int, owner: str, seen_epoch: int | None, now: int) -> int:
    """Compare-and-set of the epoch. Returns the new one; FencedError where `seen_epoch` is not in force.

    The first writing statement of its transaction: SQLite can wait for its
    write lock only there. Two first claims collide on the key (IntegrityError).
    """
    connection = session.connection()
    if seen_epoch is None:
        first = {"partition": partition, "epoch": 1, "owner": owner, "claimed_at": now}
        connection.execute(_FIRST_CLAIM, first)
        return 1
    values = {
        "of": partition,
        "seen_epoch": seen_epoch,
        "new_epoch": seen_epoch + 1,
        "new_owner": owner,
        "now": now,
    }
    if connection.execute(_CLAIM, values).rowcount != 1:
        raise FencedError(f"partition {partition}: another process took it over at the same moment")
    return seen_epoch + 1


def insert_row(session: Session, row: JournalRow) -> None:
    """Inserts a row. The caller's transaction has just claimed the partition."""
    session.connection().execute(_INSERT, _values(row))


def put_snapshot(session: Session, snapshot: Snapshot) -> None:
    """Stores a snapshot, in the place of one of the same sequence, and drops all but the newest."""
    connection = session.connection()
    of_partition = _SNAPSHOT.c.partition == snapshot.partition
    connection.execute(delete(_SNAPSHOT).where(of_partition, _SNAPSHOT.c.sequence == snapshot.sequence))
    connection.execute(
        insert(_SNAPSHOT),
        {
            "partition": snapshot.partition,
            "sequence": snapshot.sequence,
            "hash": snapshot.hash,
            "state": snapshot.state,
            "checksum": checksum(snapshot),
        },
    )
    kept = (
        select(_SNAPSHOT.c.sequence)
        .where(of_partition)
        .order_by(_SNAPSHOT.c.sequence.desc())
        .limit(KEPT_SNAPSHOTS)
    )
    oldest_kept = min(connection.execute(kept).scalars())
    connection.execute(delete(_SNAPSHOT).where(of_partition, _SNAPSHOT.c.sequence < oldest_kept))


def stored_snapshots(session: Session, partition: int) -> Sequence[tuple[Snapshot, bool]]:
    """Kept snapshots, newest first, each with whether it fits its checksum."""
    found = session.connection().execute(_SNAPSHOTS, {"partition": partition}).all()
    loaded = [(Snapshot(*columns[:4]), columns[4]) for columns in found]
    return [(snapshot, checksum(snapshot) == stored) for snapshot, stored in loaded]


def checksum(snapshot: Snapshot) -> bytes:
    """SHA-256 over a snapshot's key, hash and state."""
    head_octets = struct.pack(">QQQ", snapshot.partition, snapshot.sequence, len(snapshot.hash))
    return hashlib.sha256(head_octets + snapshot.hash + snapshot.state).digest()


def cursor(session: Session, name: str, partition: int) -> int:
    """How far a named reader has come; 0 at first."""
    found = session.connection().execute(_CURSOR, {"partition": partition, "name": name}).first()
    return 0 if found is None else int(found[0])


def move_cursor(session: Session, name: str, partition: int, sequence: int) -> None:
    """Stores how far a named reader has come."""
    values = {"partition": partition, "name": name, "sequence": sequence}
    session.connection().execute(_MOVE_CURSOR, values)


def _values(row: JournalRow) -> dict[str, Any]:
    return {
        "partition": row.partition,
        "sequence": row.sequence,
        "epoch": row.epoch,
        "batch_id": row.batch_id,
        "previous_hash": row.previous_hash,
        "hash": row.hash,
        "payload": row.payload,
    }
