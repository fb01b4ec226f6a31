"""NotificationService as a process of its own, for streams alone.

`python -m benchmarks.streaming FOLDER` prints its address as JSON and serves. A line `move SECONDS RATE` on
its standard input lets balances of accounts move, each with the instant in it, and `memory` changes nothing;
each is answered with a line of figures. It ends with its standard input. Inboxes, hub and servicer are the
service's own; accounts are those of `benchmarks.notification_streams`.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import uvloop
from alembic.migration import MigrationContext
from alembic.operations import Operations
from tidemark.notification.v1 import notification_api_pb2, notification_api_pb2_grpc

from benchmarks.processor import cpu_seconds, resident_bytes
from services.common.kernel.clock import Instant
from services.common.runtime.callers import Callers
from services.common.runtime.database import Database
from services.common.runtime.database_engine import open_engine
from services.common.runtime.grpc_server import GrpcServer, Servicer
from services.common.runtime.logs import configure_logs
from services.common.runtime.system_clock import SystemClock
from services.notification.adapters.grpc_notifications import NotificationServicer
from services.notification.adapters.inbox.reading import SqlInbox
from services.notification.adapters.migrations.parts import inbox
from services.notification.adapters.streams.hub import StreamHub
from services.notification.adapters.streams.reading import StoredEntries
from services.notification.application.ports import Balances
from services.notification.domain.customers import Bucket
from services.notification.settings import NotificationSettings

_SERVICE = notification_api_pb2.DESCRIPTOR.services_by_name["NotificationService"].full_name
MOST_STREAMS = 20_000
_BUCKETS = 4


class Accounts:
    """The part of the directory that streams ask: subscriber and account have the same number."""

    async def account_of(self, subscriber_id: str) -> str | None:
        """By its number."""
        return subscriber_id.replace("subscriber", "account")

    async def subscribers_of(self, account_id: str) -> Sequence[str]:
        """One each."""
        return [account_id.replace("account", "subscriber")]

    async def balances(self, _account_id: str) -> Balances | None:
        """Nothing moved yet."""
        return None


def balances(number: int, sequence: int) -> Balances:
    """What an account holds now: money and three allowances."""
    account_id = f"account-{number:06}"
    buckets = tuple(
        Bucket(
            f"{account_id}-{place}",
            account_id,
            "Data",
            place == 0,
            "EUR" if place == 0 else "octets",
            sequence,
        )
        for place in range(_BUCKETS)
    )
    return Balances(account_id, sequence, Instant(time.time_ns() // 1_000), buckets)


async def move(hub: StreamHub, accounts: int, seconds: float, rate: float) -> int:
    """Moves balances at a fixed rate, one account after the other; returns how many moves that were."""
    begun, moves = time.perf_counter(), 0
    while moves < seconds * rate:
        due = begun + moves / rate
        if (early := due - time.perf_counter()) > 0:
            await asyncio.sleep(early)
        hub.moved(balances(moves % accounts, moves + 1))
        moves += 1
    return moves


def open_tables(folder: Path) -> Database:
    """A fresh SQLite file with inboxes."""
    engine = open_engine(f"sqlite:///{folder}/notification.sqlite", 1)
    with engine.begin() as connection:
        inbox.create_tables(Operations(MigrationContext.configure(connection)))
    return Database(engine, 1)


async def serve(folder: Path) -> None:
    """Serves until standard input ends."""
    database, stopping, accounts = open_tables(folder), asyncio.Event(), Accounts()
    hub = StreamHub(StoredEntries(database), accounts, MOST_STREAMS, stopping)
    await hub.start()
    own = SqlInbox(database, SystemClock(), hub.notified)
    servicer = NotificationServicer(own, hub, None, None, None, accounts, Callers(()))  # type: ignore[arg-type]
    add = notification_api_pb2_grpc.add_NotificationServiceServicer_to_server
    settings = NotificationSettings(
        listen_port=0, health_port=0, max_concurrent_calls=MOST_STREAMS + 1_000, max_concurrent_streams=2_000
    )
    server = GrpcServer(settings, [Servicer(add, servicer, _SERVICE)], stopping)
    print(json.dumps({"address": await server.start()}), flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        used, moves = cpu_seconds(None), 0
        match line.split():
            case ["move", accounts_text, seconds, rate]:
                moves = await move(hub, int(accounts_text), float(seconds), float(rate))
            case _:
                gc.collect()
        said = {
            "moves": moves,
            "streams": hub.streams,
            "cpu_seconds": cpu_seconds(None) - used,
            "rss_bytes": resident_bytes(None),
        }
        print(json.dumps(said), flush=True)
    await server.drain(1)
    await database.close()


def main() -> int:
    """Exit code 0 once everything has ended."""
    configure_logs("streaming", "warning")
    gc.set_threshold(50_000, 20, 100)
    uvloop.run(serve(Path(sys.argv[1])))
    return 0


if __name__ == "__main__":
    sys.exit(main())
