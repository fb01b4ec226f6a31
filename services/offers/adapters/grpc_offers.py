"""OfferService over gRPC: recommends, gives effect, tells why. Subscribers see their own account only."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Protocol

from tidemark.offers.v1 import offer_api_pb2 as api
from tidemark.offers.v1 import offer_api_pb2_grpc

from services.common.kernel.identifiers import is_request_id
from services.common.kernel.outcome import Refused, RefusedError
from services.common.runtime.callers import Caller, Callers, Role, require_account, require_operator
from services.offers.adapters import effect_messages as effects
from services.offers.adapters.decision_messages import outcome_message
from services.offers.adapters.decisions.reader import DecisionReader
from services.offers.adapters.decisions.watching import OfferWatch, Watcher
from services.offers.adapters.recommend_messages import asked_of, recommend_response
from services.offers.adapters.whose import Whose
from services.offers.application.ports import ChargingUnreachableError, PoliciesInForce, Subscribers
from services.offers.application.recommending import Recommender
from services.offers.domain import reasons
from services.offers.domain.acceptance import (
    Accepted,
    AcceptRequest,
    Declined,
    DeclineRequest,
    FeedbackRequest,
)

Context = Any

_PAGE = 20
_LONGEST_PAGE = 200
_REPLAY = 200


class Effects(Protocol):
    """What becomes of presented offers."""

    async def accept(self, request: AcceptRequest) -> Accepted:
        """Yes, with effect."""

    async def decline(self, request: DeclineRequest) -> Declined:
        """No."""

    async def feedback(self, request: FeedbackRequest) -> None:
        """What the customer thought."""


class OfferServicer(offer_api_pb2_grpc.OfferServiceServicer):
    """Translates, checks who asks, calls one use case, translates back.

    `stopping`, the server's, ends streams.
    """

    def __init__(
        self,
        recommender: Recommender,
        decisions: DecisionReader,
        watch: OfferWatch,
        effects: Effects,
        policies: PoliciesInForce,
        subscribers: Subscribers,
        callers: Callers,
        stopping: asyncio.Event,
    ) -> None:
        self._recommender = recommender
        self._decisions = decisions
        self._watch = watch
        self._effects = effects
        self._policies = policies
        self._whose = Whose(subscribers)
        self._callers = callers
        self._stopping = stopping

    async def Recommend(self, request: api.RecommendRequest, context: Context) -> api.RecommendResponse:
        """Decides now, logs the decision, answers."""
        caller = self._callers.of(context)
        request_id = _request_id(request.request_id, caller)
        asked = asked_of(request)
        whose = await self._whose.asked_about(request, caller)
        decision = await self._recommender.recommend(whose.subscriber_id, asked, request_id)
        policies = self._policies.current()
        languages = policies.policies.languages if policies else ()
        return recommend_response(decision, asked.language, languages)

    async def AcceptOffer(self, request: api.AcceptOfferRequest, context: Context) -> api.AcceptOfferResponse:
        """Gives effect to an offer of a decision, once."""
        wanted = effects.accept_request(request, _account_of(self._callers.of(context)))
        return effects.accept_response(await self._effects.accept(wanted))

    async def DeclineOffer(
        self, request: api.DeclineOfferRequest, context: Context
    ) -> api.DeclineOfferResponse:
        """No, thank you."""
        wanted = effects.decline_request(request, _account_of(self._callers.of(context)))
        return effects.decline_response(await self._effects.decline(wanted))

    async def GiveFeedback(
        self, request: api.GiveFeedbackRequest, context: Context
    ) -> api.GiveFeedbackResponse:
        """What the customer thought of it."""
        wanted = effects.feedback_request(request, _account_of(self._callers.of(context)))
        await self._effects.feedback(wanted)
        return effects.feedback_response()

    async def GetDecision(self, request: api.GetDecisionRequest, context: Context) -> api.GetDecisionResponse:
        """A decision with all it was made from."""
        account_id = _account_of(self._callers.of(context))
        stored = await self._decisions.stored(request.decision_id)
        # Another's decision and one that does not exist sound the same.
        if stored is None or account_id not in ("", stored.account_id):
            words = f"there is no decision {request.decision_id[:64]!r}"
            raise RefusedError(Refused(reasons.DECISION_UNKNOWN, words, "decision_id"))
        return api.GetDecisionResponse(
            decision=stored.message, outcomes=map(outcome_message, stored.outcomes)
        )

    async def ListDecisions(
        self, request: api.ListDecisionsRequest, context: Context
    ) -> api.ListDecisionsResponse:
        """Decisions, newest first; everybody's for the operator who names nobody."""
        caller = self._callers.of(context)
        subscriber_id = ""
        if caller.role is not Role.OPERATOR or request.WhichOneof("subscriber"):
            subscriber_id = (await self._whose.asked_about(request, caller)).subscriber_id
        size = min(request.page_size or _PAGE, _LONGEST_PAGE)
        found = await self._decisions.newest(
            subscriber_id, _page(request.page_token), request.presented_only, size + 1
        )
        shown = found[:size]
        following = str(shown[-1].sequence) if len(found) > size else ""
        return api.ListDecisionsResponse(
            decisions=[item.message for item in shown], next_page_token=following
        )

    async def WatchOffers(
        self, request: api.WatchOffersRequest, context: Context
    ) -> AsyncIterator[api.WatchOffersResponse]:
        """Offers as the service itself presents them."""
        caller = self._callers.of(context)
        await self._may_watch(request.subscriber_id, caller)
        with self._watch.watcher(request.subscriber_id) as watcher:
            ending = asyncio.ensure_future(self._end(watcher))
            try:
                # Headers at once, so that the caller knows it is watching though there is nothing to tell.
                await context.send_initial_metadata(())
                last = request.after_sequence
                if last:
                    async for pushed in self._replayed(last, request.subscriber_id):
                        last = pushed.sequence
                        yield pushed
                async for live in watcher.following(last):
                    yield api.WatchOffersResponse(sequence=live.sequence, decision=live.message)
            finally:
                ending.cancel()

    async def _replayed(self, last: int, subscriber_id: str) -> AsyncIterator[api.WatchOffersResponse]:
        """What is stored since then. What is stored meanwhile is in the watcher's queue already."""
        while not self._stopping.is_set():
            found = await self._decisions.pushed_after(last, subscriber_id, _REPLAY)
            for pushed in found:
                last = pushed.sequence
                yield api.WatchOffersResponse(sequence=pushed.sequence, decision=pushed.message)
            if len(found) < _REPLAY:
                return

    async def _may_watch(self, subscriber_id: str, caller: Caller) -> None:
        if not subscriber_id:
            require_operator(caller)
            return
        try:
            await self._whose.by_id(subscriber_id, caller)
        except ChargingUnreachableError as error:
            words = "charging, which knows subscribers, does not answer; try again"
            raise RefusedError(Refused(reasons.CHARGING_UNREACHABLE, words)) from error

    async def _end(self, watcher: Watcher) -> None:
        await self._stopping.wait()
        watcher.end()


def _account_of(caller: Caller) -> str:
    """The account that a caller is bound to; empty: the operator, who may see every one."""
    if caller.role is Role.OPERATOR:
        return ""
    require_account(caller, caller.account)
    return caller.account


def _request_id(request_id: str, caller: Caller) -> str:
    """The id in the caller's own space: nobody meets the requests of another account, or of triggers."""
    if not request_id:
        return ""
    if not is_request_id(request_id):
        words = "request_id must be 1 to 128 printable ASCII characters without blanks"
        raise RefusedError(Refused(reasons.REQUEST_ID_INVALID, words, "request_id"))
    return f"call:{caller.account}:{request_id}"


def _page(token: str) -> int | None:
    if not token:
        return None
    if not token.isascii() or not token.isdigit() or len(token) > 18:
        raise RefusedError(Refused(reasons.FIELD_INVALID, "a token from an answer", "page_token"))
    return int(token)
