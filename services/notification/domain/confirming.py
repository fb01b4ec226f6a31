"""Actions that wait for a yes: what a proposal promises, and what confirming it comes to.

A proposal is bound to a subscriber, a tool, arguments and terms, and is confirmed by a token that only
whoever was asked knows. Kept is a digest of the token: who reads the database can confirm nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from services.common.kernel.clock import DAY, MINUTE, Instant

VALID = 10 * MINUTE
KEPT = DAY
"""For so long a proposal that is over still answers whoever confirms it again."""


class ProposalState(Enum):
    """In the order in which a proposal goes through them."""

    PROPOSED = "proposed"
    BEGUN = "begun"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Proposal:
    """What was promised. `key`: digest of the token; `terms_json`: everything that must still hold.

    `price` as text, empty: it costs nothing. `outcome_json` is there once it is done.
    """

    key: str
    subscriber_id: str
    account_id: str
    tool: str
    arguments_json: str
    terms_json: str
    price: str
    language: str
    proposed_at: Instant
    expires_at: Instant
    state: ProposalState = ProposalState.PROPOSED
    outcome_json: str = ""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A yes as it came in. An empty `arguments_json`: whatever was proposed."""

    subscriber_id: str
    tool: str
    arguments_json: str


class Verdict(Enum):
    """What a confirmation comes to."""

    ACT = "act"
    """If the terms still hold."""
    ACT_AGAIN = "act again"
    """It was begun; with the same keys it takes effect once."""
    ANSWERED = "answered"
    UNKNOWN = "unknown"
    EXPIRED = "expired"
    DIFFERS = "differs"


def judge(proposal: Proposal | None, said: Confirmation, now: Instant) -> Verdict:
    """Whether a confirmation counts. Another subscriber's proposal and none at all sound the same."""
    if proposal is None or proposal.subscriber_id != said.subscriber_id:
        return Verdict.UNKNOWN
    if proposal.tool != said.tool or said.arguments_json not in ("", proposal.arguments_json):
        return Verdict.DIFFERS
    if proposal.state is ProposalState.DONE:
        return Verdict.ANSWERED
    if proposal.state is ProposalState.BEGUN:
        return Verdict.ACT_AGAIN
    return Verdict.ACT if now < proposal.expires_at else Verdict.EXPIRED


def expiry(proposed_at: Instant) -> Instant:
    """Until when a proposal can be confirmed."""
    return Instant(proposed_at + VALID)


def token_key(token: str) -> str:
    """Under what a proposal is kept: the token cannot be read back from it."""
    return _digest(token)


def effect_key(key: str, step: str) -> str:
    """The idempotency key of one step of what is done on a proposal: the same however often it is tried."""
    return f"assistant-{_digest(f'{key}:{step}')[:48]}"


def canonical(document: Mapping[str, object]) -> str:
    """One text for equal documents."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"))


def _digest(text: str) -> str:
    # Half of a surrogate pair is no text, and no reason to fail.
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
