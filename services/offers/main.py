"""Composition root of offers. `python -m services.offers.main` runs it."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Sequence
from typing import Any

from tidemark.offers.v1 import (
    learning_api_pb2,
    learning_api_pb2_grpc,
    offer_api_pb2,
    offer_api_pb2_grpc,
    policy_api_pb2,
    policy_api_pb2_grpc,
    profile_api_pb2,
    profile_api_pb2_grpc,
)

from services.common.runtime.bus import Bus, StreamSpec
from services.common.runtime.callers import Callers, open_callers
from services.common.runtime.database import Database, open_database
from services.common.runtime.follower import JournalFollower
from services.common.runtime.grpc_client import connect, peer_tls
from services.common.runtime.grpc_server import GrpcServer, Servicer
from services.common.runtime.journal_source import GrpcJournalSource
from services.common.runtime.lifecycle import ServiceContext, run_service
from services.common.runtime.outbox import OutboxRelay
from services.common.runtime.system_clock import SystemClock
from services.offers.adapters.decisions.erasure import erase_decision_links
from services.offers.adapters.effects.erasing import erase_acceptances
from services.offers.adapters.effects.journal_watcher import AcceptanceWatcher
from services.offers.adapters.grpc_learning import Learning, OfferLearningServicer
from services.offers.adapters.grpc_offers import OfferServicer
from services.offers.adapters.grpc_policies import OfferPolicyServicer, follow_catalog
from services.offers.adapters.grpc_profiles import OfferProfileServicer
from services.offers.adapters.learning.decision_export import DecisionExport
from services.offers.adapters.places.forgetting import StalePlaces
from services.offers.adapters.places.reporting import LocationReporting
from services.offers.adapters.places.sql_presences import erase_places
from services.offers.adapters.profiles.following import profile_follower, publish_position
from services.offers.adapters.profiles.journal import ProfileJournal
from services.offers.adapters.profiles.kept_elsewhere import kept_elsewhere
from services.offers.adapters.profiles.sql_erasures import SqlErasures
from services.offers.adapters.profiles.sql_profiles import SqlProfiles
from services.offers.adapters.whose import Whose
from services.offers.application.erasing import ProfileEraser
from services.offers.composition import (
    Deciding,
    Effects,
    Knowledge,
    Models,
    Surroundings,
    build_deciding,
    build_effects,
    build_knowledge,
    build_models,
)
from services.offers.domain.rollouts import Pace
from services.offers.settings import OffersSettings

NAME = "offers"
MIGRATIONS = "services.offers.adapters.migrations"
EVENTS = StreamSpec("OFFERS", ("tidemark.offers.v1.>",))


async def serve(settings: OffersSettings, service: ServiceContext) -> None:
    """Opens everything, follows charging's journal, serves until told to stop, closes in good order."""
    # First, since it opens nothing: a bad key is told before a database is migrated.
    callers = open_callers(settings)
    database = await asyncio.to_thread(
        open_database, settings.database_url, MIGRATIONS, settings.database_connections
    )
    bus = await Bus.open(settings.nats_url, NAME, [EVENTS])
    tls = peer_tls(settings)
    charging, catalog = connect(settings.charging_address, tls), connect(settings.catalog_address, tls)
    relay = OutboxRelay(database, bus)
    on = Surroundings(database, SystemClock(), charging, catalog, relay.wake)
    knowledge = build_knowledge(settings, on)
    models = build_models(settings, on, knowledge)
    deciding = build_deciding(settings, on, knowledge, models)
    effects = build_effects(on, knowledge, deciding)
    follower = _follower(on, bus, knowledge, deciding)
    publish_position(follower)
    stopping = asyncio.Event()
    parts = (knowledge, models, deciding, effects)
    pace = Pace(settings.rollout_step_seconds, settings.rollout_step_decisions)
    server = GrpcServer(settings, servicers(on, callers, follower, stopping, pace, *parts), stopping)
    try:
        await _ready(*parts)
        service.tasks.start("outbox relay", relay.run())
        service.tasks.start("journal follower", follower.run())
        service.tasks.start("catalog follower", follow_catalog(bus, knowledge.policies.book))
        _start_tasks(service, on, *parts)
        service.announce(await server.start())
        await service.stop.wait()
    finally:
        await server.drain(settings.drain_seconds)
        await service.tasks.close()
        await charging.close(None)
        await catalog.close(None)
        await bus.close()
        await database.close()


