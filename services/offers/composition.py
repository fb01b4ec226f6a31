"""Builds what the service consists of. With `main`, the only place that names concrete classes.

Nothing here opens a connection or starts a task; each part gets what it needs, once.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import grpc

from services.common.kernel.clock import Clock
from services.common.kernel.outcome import RefusedError
from services.common.runtime.database import Database
from services.common.runtime.logs import get_logger, version
from services.offers.adapters.catalog_view import GrpcCatalog
from services.offers.adapters.charging_subscribers import ChargingSubscribers
from services.offers.adapters.decisions.chance import SystemChance
from services.offers.adapters.decisions.contact_book import ContactBook
from services.offers.adapters.decisions.log import SqlDecisionLog
from services.offers.adapters.decisions.reader import DecisionReader
from services.offers.adapters.decisions.watching import OfferWatch
from services.offers.adapters.effects.charging_gateway import ChargingGateway
from services.offers.adapters.effects.presentations import SqlPresentations
from services.offers.adapters.effects.reward_windows import SqlRewardWindows
from services.offers.adapters.effects.sql_answers import SqlAnswers
from services.offers.adapters.effects.sql_budgets import Budgets
from services.offers.adapters.experiments.rollout_models import RegistryModels
from services.offers.adapters.experiments.sql_rollouts import SqlRollouts
from services.offers.adapters.grpc_policies import PolicyUseCases, policy_use_cases
from services.offers.adapters.learning.learner import Learner
from services.offers.adapters.learning.live_models import LiveModels
from services.offers.adapters.learning.registry import ModelRegistry
from services.offers.adapters.learning.sql_rewards import SqlFeatureVersions, SqlRewards
from services.offers.adapters.places.fences_in_force import IndexedFences
from services.offers.adapters.places.happenings import ChargedUsage, FenceEntries
from services.offers.adapters.places.known_consents import KnownConsents
from services.offers.adapters.places.sql_presences import SqlPresences
from services.offers.adapters.places.withdrawing import ForgettingPlaces
from services.offers.adapters.profiles.customers import StoredCustomers
from services.offers.adapters.profiles.hand import AtHand
from services.offers.adapters.profiles.sql_consents import SqlConsents
from services.offers.adapters.sql_policies import SqlPolicyStore
from services.offers.application.accepting import Accepting
from services.offers.application.consents import ConsentKeeper
from services.offers.application.declining import Declining
from services.offers.application.effects import OfferEffects
from services.offers.application.feedback import GivingFeedback
from services.offers.application.giving import Giving, PendingAcceptances
from services.offers.application.ignoring import Ignoring
from services.offers.application.learning import Learning
from services.offers.application.locating import Locator
from services.offers.application.pushing import Pusher
from services.offers.application.recommending import DecisionPorts, Recommender
from services.offers.application.rolling_out import RolloutScorers, RolloutWatch
from services.offers.settings import OffersSettings

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What parts are built on: a database, the time, and channels to charging and the catalog."""

    database: Database
    clock: Clock
    charging: grpc.aio.Channel
    catalog: grpc.aio.Channel
    on_event: Callable[[], None]
    """Called after each commit that may have left an event."""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What is known of customers and places."""

    policies: PolicyUseCases
    hand: AtHand
    customers: StoredCustomers
    consents: ConsentKeeper
    presences: SqlPresences
    subscribers: ChargingSubscribers


@dataclass(frozen=True, slots=True)
class Models:
    """What ranks, and what moves it."""

    registry: ModelRegistry
    live: LiveModels
    learner: Learner
    rollouts: SqlRollouts
    rollout_models: RegistryModels
    scorers: RolloutScorers
    watch: RolloutWatch


@dataclass(frozen=True, slots=True)
class Deciding:
    """What decides, and what brings it about that nobody has to ask."""

    contacts: ContactBook
    budgets: Budgets
    watch: OfferWatch
    reader: DecisionReader
    recommender: Recommender
    pusher: Pusher
    locator: Locator


@dataclass(frozen=True, slots=True)
class Effects:
    """What becomes of what was presented."""

    use_cases: OfferEffects
    pending: PendingAcceptances
    ignoring: Ignoring


def build_knowledge(settings: OffersSettings, on: Surroundings) -> Knowledge:
    """Policies in force, profiles, consents, places."""
    hand = AtHand(settings.profile_cache)
    presences = SqlPresences(on.database, on.clock)
    customers = StoredCustomers(on.database, hand, presences)
    catalog = GrpcCatalog(on.catalog, settings.catalog_address)
    return Knowledge(
        policies=policy_use_cases(SqlPolicyStore(on.database, on.on_event), catalog, on.clock),
        hand=hand,
        customers=customers,
        consents=ConsentKeeper(ForgettingPlaces(SqlConsents(on.database, hand), presences), on.clock),
        presences=presences,
        subscribers=ChargingSubscribers(on.charging, customers.account_of, on.clock),
    )


def build_models(settings: OffersSettings, on: Surroundings, knowledge: Knowledge) -> Models:
    """Models, their learner, and who gets which."""
    policies = knowledge.policies.book
    registry = ModelRegistry(settings.model_dir)
    live = LiveModels(registry, policies, on.clock, code_version=version())
    versions = SqlFeatureVersions(on.database)
    rollouts, scorers_of = SqlRollouts(on.database), RegistryModels(registry, live, settings.models_kept)
    scorers = RolloutScorers(scorers_of)
    watch = RolloutWatch(rollouts, scorers_of, scorers, policies, on.clock, _refused)
    learner = Learner(Learning(SqlRewards(on.database), versions, live), settings.learn_seconds)
    policies.tell(learner.wake)
    policies.tell(watch.wake)
    return Models(registry, live, learner, rollouts, scorers_of, scorers, watch)


def build_deciding(
    settings: OffersSettings, on: Surroundings, knowledge: Knowledge, models: Models
) -> Deciding:
    """The recommender, and the pusher that asks it where something happened."""
    policies = knowledge.policies.book
    contacts, budgets, watch = ContactBook(on.database), Budgets(on.database), OfferWatch()
    log = SqlDecisionLog(on.database, policies, on.clock, watch, on.on_event)
    ports = DecisionPorts(
        policies=policies,
        customers=knowledge.customers,
        consents_now=knowledge.hand.consents.get,
        scorers=models.scorers,
        contacts=contacts,
        budgets=budgets,
        log=log,
        subscribers=knowledge.subscribers,
        clock=on.clock,
        chance=SystemChance(),
        monotonic=time.monotonic,
        on_failure=_failed,
    )
    recommender = Recommender(ports, settings.decision_deadline_milliseconds / 1_000)
    happenings = (ChargedUsage(on.database), FenceEntries(knowledge.presences))
    pusher = Pusher(happenings, policies, knowledge.customers, recommender, on.clock, _failed)
    locator = Locator(
        IndexedFences(policies),
        knowledge.presences,
        KnownConsents(knowledge.customers),
        on.clock,
        pusher.wake,
    )
    reader = DecisionReader(on.database, policies)
    return Deciding(contacts, budgets, watch, reader, recommender, pusher, locator)


def build_effects(on: Surroundings, knowledge: Knowledge, deciding: Deciding) -> Effects:
    """Accepting, declining, feedback; and what ends by itself."""
    policies, clock, budgets = knowledge.policies.book, on.clock, deciding.budgets
    answers, shown = SqlAnswers(on.database), SqlPresentations(on.database)
    consents = knowledge.consents
    giving = Giving(answers, ChargingGateway(on.charging), budgets, clock)
    use_cases = OfferEffects(
        Accepting(shown, answers, policies, consents, giving, budgets, clock),
        Declining(shown, answers, policies, deciding.contacts, consents, clock),
        GivingFeedback(shown, answers, clock),
    )
    pending = PendingAcceptances(answers, giving, clock)
    return Effects(use_cases, pending, Ignoring(SqlRewardWindows(on.database), clock))


def _failed(what: str, error: Exception) -> None:
    _log.error(what, exc_info=error)


def _refused(error: RefusedError) -> None:
    _log.warning("a roll-out's champion cannot be made yet", cause=str(error))
