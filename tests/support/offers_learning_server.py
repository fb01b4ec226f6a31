"""OfferLearningService on a real gRPC server, database and registry; decisions are logged by hand."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from sqlalchemy import insert
from sqlmodel import Session
from tidemark.offers.v1 import learning_api_pb2 as api
from tidemark.offers.v1 import learning_api_pb2_grpc

from services.common.kernel.clock import Instant
from services.common.kernel.outcome import RefusedError
from services.common.runtime.callers import Callers, Role, mint_token
from services.common.runtime.database import Database, open_database
from services.common.runtime.grpc_client import connect
from services.common.runtime.grpc_server import GrpcServer, Servicer
from services.common.runtime.token_keys import TokenKey
from services.offers.adapters.experiments.rollout_models import RegistryModels
from services.offers.adapters.experiments.sql_rollouts import SqlRollouts
from services.offers.adapters.grpc_learning import Learning, OfferLearningServicer
from services.offers.adapters.learning.live_models import LiveModels
from services.offers.adapters.learning.registry import ModelRegistry
from services.offers.adapters.tables.decisions import DecisionTable, OutcomeTable
from services.offers.application.learning_ports import ModelDescription, ModelKind
from services.offers.application.rolling_out import RolloutScorers, RolloutWatch
from services.offers.domain.compiled import CompiledPolicies
from services.offers.domain.policies import (
    Arm,
    ContactPolicy,
    Experiment,
    Exploration,
    OfferPolicies,
)
from services.offers.domain.rollouts import Pace
from services.offers.main import MIGRATIONS
from services.offers.settings import OffersSettings
from tests.support.catalog import SteppedClock

_SECRET = b"a secret of this test, as long as it has to be"
_SERVICE = api.DESCRIPTOR.services_by_name["OfferLearningService"].full_name
_PLAIN = {"rating": 0, "reason": "", "value_minor_micros": 0}
PACE = Pace(seconds=3_600, decisions=10)
HALVES = Experiment("halves", "Two halves", "salt-1", (Arm("a", 50), Arm("b", 50)))


def compiled(*experiments: Experiment) -> CompiledPolicies:
    """Policies without offers, and these experiments."""
    policies = OfferPolicies(
        code="test",
        name="Test",
        currency_code="EUR",
        time_zone="UTC",
        languages=("en",),
        placements=("app-home",),
        channels=("app",),
        usage_classes=(),
        contact=ContactPolicy(),
        exploration=Exploration(),
        offers=(),
        experiments=experiments,
    )
    return CompiledPolicies(1, policies, (), {}, experiments)


@dataclass
class Policies:
    """The PoliciesInForce port."""

    compiled: CompiledPolicies

    def current(self) -> CompiledPolicies:
        """What a test has set."""
        return self.compiled


class NoExport:
    """The DecisionExport port of a log that nobody exports here."""

    async def read(
        self, from_instant: Instant | None, until_instant: Instant | None
    ) -> AsyncIterator[api.ExportDecisionsResponse]:
        """One portion, that says what was asked for."""
        del until_instant
        response = api.ExportDecisionsResponse()
        response.decisions.add().decision.seed = from_instant or 0
        yield response


@dataclass
class LearningServer:
    """Everything of the service that is not gRPC, and the address where it is."""

    database: Database
    clock: SteppedClock
    policies: Policies
    registry: ModelRegistry
    live: LiveModels
    scorers: RolloutScorers
    watch: RolloutWatch
    learning: Learning
    failures: list[RefusedError]
    address: str = ""

    @asynccontextmanager
    async def stub(self, role: Role | None = Role.OPERATOR) -> AsyncIterator[Any]:
        """Calls it as somebody; None: without a token."""
        account = "a1" if role is Role.SUBSCRIBER else ""
        token = mint_token(_SECRET, role, "desk", account=account) if role else ""
        channel: grpc.aio.Channel = connect(self.address, token=token)
        try:
            yield learning_api_pb2_grpc.OfferLearningServiceStub(channel)
        finally:
            await channel.close(None)

    def operator_environment(self) -> dict[str, str]:
        """Where and who the command line is."""
        token = mint_token(_SECRET, Role.OPERATOR, "desk")
        return {"TIDEMARK_OFFERS_ADDRESS": self.address, "TIDEMARK_TOKEN": token}

    def another_model(self, seed: int = 1) -> str:
        """Saves a version that learns by itself: as the champion, and yet another."""
        stored = self.registry.load(self.registry.champion())
        description = ModelDescription(
            ModelKind.ONLINE, stored.listed.description.feature_version, seed=seed, trained_from="test"
        )
        return self.registry.save(description, stored.parts, Instant(self.clock.now() + seed))

    async def log(self, rows: Iterable[tuple[str, str, dict[str, str], tuple[str, ...]]]) -> None:
        """Adds decisions (id, pseudonym, arms, outcomes), made now."""
        await self.database.run(lambda session: _add(session, list(rows), self.clock.now()))


def _add(session: Session, rows: list[tuple[str, str, dict[str, str], tuple[str, ...]]], at: Instant) -> None:
    decisions = [
        {
            "sequence": int.from_bytes(decision_id.encode()[-7:], "big"),
            "decision_id": decision_id,
            "at": at,
            "pseudonym": pseudonym,
            "raised_by": "request",
            "presented": 1,
            "arms": json.dumps(arms, sort_keys=True) if arms else "",
            "control_group": False,
            "payload": b"",
        }
        for decision_id, pseudonym, arms, _ in rows
    ]
    outcomes = [
        {"decision_id": decision_id, "offer_code": "x", "kind": kind, "at": at, **_PLAIN}
        for decision_id, _, _, kinds in rows
        for kind in kinds
    ]
    session.execute(insert(DecisionTable), decisions)
    if outcomes:
        session.execute(insert(OutcomeTable), outcomes)


@asynccontextmanager
async def learning_server(url: str, folder: Path) -> AsyncIterator[LearningServer]:
    """Serves on a free port, with a champion made from policies and nothing learnt."""
    clock, policies = SteppedClock(1_760_000_000_000_000), Policies(compiled(HALVES))
    database = open_database(url, MIGRATIONS, 4)
    registry = ModelRegistry(folder / "models")
    live = LiveModels(registry, policies, clock)
    live.refresh()
    models, rollouts = RegistryModels(registry, live), SqlRollouts(database)
    scorers, failures = RolloutScorers(models), list[RefusedError]()
    watch = RolloutWatch(rollouts, models, scorers, policies, clock, failures.append)
    learning = Learning(rollouts, registry, models, watch, policies, NoExport(), clock, PACE)
    running = LearningServer(database, clock, policies, registry, live, scorers, watch, learning, failures)
    servicer = OfferLearningServicer(learning, Callers([TokenKey("HS256", _SECRET)]))
    server = GrpcServer(
        OffersSettings(listen_port=0, health_port=0),
        [Servicer(learning_api_pb2_grpc.add_OfferLearningServiceServicer_to_server, servicer, _SERVICE)],
    )
    try:
        running.address = await server.start()
        yield running
    finally:
        await server.drain(1)
        await database.close()
