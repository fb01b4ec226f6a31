"""The same request id again gives the first decision while it has not expired."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable

from services.common.kernel.clock import DAY, Clock, Instant
from services.common.kernel.outcome import Refused, RefusedError
from services.offers.application.ports import DecisionLog, DecisionRequest
from services.offers.domain.decisions import Asked, Decision
from services.offers.domain.reasons import DUPLICATE_DIFFERS

_PRESENTS_NOTHING = 1 * DAY
"""For so long a decision without offers answers its request."""


class RepeatableDecisions:
    """Knows requests that are under way, and through the log those that were answered."""

    def __init__(self, log: DecisionLog, clock: Clock) -> None:
        self._log = log
        self._clock = clock
        self._under_way: dict[str, tuple[bytes, asyncio.Task[Decision]]] = {}

    async def once(
        self,
        subscriber_id: str,
        asked: Asked,
        request_id: str,
        decide: Callable[[Callable[[Decision], DecisionRequest]], Awaitable[Decision]],
    ) -> Decision:
        """The first decision of a request id. `decide` gets what makes the request's record of a decision.

        Raises RefusedError DUPLICATE_DIFFERS where the id was used for something else.
        """
        key, fingerprint = request_key(request_id), request_fingerprint(subscriber_id, asked)
        under_way = self._under_way.get(key)
        if under_way is None:
            task = asyncio.ensure_future(self._first(key, fingerprint, decide))
            under_way = self._under_way[key] = (fingerprint, task)
            task.add_done_callback(lambda _: self._under_way.pop(key))
        _refuse_other(under_way[0], fingerprint)
        # Shielded: a caller that gives up takes the answer from nobody else.
        return await asyncio.shield(under_way[1])

    async def _first(
        self,
        key: str,
        fingerprint: bytes,
        decide: Callable[[Callable[[Decision], DecisionRequest]], Awaitable[Decision]],
    ) -> Decision:
        known = await self._log.answered(key, self._clock.now())
        if known is not None:
            _refuse_other(known[0], fingerprint)
            return known[1]
        return await decide(lambda decision: DecisionRequest(key, fingerprint, _expires_at(decision)))


def request_key(request_id: str) -> str:
    """What is kept of a request id: of the same length however long it was."""
    return hashlib.sha256(request_id.encode()).hexdigest()


def request_fingerprint(subscriber_id: str, asked: Asked) -> bytes:
    """What makes a request the same as one sent before."""
    codes = None if asked.offer_codes is None else sorted(asked.offer_codes)
    content = (
        subscriber_id,
        asked.placement,
        asked.channel,
        asked.limit,
        sorted(asked.context.items()),
        asked.language,
        asked.raised_by,
        asked.fence_code,
        codes,
        asked.outbound,
    )
    return hashlib.sha256(repr(content).encode()).digest()


def _expires_at(decision: Decision) -> Instant:
    return decision.expires_at or Instant(decision.decided_at + _PRESENTS_NOTHING)


def _refuse_other(known: bytes, fingerprint: bytes) -> None:
    if known != fingerprint:
        words = "this request_id was used for another recommendation; use a fresh one"
        raise RefusedError(Refused(DUPLICATE_DIFFERS, words, "request_id"))
