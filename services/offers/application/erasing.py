"""Forgetting a subscriber."""

from __future__ import annotations

import hashlib

from services.common.kernel.clock import Clock
from services.common.kernel.outcome import Refused, RefusedError
from services.offers.application.consents import check_request_id
from services.offers.application.profile_ports import ErasureAsked, Erasures
from services.offers.domain import reasons

_LONGEST_REASON = 200


class ProfileEraser:
    """Erases profiles with all that other concerns keep of the same subscriber."""

    def __init__(self, erasures: Erasures, clock: Clock) -> None:
        self._erasures = erasures
        self._clock = clock

    async def erase(self, asked: ErasureAsked) -> int:
        """Forgets a subscriber; returns how many decisions lead to nobody any more.

        Whoever is unknown is forgotten already. What is kept of the request names nobody. Raises
        RefusedError REQUEST_ID_INVALID, FIELD_INVALID, DUPLICATE_DIFFERS.
        """
        check_request_id(asked.request_id)
        if len(asked.reason) > _LONGEST_REASON or not asked.reason.isprintable():
            words = f"reason must be text of up to {_LONGEST_REASON} characters"
            raise RefusedError(Refused(reasons.FIELD_INVALID, words, "reason"))
        content = repr((asked.request_id, asked.subscriber_id))
        fingerprint = hashlib.sha256(content.encode()).digest()
        return await self._erasures.erase(asked, fingerprint, self._clock.now())
