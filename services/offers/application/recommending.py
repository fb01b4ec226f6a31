"""Recommends: from who asks and where to a decision that is logged, with its contacts spent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace

from services.common.kernel.clock import Clock
from services.common.kernel.outcome import Refused, RefusedError
from services.offers.application.deciding import Question, decide, without_offers
from services.offers.application.decision_ports import (
    Budgets,
    Chance,
    ConsentsNow,
    Contacts,
    Debit,
    Monotonic,
)
from services.offers.application.decision_reasons import DECISION_NOT_STORED
from services.offers.application.decision_requests import RepeatableDecisions
from services.offers.application.decision_scoring import Scoring
from services.offers.application.ports import (
    ChargingUnreachableError,
    Customers,
    DecisionLog,
    DecisionRequest,
    PoliciesInForce,
    Scorers,
    Subscribers,
)
from services.offers.domain import drop_reasons, reasons
from services.offers.domain.compiled import CompiledPolicies
from services.offers.domain.customer import CustomerView
from services.offers.domain.decisions import Asked, Decision

MOST_OFFERS = 10
_RequestOf = Callable[[Decision], DecisionRequest]


@dataclass(frozen=True, slots=True)
class DecisionPorts:
    """What a recommender reaches the outside through.

    `on_failure` is told what a model or the log raised, for the service's own log.
    """

    policies: PoliciesInForce
    customers: Customers
    consents_now: ConsentsNow
    scorers: Scorers
    contacts: Contacts
    budgets: Budgets
    log: DecisionLog
    subscribers: Subscribers
    clock: Clock
    chance: Chance
    monotonic: Monotonic
    on_failure: Callable[[str, Exception], None]


class Recommender:
    """The use case. Nothing personalised goes out without consent, no cap is passed by one."""

    def __init__(self, ports: DecisionPorts, deadline_seconds: float) -> None:
        self._ports = ports
        self._scoring = Scoring(
            ports.scorers,
            deadline_seconds,
            ports.monotonic,
            lambda error: ports.on_failure("the model failed; rules rank instead", error),
        )
        self._repeatable = RepeatableDecisions(ports.log, ports.clock)

    async def recommend(self, subscriber_id: str, asked: Asked, request_id: str = "") -> Decision:
        """Decides, durably. The same request id again gives the first decision while it has not expired.

        Raises RefusedError POLICIES_NOT_PUBLISHED; PLACEMENT_UNKNOWN, CHANNEL_UNKNOWN; DUPLICATE_DIFFERS;
        USER_UNKNOWN; CHARGING_UNREACHABLE; DECISION_NOT_STORED, where the same request may be sent again.
        """
        policies = self._in_force()
        _check(policies, asked)
        begun = self._ports.monotonic()
        if not request_id:
            return await self._decided(policies, subscriber_id, asked, begun, None)
        return await self._repeatable.once(
            subscriber_id,
            asked,
            request_id,
            lambda request_of: self._decided(policies, subscriber_id, asked, begun, request_of),
        )

    def _in_force(self) -> CompiledPolicies:
        policies = self._ports.policies.current()
        if policies is None:
            words = "no offer policies are published yet; `tidemark offers publish` does it"
            raise RefusedError(Refused(reasons.POLICIES_NOT_PUBLISHED, words))
        return policies

    async def _decided(
        self,
        policies: CompiledPolicies,
        subscriber_id: str,
        asked: Asked,
        begun: float,
        request_of: _RequestOf | None,
    ) -> Decision:
        ports = self._ports
        async with ports.contacts.held(subscriber_id, policies.policies, ports.clock.now()) as account:
            view = await self._view(subscriber_id, policies)
            if view is None:
                question = self._question(policies, subscriber_id, asked, begun)
                decision = await self._of_a_stranger(question)
                return await self._stored(decision, None, request_of)
            # From here to the debit nothing waits: whoever comes next sees what this one has spent.
            question = self._question(policies, subscriber_id, asked, begun)
            history = account.history(question.now)
            decision = decide(question, view, history, ports.budgets.use(), self._scoring)
            return await self._stored(decision, account.debit(decision), request_of)

    async def _view(self, subscriber_id: str, policies: CompiledPolicies) -> CustomerView | None:
        """The customer with the consents of this very instant: a view may have waited for its other parts."""
        ports = self._ports
        view = await ports.customers.view(subscriber_id, policies, ports.clock.now())
        consents = ports.consents_now(subscriber_id)
        if view is not None and consents is None:
            # Not in memory: put out of it, or erased meanwhile. Who is erased has no second view.
            view = await ports.customers.view(subscriber_id, policies, ports.clock.now())
            consents = ports.consents_now(subscriber_id)
        if view is None or consents is None or consents == view.consents:
            return view
        return replace(view, consents=consents)

    async def _of_a_stranger(self, question: Question) -> Decision:
        subscriber_id = question.subscriber_id
        try:
            account_id = await self._ports.subscribers.account_of(subscriber_id)
        except ChargingUnreachableError as error:
            words = "charging, which knows subscribers, does not answer; try again"
            raise RefusedError(Refused(reasons.CHARGING_UNREACHABLE, words)) from error
        if account_id is None:
            words = f"nobody has the subscriber id {subscriber_id!r}"
            raise RefusedError(Refused(reasons.USER_UNKNOWN, words, "subscriber_id"))
        return without_offers(question, account_id, "", drop_reasons.PROFILE_UNKNOWN)

    async def _stored(
        self, decision: Decision, debit: Debit | None, request_of: _RequestOf | None
    ) -> Decision:
        """Waits until the decision is durable; a caller that gives up does not stop it, nor its debit."""
        request = None if request_of is None else request_of(decision)
        storing = asyncio.ensure_future(self._ports.log.append(decision, request))
        storing.add_done_callback(lambda done: self._settle(done, debit))
        try:
            await asyncio.shield(storing)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            words = "the decision could not be stored, so nothing was presented; try again"
            raise RefusedError(Refused(DECISION_NOT_STORED, words)) from error
        return decision

    def _settle(self, storing: asyncio.Future[None], debit: Debit | None) -> None:
        error = None if storing.cancelled() else storing.exception()
        if isinstance(error, Exception):
            self._ports.on_failure("a decision was not stored", error)
        if debit is None:
            return
        if storing.cancelled() or error is not None:
            debit.give_back()
        else:
            debit.keep()

    def _question(
        self, policies: CompiledPolicies, subscriber_id: str, asked: Asked, begun: float
    ) -> Question:
        chance = self._ports.chance
        return Question(
            chance.decision_id(),
            chance.seed(),
            subscriber_id,
            asked,
            policies,
            self._ports.clock.now(),
            begun,
        )


def _check(policies: CompiledPolicies, asked: Asked) -> None:
    terms = policies.policies
    if asked.placement not in terms.placements:
        words = f"the policies have no placement {asked.placement!r}; there is {', '.join(terms.placements)}"
        raise RefusedError(Refused(reasons.PLACEMENT_UNKNOWN, words, "placement"))
    if asked.channel not in terms.channels:
        words = f"the policies have no channel {asked.channel!r}; there is {', '.join(terms.channels)}"
        raise RefusedError(Refused(reasons.CHANNEL_UNKNOWN, words, "channel"))
    if not 1 <= asked.limit <= MOST_OFFERS:
        words = f"limit must be 1 to {MOST_OFFERS}"
        raise RefusedError(Refused(reasons.FIELD_INVALID, words, "limit"))
