"""Composition root of notification. `python -m services.notification.main` runs it."""

from __future__ import annotations

import asyncio
import gc
import resource
import sys
from collections.abc import Sequence
from typing import Any

from tidemark.catalog.v1 import catalog_events_pb2
from tidemark.notification.v1 import (
    assistant_api_pb2,
    assistant_api_pb2_grpc,
    case_api_pb2,
    case_api_pb2_grpc,
    notification_api_pb2,
    notification_api_pb2_grpc,
    rules_api_pb2,
    rules_api_pb2_grpc,
)

from services.common.runtime.bus import Bus, StreamSpec
from services.common.runtime.bus_consumer import ConsumerSpec, Delivery, consume
from services.common.runtime.callers import Callers, open_callers
from services.common.runtime.database import open_database
from services.common.runtime.follower import JournalFollower
from services.common.runtime.grpc_client import connect, peer_tls
from services.common.runtime.grpc_server import GrpcServer, Servicer
from services.common.runtime.journal_source import GrpcJournalSource
from services.common.runtime.lifecycle import ServiceContext, run_service
from services.common.runtime.logs import get_logger
from services.common.runtime.outbox import OutboxRelay
from services.common.runtime.system_clock import SystemClock
from services.notification.adapters.delivery.sql_endpoints import SqlEndpoints
from services.notification.adapters.grpc_assistant import AssistantServicer
from services.notification.adapters.grpc_cases import CaseServicer
from services.notification.adapters.grpc_notifications import NotificationServicer
from services.notification.adapters.grpc_rules import NotificationRuleServicer
from services.notification.adapters.mirror.clock import MirrorClock
from services.notification.adapters.mirror.events import BusEvents
from services.notification.adapters.mirror.following import Lag, mirror_follower, publish_position
from services.notification.adapters.repeating import repeating
from services.notification.application.caps_in_force import CapsInForce
from services.notification.application.talking.scoring import ask_for_scores
from services.notification.building_channels import build_channels
from services.notification.composition import (
    Assistant,
    Surroundings,
    Telling,
    build_assistant,
    build_http,
    build_telling,
)
from services.notification.settings import NotificationSettings

NAME = "notification"
MIGRATIONS = "services.notification.adapters.migrations"
EVENTS = StreamSpec("NOTIFICATION", ("tidemark.notification.v1.>",))
CATALOG_STREAM = "CATALOG"
CATALOG_SUBJECT = catalog_events_pb2.CatalogVersionPublished.DESCRIPTOR.full_name
CAPS_SECONDS = 60.0
SCORES_SECONDS = 5.0
"""So long after a fault it goes on."""

_log = get_logger(__name__)


async def serve(settings: NotificationSettings, service: ServiceContext) -> None:
    """Opens everything, follows charging's journal, serves until told to stop, closes in good order."""
    # First, since they open nothing: bad keys are told before a database is migrated.
    callers, clock = open_callers(settings), SystemClock()
    channels = build_channels(settings, clock)
    database = await asyncio.to_thread(
        open_database, settings.database_url, MIGRATIONS, settings.database_connections
    )
    bus = await Bus.open(settings.nats_url, NAME, [EVENTS])
    tls = peer_tls(settings)
    charging, catalog = connect(settings.charging_address, tls), connect(settings.catalog_address, tls)
    offers = connect(settings.offers_address, tls)
    relay, stopping = OutboxRelay(database, bus), asyncio.Event()
    on = Surroundings(database, clock, charging, catalog, offers, relay.wake, stopping)
    telling = build_telling(settings, on, channels)
    assistant = await asyncio.to_thread(build_assistant, settings, on, telling)
    follower = mirror_follower(database, bus, GrpcJournalSource(on.charging), telling.journal)
    publish_position(follower)
    http = build_http(settings, on, telling, assistant, callers)
    server = GrpcServer(settings, servicers(callers, telling, assistant), stopping)
    try:
        await _ready(settings, on, telling)
        service.tasks.start("outbox relay", relay.run())
        service.tasks.start("journal follower", follower.run())
        newest_case = await assistant.cases.newest_revision()
        _start_tasks(service, on, bus, follower, telling, assistant, newest_case)
        await http.start()
        _log.info("page", url=http.url, mcp=f"{http.url}/mcp")
        service.announce(await server.start())
        await service.stop.wait()
    finally:
        assistant.watch.end()
        await http.stop(settings.drain_seconds)
        await server.drain(settings.drain_seconds)
        await service.tasks.close()
        await channels.close()
        for peer in (charging, catalog, offers):
            await peer.close(None)
        await bus.close()
        await database.close()


