"""Builds what the service consists of: with `main` and `building_channels` all that names concrete classes.

Nothing here opens a connection or starts a task; each part gets what it needs, once.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import grpc
from starlette.routing import Route

from services.common.kernel.clock import Clock
from services.common.runtime.callers import Callers
from services.common.runtime.database import Database
from services.common.runtime.logs import get_logger, version
from services.common.runtime.settings import variable_name
from services.common.runtime.startup import StartupRefusedError
from services.notification.adapters.cases.pruning import TranscriptPruning
from services.notification.adapters.cases.sql_cases import SqlCases
from services.notification.adapters.cases.transcripts import SqlTranscripts
from services.notification.adapters.cases.watching import CaseWatch
from services.notification.adapters.channels.addresses import AddressReader
from services.notification.adapters.channels.webhook import new_secret
from services.notification.adapters.delivery.planning import DeliveryPlanner, new_id
from services.notification.adapters.delivery.sql_deliveries import SqlDeliveries
from services.notification.adapters.delivery.sql_endpoints import SqlEndpoints
from services.notification.adapters.delivery.sql_log import SqlDeliveryLog
from services.notification.adapters.delivery.sql_preferences import SqlPreferences
from services.notification.adapters.delivery.system_alarm import SystemAlarm
from services.notification.adapters.grpc_rules import RuleUseCases, rule_use_cases
from services.notification.adapters.http.app import HttpOptions, HttpParts, build_app
from services.notification.adapters.http.server import HttpServer, Listen
from services.notification.adapters.inbox.intake import SqlIntake
from services.notification.adapters.inbox.pruning import InboxPruning
from services.notification.adapters.inbox.reading import SqlInbox
from services.notification.adapters.mcp.http import mcp_app
from services.notification.adapters.mirror.directory import SqlDirectory, StoredCustomers
from services.notification.adapters.mirror.hand import AtHand
from services.notification.adapters.mirror.journal import Mirror, MirrorJournal
from services.notification.adapters.peers.catalog import GrpcShop
from services.notification.adapters.peers.charging import GrpcCharging
from services.notification.adapters.peers.offers import GrpcOffers
from services.notification.adapters.peers.tokens import peer_tokens
from services.notification.adapters.rules.sql_store import SqlRulesStore
from services.notification.adapters.streams.hub import StreamHub
from services.notification.adapters.streams.reading import StoredEntries
from services.notification.adapters.tools.registry import ToolPorts, build_toolbox
from services.notification.adapters.tools.sql_proposals import SqlProposals, SqlSuspensions
from services.notification.adapters.tools.toolbox import Tools
from services.notification.adapters.tools.words import FluentWords
from services.notification.adapters.understanding.phrases import FluentPhrases
from services.notification.adapters.understanding.store import stored_intents
from services.notification.adapters.understanding.understanding import OwnUnderstanding
from services.notification.application.caps_in_force import CapsInForce
from services.notification.application.cases.desk import Desk
from services.notification.application.delivery.breakers import Breakers
from services.notification.application.delivery.caps import Caps
from services.notification.application.delivery.dispatching import Dispatcher
from services.notification.application.delivery.registering import EndpointBook
from services.notification.application.delivery.sending import Sender, SendingPorts
from services.notification.application.delivery.wishing import PreferenceKeeper
from services.notification.application.talking.conversing import Talking, TalkingPorts
from services.notification.application.talking.sold import ShopNames
from services.notification.building_channels import Channels
from services.notification.domain.notifications import Notification
from services.notification.settings import NotificationSettings

_log = get_logger(__name__)

_PERMILLE = 1_000
_ID_OCTETS = 12


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What parts are built on. `stopping`, the servers', ends streams."""

    database: Database
    clock: Clock
    charging: grpc.aio.Channel
    catalog: grpc.aio.Channel
    offers: grpc.aio.Channel
    on_event: Callable[[], None]
    """Called after each commit that may have left an event."""
    stopping: asyncio.Event


@dataclass(frozen=True, slots=True)
class Telling:
    """From what happens to inboxes, streams and channels."""

    rules: RuleUseCases
    shop: GrpcShop
    caps: CapsInForce
    hand: AtHand
    directory: SqlDirectory
    hub: StreamHub
    intake: SqlIntake
    journal: MirrorJournal
    inbox: SqlInbox
    pruning: InboxPruning
    preferences: PreferenceKeeper
    endpoints: EndpointBook
    deliveries: SqlDeliveryLog
    dispatcher: Dispatcher


@dataclass(frozen=True, slots=True)
class Assistant:
    """What answers: tools, plain text, and people."""

    toolbox: Tools
    talking: Talking
    transcripts: SqlTranscripts
    cases: SqlCases
    desk: Desk
    watch: CaseWatch
    pruning: TranscriptPruning


