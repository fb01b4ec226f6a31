"""OfferLearningService on a real gRPC server, database and registry; decisions are logged by hand."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import grpc
from sqlalchemy import insert
from sqlmodel import Session
from tidemark.offers.v1 import learning_api_pb2 as api
from tidemark.offers.v1 import learning_api_pb2_grpc, policy_api_pb2, policy_api_pb2_grpc
from typer.testing import CliRunner, Result

from services.cli.main import app
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
from services.offers.adapters.yaml_writer import CanonicalPolicyWriter
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
from services.offers.settings import OffersSettings
from tests.support.catalog import SteppedClock

_SECRET = b"a secret of this test, as long as it has to be"
_SERVICE = api.DESCRIPTOR.services_by_name["OfferLearningService"].full_name
_MIGRATIONS = "services.offers.adapters.migrations"
_PLAIN = {"rating": 0, "reason": "", "value_minor_micros": 0}
_POLICY_SERVICE = policy_api_pb2.DESCRIPTOR.services_by_name["OfferPolicyService"].full_name
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
        placement_names={"app-home": "First page"},
        channel_names={"app": "App"},
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


@dataclass
class ToldExport:
    """The DecisionExport port of a log that a test tells; without one it says what was asked for."""

    portions: list[api.ExportDecisionsResponse] = field(default_factory=list)

    async def read(
        self, from_instant: Instant | None, until_instant: Instant | None
    ) -> AsyncIterator[api.ExportDecisionsResponse]:
        """In portions."""
        del until_instant
        asked = api.ExportDecisionsResponse()
        asked.decisions.add().decision.seed = from_instant or 0
        for portion in self.portions or [asked]:
            yield portion


class PolicyTeller:
    """ExportPolicies of OfferPolicyService, whatever version is asked for; nobody calls the others here."""

    def __init__(self, policies: Policies) -> None:
        self._policies = policies

    async def ExportPolicies(  # noqa: N802 - the contract's name
        self, request: policy_api_pb2.ExportPoliciesRequest, _context: object
    ) -> policy_api_pb2.ExportPoliciesResponse:
        """The policies of the test in their canonical form."""
        files = CanonicalPolicyWriter().source(self._policies.compiled.policies)
        return policy_api_pb2.ExportPoliciesResponse(
            version=policy_api_pb2.PolicyVersion(version=request.version),
            files=[policy_api_pb2.PolicyFile(name=file.name, content=file.content) for file in files],
        )

    async def _not_called(self, _request: object, _context: object) -> NoReturn:
        raise AssertionError("only ExportPolicies is asked for")

    LintPolicies = DiffPolicies = PublishPolicies = ListPolicyVersions = _not_called


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
    export: ToldExport
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

    async def tidemark(self, *arguments: str) -> Result:
        """One command of an operator. In a thread, since the server lives in this one's loop."""
        token = mint_token(_SECRET, Role.OPERATOR, "desk")
        environment = {"TIDEMARK_OFFERS_ADDRESS": self.address, "TIDEMARK_TOKEN": token}
        return await asyncio.to_thread(CliRunner().invoke, app, list(arguments), env=environment)

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


MODELS_KEPT = 8


@asynccontextmanager
async def learning_server(url: str, folder: Path) -> AsyncIterator[LearningServer]:
    """Serves on a free port, with a champion made from policies and nothing learnt."""
    clock, policies = SteppedClock(1_760_000_000_000_000), Policies(compiled(HALVES))
    database = open_database(url, _MIGRATIONS, 4)
    registry = ModelRegistry(folder / "models")
    live = LiveModels(registry, policies, clock)
    live.refresh()
    models, rollouts = RegistryModels(registry, live, MODELS_KEPT), SqlRollouts(database)
    scorers, failures = RolloutScorers(models), list[RefusedError]()
    watch = RolloutWatch(rollouts, models, scorers, policies, clock, failures.append)
    export = ToldExport()
    learning = Learning(rollouts, registry, models, watch, policies, export, clock, PACE)
    running = LearningServer(
        database, clock, policies, registry, live, scorers, watch, learning, failures, export
    )
    servicer = OfferLearningServicer(learning, Callers([TokenKey("HS256", _SECRET)]))
    server = GrpcServer(
        OffersSettings(listen_port=0, health_port=0),
        [
            Servicer(learning_api_pb2_grpc.add_OfferLearningServiceServicer_to_server, servicer, _SERVICE),
            Servicer(
                policy_api_pb2_grpc.add_OfferPolicyServiceServicer_to_server,
                PolicyTeller(policies),
                _POLICY_SERVICE,
            ),
        ],
    )
    try:
        running.address = await server.start()
        yield running
    finally:
        await server.drain(1)
        await database.close()
