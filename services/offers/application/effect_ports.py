"""What giving effect to answers needs from outside. Adapters fulfil it; `main` chooses which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from services.common.kernel.clock import Instant
from services.offers.domain.acceptance import Answer, ChargingRefusal, Given
from services.offers.domain.budgets import BudgetUse
from services.offers.domain.decisions import Outcome, PresentedOffer
from services.offers.domain.policies import Budget, Purpose


class Charging(Protocol):
    """Gives accepted offers their effect, at most once for each `charging_key`."""

    async def give(self, answer: Answer) -> Given | ChargingRefusal:
        """Asks charging. The same answer again gives what the first time gave.

        Raises ChargingUnreachableError where it is not known what came of it.
        """


class Consents(Protocol):
    """What a subscriber has agreed to."""

    async def has(self, subscriber_id: str, purpose: Purpose) -> bool:
        """True where the consent stands now."""

    async def withdraw(self, subscriber_id: str, purpose: Purpose, evidence: str) -> None:
        """Ends a consent; harmless where there is none. `evidence`: what shows that it was wished."""


class Suppressions(Protocol):
    """Offers that keep quiet for one subscriber."""

    async def suppress(self, subscriber_id: str, offer_code: str, until: Instant) -> None:
        """Until then the offer is not presented; the later of two ends holds."""


@dataclass(frozen=True, slots=True)
class Presentation:
    """A decision, whose it was, and an offer of it as it was presented; None: it did not present it."""

    subscriber_id: str
    account_id: str
    offer: PresentedOffer | None


class Presentations(Protocol):
    """What was presented to whom."""

    async def find(self, decision_id: str, offer_code: str) -> Presentation | None:
        """None: there is no such decision, or its subscriber was erased."""


@dataclass(frozen=True, slots=True)
class RequestMark:
    """What makes a request the same as one sent before. `content` is everything in it but its id."""

    subscriber_id: str
    request_id: str
    content: str


@dataclass(frozen=True, slots=True)
class Found:
    """An answer as it stands; None: nothing was said yet. `repeated`: this request was made before."""

    answer: Answer | None
    repeated: bool


@dataclass(frozen=True, slots=True)
class Settled:
    """An answer as it is stored now, and what its offer has used of its budget."""

    answer: Answer
    use: BudgetUse


class Answers(Protocol):
    """Answers to offers with budgets, outcomes and events: each call is one transaction."""

    async def find(self, decision_id: str, offer_code: str, mark: RequestMark) -> Found:
        """The answer as it stands. Raises RefusedError DUPLICATE_DIFFERS."""

    async def begin(self, wanted: Answer, mark: RequestMark, bound: Budget) -> Settled:
        """Stores a PENDING acceptance and reserves its budget.

        What is pending or done already comes back as it is; so does, where the request is a repeated one,
        what charging has refused.

        Raises RefusedError DUPLICATE_DIFFERS, OFFER_DECLINED, BUDGET_SPENT: then nothing has changed.
        """

    async def finish(self, answer: Answer, given: Given, at: Instant) -> Settled:
        """Charging gave it: DONE, the outcome ACCEPTED, the event. Harmless when repeated."""

    async def refuse(self, answer: Answer, refusal: ChargingRefusal, at: Instant) -> Settled:
        """Charging refused this attempt: REFUSED, the budget given back. Harmless when repeated."""

    async def decline(self, wanted: Answer, mark: RequestMark) -> Answer:
        """Stores a DECLINED answer, the outcome DECLINED, OPTED_OUT where it is for ever, the event.

        What was declined already is given back as it was, but "never again" is added where it is new.
        Raises RefusedError DUPLICATE_DIFFERS, OFFER_ACCEPTED_ALREADY.
        """

    async def feedback(self, outcome: Outcome, mark: RequestMark) -> None:
        """Adds an outcome once. Raises RefusedError DUPLICATE_DIFFERS."""

    async def pending(self, tried_before: Instant, limit: int) -> Sequence[Answer]:
        """Acceptances whose end is not known and that nobody has tried since then, the longest first."""

    async def tried(self, answer: Answer, at: Instant) -> None:
        """Somebody asks charging now."""


class BudgetMirror(Protocol):
    """Budget use in memory, for whoever decides. The database is the judge."""

    def note(self, offer_code: str, use: BudgetUse) -> None:
        """As it was after a transaction."""


class RewardWindows(Protocol):
    """Presented offers that wait for an answer."""

    async def close_before(self, now: Instant, limit: int) -> int:
        """Those whose window has ended by now become IGNORED, at most so many; tells how many.

        What charging has still to answer waits on.
        """
