"""What costs money or changes the contract is proposed first, and done on the proposal's token, once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Protocol
from weakref import WeakValueDictionary

from services.common.kernel.clock import SECOND, Clock, Instant
from services.notification.application.tools.ports import PeerUnreachableError, Proposals, Words
from services.notification.application.tools.wording import Plan, Refusal, refuse
from services.notification.domain.confirming import (
    KEPT,
    Confirmation,
    Proposal,
    ProposalState,
    Verdict,
    canonical,
    effect_key,
    expiry,
    judge,
    token_key,
)
from services.notification.domain.conversations import ProposedAction
from services.notification.domain.tools import ToolAnswer, ToolCall, ToolOutcome, ToolRefusal

_REFUSED = {
    Verdict.UNKNOWN: "CONFIRMATION_UNKNOWN",
    Verdict.EXPIRED: "CONFIRMATION_EXPIRED",
    Verdict.DIFFERS: "CONFIRMATION_DIFFERS",
}
_UNFINISHED_AFTER = 30 * SECOND
_AT_ONCE = 20

Effect = ToolAnswer | ToolRefusal


class Dressed(Protocol):
    """An action with its arguments read, for one subscriber: what it answers is in words already."""

    async def look(self) -> Plan | ToolRefusal:
        """What it would do. Raises PeerUnreachableError."""

    async def act(self, terms: Mapping[str, object], key: Callable[[str], str]) -> Effect:
        """Does it, once for a key. Raises PeerUnreachableError."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A call of an action. `arguments_json`: canonical; `given`: they came with this call."""

    call: ToolCall
    arguments_json: str
    given: bool
    language: str


class Confirming:
    """Proposes, and acts on a yes. `new_token`: unguessable, at least 128 bits."""

    def __init__(
        self, proposals: Proposals, words: Words, clock: Clock, new_token: Callable[[], str]
    ) -> None:
        self._proposals = proposals
        self._words = words
        self._clock = clock
        self._new_token = new_token
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def stored_arguments(self, call: ToolCall) -> str:
        """What was proposed to this subscriber under the call's token; empty: nothing."""
        proposal = await self._proposals.find(token_key(call.confirmation_token))
        if proposal is None or (proposal.subscriber_id, proposal.tool) != (call.subscriber_id, call.tool):
            return ""
        return proposal.arguments_json

    async def propose(self, wanted: Wanted, action: Dressed) -> ToolOutcome:
        """Names the price. Raises PeerUnreachableError."""
        plan = await action.look()
        return plan if isinstance(plan, ToolRefusal) else await self._proposed(wanted, plan)

    async def confirm(self, wanted: Wanted, action: Dressed) -> ToolOutcome:
        """Does what was proposed, unless something of it has changed: then it is proposed anew.

        Raises PeerUnreachableError where nothing was begun.
        """
        key = token_key(wanted.call.confirmation_token)
        async with self._turn(key):
            return await self._confirm(wanted, key, action)

    async def _confirm(self, wanted: Wanted, key: str, action: Dressed) -> ToolOutcome:
        given = wanted.arguments_json if wanted.given else ""
        said = Confirmation(wanted.call.subscriber_id, wanted.call.tool, given)
        proposal = await self._proposals.find(key)
        verdict = judge(proposal, said, self._clock.now())
        if proposal is None or verdict in _REFUSED:
            return self._refusal(refuse(_REFUSED.get(verdict, "CONFIRMATION_UNKNOWN")), wanted.language)
        if verdict is Verdict.ANSWERED:
            return outcome_of(proposal.outcome_json)
        if verdict is Verdict.ACT:
            plan = await action.look()
            if isinstance(plan, ToolRefusal):
                return plan
            if canonical(plan.terms) != proposal.terms_json:
                return await self._proposed(wanted, plan)
            await self._proposals.begin(key, self._clock.now())
        try:
            return await self._finish(proposal, action)
        except PeerUnreachableError:
            # Begun: the same token, or `finish_begun`, brings it to its end.
            return self._refusal(refuse("STILL_WORKING"), wanted.language)

    def _turn(self, key: str) -> asyncio.Lock:
        """One at a time for a proposal: what charging refused to the first, it might not to the second."""
        return self._turns.setdefault(key, asyncio.Lock())

    async def finish_begun(self, dress: Callable[[Proposal], Awaitable[Dressed | None]]) -> int:
        """Brings to an end what a crash or a silent peer left in the middle; returns how many it ended."""
        ended = 0
        before = Instant(self._clock.now() - _UNFINISHED_AFTER)
        for begun in await self._proposals.begun_before(before, _AT_ONCE):
            async with self._turn(begun.key):
                ended += await self._ends(begun, dress)
        return ended

    async def _ends(self, begun: Proposal, dress: Callable[[Proposal], Awaitable[Dressed | None]]) -> bool:
        proposal, action = await self._proposals.find(begun.key), await dress(begun)
        if proposal is None or action is None or proposal.state is not ProposalState.BEGUN:
            return False
        try:
            await self._finish(proposal, action)
        except PeerUnreachableError:
            return False
        return True

    async def forget_old(self) -> int:
        """Deletes what nobody will ask for any more; returns how many."""
        return await self._proposals.forget(Instant(self._clock.now() - KEPT))

    async def _finish(self, proposal: Proposal, action: Dressed) -> Effect:
        effect = await action.act(json.loads(proposal.terms_json), partial(effect_key, proposal.key))
        return outcome_of(await self._proposals.finish(proposal.key, outcome_json(effect)))

    async def _proposed(self, wanted: Wanted, plan: Plan) -> ProposedAction:
        token, now, call = self._new_token(), self._clock.now(), wanted.call
        is_paid = plan.price is not None and plan.price.minor_micros > 0
        proposal = Proposal(
            key=token_key(token),
            subscriber_id=call.subscriber_id,
            account_id=call.account_id,
            tool=call.tool,
            arguments_json=wanted.arguments_json,
            terms_json=canonical(plan.terms),
            price=str(plan.price) if is_paid else "",
            language=wanted.language,
            proposed_at=now,
            expires_at=expiry(now),
        )
        await self._proposals.add(proposal)
        summary = self._words.say(plan.summary, wanted.language)
        return ProposedAction(
            token, call.tool, wanted.arguments_json, summary, proposal.price, proposal.expires_at
        )

    def _refusal(self, refusal: Refusal, language: str) -> ToolRefusal:
        return ToolRefusal(refusal.reason, self._words.say([refusal.sentence], language))


def outcome_json(effect: Effect) -> str:
    """An outcome as it is kept."""
    if isinstance(effect, ToolRefusal):
        return canonical({"reason": effect.reason, "text": effect.text})
    return canonical({"result": effect.result, "text": effect.text})


def outcome_of(text: str) -> Effect:
    """Back from how it is kept."""
    kept = json.loads(text)
    if "reason" in kept:
        return ToolRefusal(kept["reason"], kept["text"])
    return ToolAnswer(kept["result"], kept["text"])