def build_telling(settings: NotificationSettings, on: Surroundings, channels: Channels) -> Telling:
    """Rules, the mirror, inboxes, streams, deliveries."""
    rules = rule_use_cases(SqlRulesStore(on.database, on.on_event), on.clock)
    shop, hand = GrpcShop(on.catalog, on.clock), AtHand()
    caps = CapsInForce(shop)
    directory = SqlDirectory(on.database, hand)
    hub = StreamHub(StoredEntries(on.database), directory, settings.most_streams, on.stopping)
    wishes = SqlPreferences(on.database)
    dispatcher = _dispatcher(on, rules, directory, channels)

    def told(notifications: Sequence[Notification]) -> None:
        hub.told(notifications)
        dispatcher.wake()

    planner = DeliveryPlanner(frozenset(channels.ports))
    intake = SqlIntake(rules.book, StoredCustomers(), wishes, planner, on.clock, told)
    addresses = AddressReader(settings.allow_private_addresses)
    return Telling(
        rules=rules,
        shop=shop,
        caps=caps,
        hand=hand,
        directory=directory,
        hub=hub,
        intake=intake,
        journal=MirrorJournal(Mirror(hand, rules.book, caps.cap_of), intake, intake.told, hub),
        inbox=SqlInbox(on.database, on.clock, hub.notified),
        pruning=InboxPruning(on.database, on.clock),
        preferences=PreferenceKeeper(wishes, rules.book, on.clock),
        endpoints=EndpointBook(
            SqlEndpoints(on.database), addresses, on.clock, new_id, new_secret, channels.vapid_public_key
        ),
        deliveries=SqlDeliveryLog(on.database),
        dispatcher=dispatcher,
    )


def _dispatcher(
    on: Surroundings, rules: RuleUseCases, directory: SqlDirectory, channels: Channels
) -> Dispatcher:
    deliveries = SqlDeliveries(on.database, frozenset(channels.ports))
    alarm, breakers = SystemAlarm(on.clock), Breakers()
    ports = SendingPorts(
        deliveries,
        channels.ports,
        rules.book,
        directory,
        alarm,
        lambda: secrets.randbelow(_PERMILLE),
        _failed,
    )
    sender = Sender(ports, Caps(deliveries), breakers)
    return Dispatcher(deliveries, sender, breakers, alarm, _failed)


def build_assistant(settings: NotificationSettings, on: Surroundings, telling: Telling) -> Assistant:
    """Tools, conversations and cases. Blocks: the intent model is read, or trained where it is not there."""
    hub, watch = telling.hub, CaseWatch()
    transcripts = SqlTranscripts(on.database, hub.said, on.on_event)
    cases = SqlCases(on.database, telling.intake, watch, telling.intake.told, hub.said, on.on_event)
    desk = Desk(cases, on.clock, lambda: secrets.token_hex(_ID_OCTETS))
    shop, not_sold = telling.shop, frozenset(settings.not_sold.split())
    tokens = peer_tokens(settings.offers_token_file, settings.token_key_file, settings.token_audience)
    toolbox = build_toolbox(
        ToolPorts(
            directory=telling.directory,
            inbox=telling.inbox,
            preferences=telling.preferences,
            cases=desk,
            charging=GrpcCharging(on.charging),
            offers=GrpcOffers(on.offers, tokens, settings.offer_placement, settings.offer_channel),
            shop=shop,
            proposals=SqlProposals(on.database),
            suspensions=SqlSuspensions(on.database),
            words=FluentWords(),
            clock=on.clock,
            top_up_url=settings.top_up_url,
            not_sold=not_sold,
        )
    )
    talking = Talking(
        TalkingPorts(
            transcripts=transcripts,
            understanding=_understanding(settings.intent_dir, on.clock),
            tools=toolbox,
            desk=desk,
            directory=telling.directory,
            preferences=telling.preferences,
            sold=ShopNames(shop, not_sold),
            phrases=FluentPhrases(),
            clock=on.clock,
            new_id=lambda: secrets.token_hex(_ID_OCTETS),
        )
    )
    pruning = TranscriptPruning(on.database, on.clock)
    return Assistant(toolbox, talking, transcripts, cases, desk, watch, pruning)


def _understanding(folder: Path, clock: Clock) -> OwnUnderstanding:
    try:
        stored = stored_intents(folder, tell=lambda words: _log.info("intent model", step=words))
    except OSError as error:
        raise StartupRefusedError(
            f"{folder} has no intent model of this version, and none can be put in ({error.strerror}); run "
            f"python -m services.notification.train_intents as somebody who can write there, or set "
            f"{variable_name(NotificationSettings, 'intent_dir')} to another folder"
        ) from error
    _log.info("intent model", model=stored.version, trained_now=stored.is_new)
    return OwnUnderstanding(stored.model, clock)


def build_http(
    settings: NotificationSettings, on: Surroundings, telling: Telling, assistant: Assistant, callers: Callers
) -> HttpServer:
    """Page, JSON, event streams and MCP on one port."""
    parts = HttpParts(
        inbox=telling.inbox,
        watching=telling.hub,
        toolbox=assistant.toolbox,
        conversing=assistant.talking,
        directory=telling.directory,
        preferences=telling.preferences,
        desk=assistant.desk,
        callers=callers,
        clock=on.clock,
        stopping=on.stopping,
    )
    secure = settings.tls_certificate is not None or settings.public_url.startswith("https:")
    options = HttpOptions(settings.public_url, secure, settings.default_deadline_seconds)
    mcp = mcp_app(assistant.toolbox, telling.directory, callers, settings.public_url, version())
    app = build_app(parts, options, [Route("/mcp", endpoint=mcp)], lambda _: mcp.running())
    return HttpServer(app, Listen(settings, settings.http_port, settings.most_streams), on.stopping)


def _failed(what: str, error: Exception) -> None:
    _log.error(what, exc_info=error)
