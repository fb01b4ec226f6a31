"""OfferService as a process of its own, with fifty offers that fit every customer.

`python -m benchmarks.recommending FOLDER CUSTOMERS` prints its address as JSON, serves until its standard
input ends, and prints how long each Recommend took inside, in seconds, and how many decisions it stored.
Everything is the service's own but the follower, whose profiles are put at hand, and who gives effect.
"""

from __future__ import annotations

import asyncio
import gc
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvloop
from sqlalchemy import func
from sqlmodel import select
from tidemark.offers.v1 import offer_api_pb2, offer_api_pb2_grpc

from benchmarks.offer_policies import fifty_offers, fill
from benchmarks.processor import cpu_seconds, resident_bytes
from services.common.runtime.bus import Bus
from services.common.runtime.callers import Callers
from services.common.runtime.database import Database, open_database
from services.common.runtime.grpc_server import GrpcServer, Servicer
from services.common.runtime.logs import configure_logs
from services.common.runtime.nats_server import nats_command, write_nats_configuration
from services.common.runtime.outbox import OutboxRelay
from services.common.runtime.system_clock import SystemClock
from services.offers.adapters.decisions.chance import SystemChance
from services.offers.adapters.decisions.contact_book import ContactBook
from services.offers.adapters.decisions.log import SqlDecisionLog
from services.offers.adapters.decisions.reader import DecisionReader
from services.offers.adapters.decisions.watching import OfferWatch
from services.offers.adapters.effects.sql_budgets import Budgets
from services.offers.adapters.grpc_offers import OfferServicer
from services.offers.adapters.learning.live_models import LiveModels
from services.offers.adapters.learning.registry import ModelRegistry
from services.offers.adapters.profiles.customers import StoredCustomers
from services.offers.adapters.profiles.hand import AtHand
from services.offers.adapters.tables.decisions import DecisionTable
from services.offers.application.ports import Resolved, Scorer
from services.offers.application.recommending import DecisionPorts, Recommender
from services.offers.domain.compiled import CompiledPolicies
from services.offers.main import EVENTS, MIGRATIONS
from services.offers.settings import OffersSettings

_SERVICE = offer_api_pb2.DESCRIPTOR.services_by_name["OfferService"].full_name
_START_SECONDS = 20
_DEADLINE_SECONDS = 0.15


class Policies:
    """Fifty offers in force."""

    def __init__(self) -> None:
        self._policies = fifty_offers()

    def current(self) -> CompiledPolicies:
        """Always the same."""
        return self._policies


class Champion:
    """The champion for everybody."""

    def __init__(self, models: LiveModels) -> None:
        self._models = models

    def scorer_for(self, _pseudonym: str) -> tuple[Scorer | None, str]:
        """No roll-out runs."""
        return self._models.champion(), ""


class Nobody:
    """Charging, which is not asked about those who have a profile."""

    async def resolve(self, _identifier: str) -> Resolved | None:
        """Nobody."""
        return None

    async def account_of(self, _subscriber_id: str) -> str | None:
        """Nobody's."""
        return None


class TimedServicer(OfferServicer):
    """Measures what a Recommend takes inside the server, from the decoded request to the answer."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.seconds: list[float] = []

    async def Recommend(  # noqa: N802 - the contract's name
        self, request: offer_api_pb2.RecommendRequest, context: Any
    ) -> offer_api_pb2.RecommendResponse:
        """As the service's own."""
        begun = time.perf_counter()
        answer = await super().Recommend(request, context)
        self.seconds.append(time.perf_counter() - begun)
        return answer


def servicer(
    folder: Path, customers: int, database: Database, relay: OutboxRelay, stopping: asyncio.Event
) -> TimedServicer:
    """Everything that decides, with so many customers at hand."""
    policies, clock, watch, hand = Policies(), SystemClock(), OfferWatch(), AtHand(customers)
    fill(hand, customers, clock.now())
    models = LiveModels(ModelRegistry(folder / "models"), policies, clock)
    models.refresh()
    ports = DecisionPorts(
        policies,
        StoredCustomers(database, hand),
        hand.consents.get,
        Champion(models),
        ContactBook(database),
        Budgets(database),
        SqlDecisionLog(database, policies, clock, watch, relay.wake),
        Nobody(),
        clock,
        SystemChance(),
        time.monotonic,
        lambda words, error: print(words, repr(error), file=sys.stderr),
    )
    recommender = Recommender(ports, _DEADLINE_SECONDS)
    reader = DecisionReader(database, policies)
    return TimedServicer(recommender, reader, watch, None, policies, Nobody(), Callers(()), stopping)


async def serve(folder: Path, customers: int, nats_url: str) -> None:
    """Serves until standard input ends."""
    database = open_database(f"sqlite:///{folder}/offers.sqlite", MIGRATIONS)
    bus = await Bus.open(nats_url, "bench-offers", [EVENTS])
    relay, stopping = OutboxRelay(database, bus), asyncio.Event()
    timed = servicer(folder, customers, database, relay, stopping)
    server = GrpcServer(
        OffersSettings(listen_port=0, health_port=0),
        [Servicer(offer_api_pb2_grpc.add_OfferServiceServicer_to_server, timed, _SERVICE)],
        stopping,
    )
    relaying = asyncio.ensure_future(relay.run())
    print(json.dumps({"address": await server.start()}), flush=True)
    used = cpu_seconds(None)
    await asyncio.to_thread(sys.stdin.read)
    await server.drain(5)
    relaying.cancel()
    stored = await database.run(
        lambda session: session.exec(select(func.count()).select_from(DecisionTable)).one()
    )
    said = {
        "seconds": timed.seconds,
        "decisions": stored,
        "cpu_seconds": cpu_seconds(None) - used,
        "rss_bytes": resident_bytes(None),
    }
    print(json.dumps(said), flush=True)
    await bus.close()
    await database.close()


@contextmanager
def nats(folder: Path) -> Iterator[str]:
    """The address of a nats-server of one's own."""
    command = nats_command(write_nats_configuration(folder))
    with (
        (folder / "nats.log").open("ab") as log,
        subprocess.Popen(command, stdout=log, stderr=log) as process,
    ):
        try:
            ports = folder / f"nats-server_{process.pid}.ports"
            deadline = time.monotonic() + _START_SECONDS
            while not ports.exists() or not ports.read_text():
                if time.monotonic() > deadline or process.poll() is not None:
                    raise RuntimeError(f"nats-server does not start; see {folder}/nats.log")
                time.sleep(0.01)
            (url,) = json.loads(ports.read_text())["nats"]
            yield url
        finally:
            process.terminate()


def main() -> int:
    """Exit code 0 once everything has ended."""
    configure_logs("recommending", "warning")
    gc.set_threshold(50_000, 20, 100)
    folder = Path(sys.argv[1])
    with nats(folder / "nats") as url:
        uvloop.run(serve(folder, int(sys.argv[2]), url))
    return 0


if __name__ == "__main__":
    sys.exit(main())
