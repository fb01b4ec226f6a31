"""Alert rules and inboxes as a process of their own: facts in, entries committed and told out.

`python -m benchmarks.alerting FOLDER SECONDS RATE` takes facts at a fixed rate, then as many as it can, and
prints how long each took, in seconds. Rules, words, planning and inboxes are the service's own; of accounts
and languages it knows what a mirror would.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import uvloop
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlmodel import Session

from benchmarks.processor import cpu_seconds, other_work, resident_bytes
from services.common.kernel.clock import Clock
from services.common.kernel.findings import SourceFile
from services.common.kernel.money import Money, currency
from services.common.runtime.database import Database
from services.common.runtime.database_engine import open_engine
from services.common.runtime.logs import configure_logs
from services.common.runtime.system_clock import SystemClock
from services.notification.adapters.delivery.planning import DeliveryPlanner
from services.notification.adapters.inbox.intake import SqlIntake
from services.notification.adapters.migrations.parts import delivery, inbox
from services.notification.adapters.rules.compiler import FluentCompiler
from services.notification.adapters.rules.yaml_source import YamlRulesReader
from services.notification.application.ports import CompiledRules
from services.notification.domain.customers import Customer
from services.notification.domain.facts import Fact, FactKind, Recipient, Units, Value
from services.notification.domain.notifications import Channel, Notification

RULES = Path(__file__).parent.parent / "examples" / "notification"
SUBSCRIBERS = 20_000
_MOST_AT_ONCE = 500
_CENT = 1_000_000
_EURO = 100 * _CENT
_GIGABYTE = 10**9


class Told:
    """How many entries were told."""

    def __init__(self) -> None:
        self.entries = 0

    def __call__(self, notifications: Sequence[Notification]) -> None:
        """Counts."""
        self.entries += len(notifications)


class Mirrored:
    """Customers and languages: a third of them read German."""

    def customers(self, _session: Session, subscriber_ids: Sequence[str]) -> Mapping[str, Customer]:
        """All of them are known."""
        return {
            one: Customer(one, one.replace("subscriber", "account"), "EUR", "Europe/Berlin")
            for one in subscriber_ids
        }

    def languages(self, _session: Session, subscriber_ids: Sequence[str]) -> Mapping[str, str]:
        """By the last digit."""
        return {one: "de" for one in subscriber_ids if one[-1] in "369"}


class InForce:
    """The example rules."""

    def __init__(self) -> None:
        files = [path for path in sorted(RULES.iterdir()) if path.suffix in (".yaml", ".ftl")]
        rules = YamlRulesReader().read([SourceFile(path.name, path.read_text()) for path in files]).document
        compiled = None if rules is None else FluentCompiler().compile(rules, 1).compiled
        if compiled is None:
            raise RuntimeError(f"{RULES} has no rules that can be used")
        self._compiled = compiled

    def current(self) -> CompiledRules:
        """Always the same."""
        return self._compiled


def facts(clock: Clock) -> Iterator[Fact]:
    """Endless: money that is low, allowances that are used, top-ups, one alert each. Figures differ."""
    euro = currency("EUR")
    for number in itertools.count():
        subscriber = f"subscriber-{number % SUBSCRIBERS:06}"
        to = Recipient(subscriber_id=subscriber, account_id=subscriber.replace("subscriber", "account"))
        kind = (FactKind.BALANCE_LOW, FactKind.ALLOWANCE_USED, FactKind.TOPPED_UP)[number % 3]
        held = Money((1 + number * 7 % 200) * _CENT, euro)
        values: dict[FactKind, dict[str, Value]] = {
            FactKind.BALANCE_LOW: {"balance": held, "threshold": Money(2 * _EURO, euro), "bucket_id": "main"},
            FactKind.ALLOWANCE_USED: {
                "percent": 80,
                "left": Units(_GIGABYTE - number * 7_919 % _GIGABYTE, "octets"),
                "given": Units(5 * _GIGABYTE, "octets"),
                "allowance": "Data",
                "bucket_id": "data",
                "offering": "data-5gb",
                "shared": False,
            },
            FactKind.TOPPED_UP: {"amount": Money(20 * _EURO, euro), "balance": held},
        }
        yield Fact(kind, f"cause-{number}", to, clock.now(), values[kind], "main")


def open_tables(folder: Path) -> Database:
    """A fresh SQLite file with the tables that are needed."""
    engine = open_engine(f"sqlite:///{folder}/notification.sqlite", 1)
    with engine.begin() as connection:
        operations = Operations(MigrationContext.configure(connection))
        for part in (inbox, delivery):
            part.create_tables(operations)
    return Database(engine, 1)


class Load:
    """Facts through one intake, whatever waits in one transaction, as a follower takes them."""

    def __init__(self, folder: Path) -> None:
        self._database = open_tables(folder)
        clock, mirrored = SystemClock(), Mirrored()
        self._facts = facts(clock)
        self.told = Told()
        self._intake = SqlIntake(
            InForce(), mirrored, mirrored, DeliveryPlanner(frozenset(Channel)), clock, self.told
        )

    async def at_rate(self, seconds: float, rate: float) -> list[float]:
        """From when each fact was due to when it was told."""
        latencies: list[float] = []
        begun, taken = time.perf_counter(), 0
        while taken < seconds * rate:
            due = int((time.perf_counter() - begun) * rate) - taken
            if due < 1:
                await asyncio.sleep(begun + (taken + 1) / rate - time.perf_counter())
                continue
            some = min(due, _MOST_AT_ONCE)
            await self._take(some)
            ended = time.perf_counter() - begun
            latencies.extend(ended - (taken + place + 1) / rate for place in range(some))
            taken += some
        return latencies

    async def at_most(self, seconds: float) -> float:
        """How many a second, where there are always more."""
        begun, before = time.perf_counter(), self.told.entries
        while time.perf_counter() - begun < seconds:
            await self._take(_MOST_AT_ONCE)
        return (self.told.entries - before) / (time.perf_counter() - begun)

    async def close(self) -> None:
        """Closes the database."""
        await self._database.close()

    async def _take(self, count: int) -> None:
        batch = list(itertools.islice(self._facts, count))
        taken = await self._database.run(lambda session: self._intake.take(session, batch))
        self._intake.told(taken)


async def measure(folder: Path, seconds: float, rate: float) -> dict[str, object]:
    """A second to warm up, the fixed rate, then the most there is."""
    load = Load(folder)
    await load.at_rate(1, rate)
    used, before = cpu_seconds(None), load.told.entries
    with other_work([os.getpid()]) as others:
        latencies = await load.at_rate(seconds, rate)
    used = cpu_seconds(None) - used
    told = load.told.entries - before
    most = await load.at_most(seconds / 2)
    await load.close()
    return {
        "seconds": latencies,
        "told": told,
        "most": most,
        "cpu_seconds": used,
        "other_cores": others.cores,
        "rss_bytes": resident_bytes(None),
    }


def main() -> int:
    """Exit code 0 once all is printed."""
    configure_logs("alerting", "warning")
    said = uvloop.run(measure(Path(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])))
    print(json.dumps(said), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
