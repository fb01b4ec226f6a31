"""Profiles and buckets in SQL, many at a time, straight to the driver.

SQLAlchemy's own way of many rows costs more than folding them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing
from functools import cache
from itertools import islice
from operator import itemgetter
from typing import Any, NamedTuple

from sqlmodel import Session

from services.common.runtime.database_engine import SQLITE
from services.offers.adapters.profiles.changes import BucketChanges
from services.offers.adapters.profiles.consent_bits import OUTBOUND_BIT
from services.offers.domain.profiles.account import Bucket
from services.offers.domain.profiles.packed import packed, unpacked
from services.offers.domain.profiles.profile import Profile

_MARKS = {"qmark": "?", "pyformat": "%s"}
_AT_ONCE = 200
# 64 MiB of pages; writing back so many changed ones takes some ten milliseconds.
_ROOM = ("PRAGMA cache_size = -65536", "PRAGMA wal_autocheckpoint = 2000")
_SUBSCRIBER = "id, subscriber_id, account_id, pseudonym, partition, feature_seq, profile, consents"
_BUCKET = (
    *("account_id", "bucket_id", "unit", "is_money", "balance", "reserved", "floor", "given"),
    *("valid_from", "valid_until", "offering_code", "rating_groups", "zones", "subscriber_ids"),
)
_BUCKET_KEY = "account_id = ? AND bucket_id = ?"
_OPEN_BUCKET = (
    f"INSERT INTO account_bucket ({', '.join(_BUCKET)}) VALUES ({', '.join('?' * len(_BUCKET))})"  # noqa: S608
    " ON CONFLICT (account_id, bucket_id) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in _BUCKET[2:])
)
_MOVE_BUCKET = f"UPDATE account_bucket SET balance = ?, reserved = ? WHERE {_BUCKET_KEY}"  # noqa: S608
_END_BUCKET = f"UPDATE account_bucket SET valid_until = ? WHERE {_BUCKET_KEY}"  # noqa: S608
_FLOOR_BUCKET = f"UPDATE account_bucket SET floor = ? WHERE {_BUCKET_KEY}"  # noqa: S608
_CLOSE_BUCKET = f"DELETE FROM account_bucket WHERE {_BUCKET_KEY}"  # noqa: S608
_CHANGE = "UPDATE subscriber SET profile = ?, feature_seq = ? WHERE id = ? AND feature_seq = ?"
_MOVE = "UPDATE subscriber SET account_id = ?, partition = ? WHERE id = ? AND feature_seq = ?"
_INSERT = (
    "INSERT INTO subscriber"
    " (subscriber_id, account_id, pseudonym, consents, partition, feature_seq, profile)"
    " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (subscriber_id) DO NOTHING"
)


class Stored(NamedTuple):
    """A subscriber's row as far as followers look at it; one is made for each change.

    `row_id` 0: there is none yet.
    `outbound`: offers may come unasked, as far as the follower has heard; what counts is asked elsewhere.
    """

    subscriber_id: str
    account_id: str
    pseudonym: str
    partition: int
    feature_seq: int
    profile: Profile
    row_id: int = 0
    outbound: bool = False


class Rows:
    """Statements of one transaction."""

    def __init__(self, session: Session) -> None:
        connection = session.connection()
        self._is_sqlite = connection.dialect.name == SQLITE
        self._mark = _MARKS[connection.dialect.paramstyle]
        driver = connection.connection.dbapi_connection
        assert driver is not None
        self._driver = driver

    def make_room(self) -> None:
        """Lets SQLite keep pages of many profiles in memory, and write them back less often.

        Usage comes from everywhere among them, so that each event changes a page of its own.
        """
        if self._is_sqlite:
            for pragma in _ROOM:
                self.all(pragma)

    def many(self, statement: str, rows: Sequence[Sequence[Any]]) -> int:
        """Runs a statement (marks are `?`) for each row; returns how many rows of the table it met."""
        if not rows:
            return 0
        with closing(self._driver.cursor()) as cursor:
            cursor.executemany(_marked(statement, self._mark), rows)
            return int(cursor.rowcount)

    def all(self, statement: str, values: Sequence[Any] = ()) -> list[Any]:
        """The rows that a statement finds."""
        with closing(self._driver.cursor()) as cursor:
            cursor.execute(_marked(statement, self._mark), values)
            return list(cursor.fetchall())

    def among(self, statement: str, column: str, values: Iterable[Any]) -> Iterator[Any]:
        """The rows of a statement where a column has one of some values."""
        left = iter(values)
        while some := list(islice(left, _AT_ONCE)):
            marks = ", ".join("?" * len(some))
            yield from self.all(f"{statement} WHERE {column} IN ({marks})", some)


@cache
def _marked(statement: str, mark: str) -> str:
    return statement if mark == "?" else statement.replace("?", mark)


def stored_of(rows: Rows, subscriber_ids: Collection[str]) -> dict[str, tuple[Stored, int]]:
    """Rows of subscribers and the bits of their consents. Raises PackedProfileError for a damaged one."""
    found = {}
    statement = f"SELECT {_SUBSCRIBER} FROM subscriber"  # noqa: S608 - no input
    for row in rows.among(statement, "subscriber_id", subscriber_ids):
        row_id, subscriber_id, account_id, pseudonym, partition, feature_seq, payload, consents = row
        profile = unpacked(bytes(payload))
        stored = Stored(
            subscriber_id,
            account_id,
            pseudonym,
            partition,
            feature_seq,
            profile,
            row_id,
            bool(consents & OUTBOUND_BIT),
        )
        found[subscriber_id] = (stored, consents)
    return found


def store_all(rows: Rows, changed: Sequence[tuple[Stored | None, Stored]]) -> dict[str, Stored]:
    """Writes subscribers, each with what it was before (None: there was no row).

    Returns them as stored. One that is missing was not as it was said to be: it is unchanged here, was
    erased or changed by somebody else, and must be read again.
    """
    updates = [
        (packed(new.profile), new.feature_seq, old.row_id, old.feature_seq)
        for old, new in changed
        if old is not None
    ]
    inserts = [
        (
            *(new.subscriber_id, new.account_id, new.pseudonym, 0, new.partition, new.feature_seq),
            packed(new.profile),
        )
        for old, new in changed
        if old is None
    ]
    # In the order of the table: neighbours are on the same page.
    updates.sort(key=itemgetter(2))
    met = rows.many(_CHANGE, updates)
    rows.many(_MOVE, _moved(changed))
    rows.many(_INSERT, inserts)
    stored = {new.subscriber_id: new for old, new in changed if old is not None}
    if met != len(updates):
        stored = _really_stored(rows, stored)
    return stored | _inserted(rows, [new for old, new in changed if old is None])


def _moved(changed: Sequence[tuple[Stored | None, Stored]]) -> list[tuple[Any, ...]]:
    """Those of whom the account, or its partition, is known only now: they have consented before."""
    return [
        (new.account_id, new.partition, new.row_id, new.feature_seq)
        for old, new in changed
        if old is not None and (old.account_id != new.account_id or old.partition != new.partition)
    ]


def _really_stored(rows: Rows, wanted: dict[str, Stored]) -> dict[str, Stored]:
    found = rows.among("SELECT subscriber_id, id, feature_seq FROM subscriber", "subscriber_id", list(wanted))
    return {
        subscriber_id: wanted[subscriber_id]
        for subscriber_id, row_id, feature_seq in found
        if (row_id, feature_seq) == (wanted[subscriber_id].row_id, wanted[subscriber_id].feature_seq)
    }


def _inserted(rows: Rows, new: Sequence[Stored]) -> dict[str, Stored]:
    wanted = {stored.subscriber_id: stored for stored in new}
    found = rows.among("SELECT subscriber_id, id, pseudonym FROM subscriber", "subscriber_id", list(wanted))
    return {
        subscriber_id: wanted[subscriber_id]._replace(row_id=row_id)
        for subscriber_id, row_id, pseudonym in found
        if pseudonym == wanted[subscriber_id].pseudonym
    }


def store_buckets(rows: Rows, changes: BucketChanges) -> None:
    """Buckets as they are after some records. One that is not known here stays unknown when it moves."""
    rows.many(_CLOSE_BUCKET, list(changes.closes))
    rows.many(_OPEN_BUCKET, [_bucket_row(key, bucket) for key, bucket in changes.opens.items()])
    rows.many(_MOVE_BUCKET, [(*holding, *key) for key, holding in sorted(changes.holdings.items())])
    rows.many(_END_BUCKET, [(until, *key) for key, until in changes.ends.items()])
    rows.many(_FLOOR_BUCKET, [(floor, *key) for key, floor in changes.floors.items()])


def _bucket_row(key: tuple[str, str], bucket: Bucket) -> tuple[Any, ...]:
    return (
        *key,
        *(bucket.unit, bucket.is_money, bucket.balance, bucket.reserved, bucket.floor, bucket.given),
        *(bucket.valid_from, bucket.valid_until, bucket.offering_code),
        ",".join(map(str, sorted(bucket.rating_groups))),
        ",".join(sorted(bucket.zones)),
        ",".join(sorted(bucket.subscriber_ids)),
    )


def buckets_of(rows: Rows, account_id: str) -> dict[str, Bucket]:
    """The buckets of an account by id."""
    statement = f"SELECT {', '.join(_BUCKET[1:])} FROM account_bucket WHERE account_id = ?"  # noqa: S608
    return {row[0]: _bucket(row) for row in rows.all(statement, (account_id,))}


def _bucket(row: Sequence[Any]) -> Bucket:
    bucket_id, unit, is_money, balance, reserved, floor, given, valid_from, valid_until, *texts = row
    offering_code, rating_groups, zones, subscriber_ids = texts
    return Bucket(
        *(bucket_id, unit, bool(is_money)),
        *(balance, reserved, floor, given, valid_from, valid_until),
        offering_code=offering_code,
        rating_groups=frozenset(map(int, _texts(rating_groups))),
        zones=frozenset(_texts(zones)),
        subscriber_ids=frozenset(_texts(subscriber_ids)),
    )


def _texts(joined: str) -> list[str]:
    return joined.split(",") if joined else []
