"""Giving and withdrawing consents, with what shows that it was wished."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from services.common.kernel.clock import Clock
from services.common.kernel.identifiers import is_request_id
from services.common.kernel.outcome import Refused, RefusedError
from services.offers.application.profile_ports import ConsentBook, ConsentsAsked, ConsentState
from services.offers.domain import reasons
from services.offers.domain.policies import Purpose

_LONGEST_EVIDENCE = 200


class ConsentKeeper:
    """Changes consents. Fulfils `effect_ports.Consents` too."""

    def __init__(self, book: ConsentBook, clock: Clock) -> None:
        self._book = book
        self._clock = clock

    async def set(self, asked: ConsentsAsked) -> Sequence[ConsentState]:
        """Changes consents and tells how all of them stand; they hold once this returns.

        Raises RefusedError REQUEST_ID_INVALID, FIELD_INVALID where nothing is to be changed,
        EVIDENCE_MISSING, USER_UNKNOWN, DUPLICATE_DIFFERS.
        """
        check_request_id(asked.request_id)
        if not asked.changes:
            raise RefusedError(Refused(reasons.FIELD_INVALID, "there is no consent to change", "changes"))
        if not _is_evidence(asked.evidence):
            words = f"evidence must say where and how, in 1 to {_LONGEST_EVIDENCE} characters"
            raise RefusedError(Refused(reasons.EVIDENCE_MISSING, words, "evidence"))
        return await self._book.change(asked, _fingerprint(asked), self._clock.now())

    async def has(self, subscriber_id: str, purpose: Purpose) -> bool:
        """True where the consent stands now."""
        return purpose in await self._book.in_force(subscriber_id)

    async def withdraw(self, subscriber_id: str, purpose: Purpose, evidence: str) -> None:
        """Ends a consent; harmless where there is none, and for somebody unknown."""
        if not await self.has(subscriber_id, purpose):
            return
        asked = ConsentsAsked("", subscriber_id, "", {purpose: False}, evidence[:_LONGEST_EVIDENCE])
        await self._book.change(asked, b"", self._clock.now())


def check_request_id(request_id: str) -> None:
    """Raises RefusedError REQUEST_ID_INVALID."""
    if not is_request_id(request_id):
        words = "request_id must be 1 to 128 printable ASCII characters without blanks"
        raise RefusedError(Refused(reasons.REQUEST_ID_INVALID, words, "request_id"))


def _is_evidence(text: str) -> bool:
    return bool(text.strip()) and len(text) <= _LONGEST_EVIDENCE and text.isprintable()


def _fingerprint(asked: ConsentsAsked) -> bytes:
    changes = sorted((purpose.value, given) for purpose, given in asked.changes.items())
    content = repr((asked.request_id, asked.subscriber_id, changes, asked.evidence))
    return hashlib.sha256(content.encode()).digest()