def servicers(callers: Callers, telling: Telling, assistant: Assistant) -> Sequence[Servicer]:
    """Every protobuf service this process answers."""
    return (
        _servicer(
            notification_api_pb2_grpc.add_NotificationServiceServicer_to_server,
            NotificationServicer(
                telling.inbox,
                telling.hub,
                telling.preferences,
                telling.endpoints,
                telling.deliveries,
                telling.directory,
                callers,
            ),
            notification_api_pb2.DESCRIPTOR,
        ),
        _servicer(
            rules_api_pb2_grpc.add_NotificationRuleServiceServicer_to_server,
            NotificationRuleServicer(telling.rules, callers),
            rules_api_pb2.DESCRIPTOR,
        ),
        _servicer(
            assistant_api_pb2_grpc.add_AssistantServiceServicer_to_server,
            AssistantServicer(assistant.toolbox, assistant.talking, telling.directory, callers),
            assistant_api_pb2.DESCRIPTOR,
        ),
        _servicer(
            case_api_pb2_grpc.add_CaseServiceServicer_to_server,
            CaseServicer(
                assistant.desk,
                assistant.transcripts,
                telling.directory,
                assistant.watch,
                assistant.cases.since,
                assistant.cases,
                callers,
            ),
            case_api_pb2.DESCRIPTOR,
        ),
    )


async def _ready(settings: NotificationSettings, on: Surroundings, telling: Telling) -> None:
    """Everything that has to be known before the first request."""
    await telling.rules.book.refresh()
    await telling.hub.start()
    await SqlEndpoints(on.database).configure_operator(settings.operator_urls.split(), on.clock.now())


def _start_tasks(
    service: ServiceContext,
    on: Surroundings,
    bus: Bus,
    follower: JournalFollower,
    telling: Telling,
    assistant: Assistant,
    newest_case: int,
) -> None:
    intake, lag = telling.intake, Lag(follower, telling.hand, on.clock)
    events = BusEvents(on.database, intake, intake.told, on.clock)
    ticking = MirrorClock(on.database, telling.rules.book, intake, intake.told, on.clock, lag)

    async def scores() -> None:
        changes = assistant.watch.following(assistant.cases.since, newest_case)
        await ask_for_scores(changes, assistant.talking)

    for name, work in (
        ("alert rules", telling.rules.book.keep_fresh()),
        ("caps", repeating("caps", telling.caps.refresh, CAPS_SECONDS)),
        ("catalog", _follow_catalog(bus, telling.caps)),
        ("events", events.run(bus)),
        ("by the clock", ticking.run()),
        ("dispatcher", telling.dispatcher.run()),
        ("old deliveries", telling.dispatcher.run_pruning()),
        ("old entries", telling.pruning.run()),
        ("old conversations", assistant.pruning.run()),
        ("begun actions", assistant.toolbox.run()),
        ("scores", repeating("scores", scores, SCORES_SECONDS)),
    ):
        service.tasks.start(name, work)


async def _follow_catalog(bus: Bus, caps: CapsInForce) -> None:
    async def published(_delivery: Delivery) -> None:
        await caps.refresh()

    spec = ConsumerSpec(CATALOG_STREAM, f"{NAME}-caps", CATALOG_SUBJECT, only_new=True)
    await consume(bus, spec, published)


def _servicer(register: Any, servicer: object, descriptor: Any) -> Servicer:
    (service,) = descriptor.services_by_name.values()
    return Servicer(register, servicer, service.full_name)


def main() -> int:
    """Runs the service; returns the process's exit code."""
    gc.set_threshold(50_000, 20, 100)
    # Each stream is an open file; the soft limit of many machines ends at a thousand.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return run_service(NAME, NotificationSettings, serve)


if __name__ == "__main__":
    sys.exit(main())