def servicers(
    on: Surroundings,
    callers: Callers,
    follower: JournalFollower,
    stopping: asyncio.Event,
    pace: Pace,
    knowledge: Knowledge,
    models: Models,
    deciding: Deciding,
    effects: Effects,
) -> Sequence[Servicer]:
    """Every protobuf service this process answers. `stopping` ends streams; `pace` is of roll-outs."""
    book, whose = knowledge.policies.book, Whose(knowledge.subscribers)
    return (
        _servicer(
            offer_api_pb2_grpc.add_OfferServiceServicer_to_server,
            OfferServicer(
                deciding.recommender,
                deciding.reader,
                deciding.watch,
                effects.use_cases,
                book,
                knowledge.subscribers,
                callers,
                stopping,
            ),
            offer_api_pb2.DESCRIPTOR,
        ),
        _servicer(
            policy_api_pb2_grpc.add_OfferPolicyServiceServicer_to_server,
            OfferPolicyServicer(knowledge.policies, callers),
            policy_api_pb2.DESCRIPTOR,
        ),
        _servicer(
            profile_api_pb2_grpc.add_OfferProfileServiceServicer_to_server,
            OfferProfileServicer(
                SqlProfiles(
                    on.database,
                    knowledge.customers,
                    book,
                    kept_elsewhere(on.database, knowledge.presences),
                ),
                knowledge.consents,
                ProfileEraser(_erasures(on.database, knowledge, deciding), on.clock),
                LocationReporting(deciding.locator, whose, on.clock),
                follower.status,
                whose,
                callers,
                on.clock,
            ),
            profile_api_pb2.DESCRIPTOR,
        ),
        _servicer(
            learning_api_pb2_grpc.add_OfferLearningServiceServicer_to_server,
            OfferLearningServicer(
                Learning(
                    models.rollouts,
                    models.registry,
                    models.rollout_models,
                    models.watch,
                    book,
                    DecisionExport(on.database),
                    on.clock,
                    pace,
                ),
                callers,
            ),
            learning_api_pb2.DESCRIPTOR,
        ),
    )


async def _ready(knowledge: Knowledge, models: Models, deciding: Deciding, _effects: Effects) -> None:
    """Everything that has to be in memory before the first request."""
    await knowledge.policies.book.refresh()
    await deciding.budgets.load()
    await models.learner.step()
    await models.watch.settle()


def _start_tasks(
    service: ServiceContext,
    on: Surroundings,
    knowledge: Knowledge,
    models: Models,
    deciding: Deciding,
    effects: Effects,
) -> None:
    for name, work in (
        ("policies", knowledge.policies.book.keep_fresh()),
        ("learner", models.learner.run()),
        ("roll-outs", models.watch.run()),
        ("budgets", deciding.budgets.run()),
        ("stale places", StalePlaces(on.database, knowledge.presences, on.clock).run()),
        ("pusher", deciding.pusher.run()),
        ("pending acceptances", effects.pending.run()),
        ("reward windows", effects.ignoring.run()),
    ):
        service.tasks.start(name, work)


def _follower(on: Surroundings, bus: Bus, knowledge: Knowledge, deciding: Deciding) -> JournalFollower:
    profiles = ProfileJournal(knowledge.hand, deciding.pusher.wake, AcceptanceWatcher())
    return profile_follower(
        on.database,
        bus,
        GrpcJournalSource(on.charging),
        profiles,
    )


def _erasures(database: Database, knowledge: Knowledge, deciding: Deciding) -> SqlErasures:
    return SqlErasures(
        database,
        knowledge.hand,
        erase_decision_links,
        (erase_acceptances, erase_places),
        (deciding.contacts.forget, lambda subscriber_id: knowledge.presences.forgotten([subscriber_id])),
    )


def _servicer(register: Any, servicer: object, descriptor: Any) -> Servicer:
    (service,) = descriptor.services_by_name.values()
    return Servicer(register, servicer, service.full_name)


def main() -> int:
    """Runs the service; returns the process's exit code."""
    # As charging: a decision makes thousands of short-lived values and no cycles.
    gc.set_threshold(50_000, 20, 100)
    return run_service(NAME, OffersSettings, serve)


if __name__ == "__main__":
    sys.exit(main())
