"""What tools say, before it is in a language: sentences by code, with values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeAlias, TypeVar

from services.common.kernel.clock import Instant
from services.common.kernel.money import Money
from services.notification.domain.customers import Customer
from services.notification.domain.facts import Units

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant on somebody's clock. `day_only`: the time of the day does not matter."""

    at: Instant
    time_zone: str
    day_only: bool = False


@dataclass(frozen=True, slots=True)
class Month:
    """A month of the calendar, `2026-11`."""

    text: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """A message of the words, by its code."""

    code: str
    values: Mapping[str, SentenceValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Listed:
    """Several things in a row: `a, b and c`."""

    items: tuple[SentenceValue, ...]


SentenceValue: TypeAlias = "str | int | Money | Units | Moment | Month | Sentence | Listed"


@dataclass(frozen=True, slots=True)
class Asking:
    """Who calls a tool, and when. `conversation_id` empty: a program."""

    customer: Customer
    language: str
    now: Instant
    conversation_id: str = ""

    @property
    def subscriber_id(self) -> str:
        """Whom it is for."""
        return self.customer.subscriber_id

    @property
    def account_id(self) -> str:
        """Who pays."""
        return self.customer.account_id

    def moment(self, at: Instant, *, day_only: bool = False) -> Moment:
        """An instant on the customer's clock."""
        return Moment(at, self.customer.time_zone, day_only)


@dataclass(frozen=True, slots=True)
class Done(Generic[R]):
    """What a tool found or did, and how it says so."""

    result: R
    said: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a tool did not. Its words are the message `refusal-<reason>` in lower case with hyphens."""

    reason: str
    values: Mapping[str, SentenceValue] = field(default_factory=dict)

    @property
    def sentence(self) -> Sentence:
        """In words."""
        return Sentence(f"refusal-{self.reason.lower().replace('_', '-')}", self.values)


@dataclass(frozen=True, slots=True)
class Plan:
    """What an action would do. `terms`: all that it promises, as JSON values, and all that acting needs."""

    terms: Mapping[str, object]
    summary: tuple[Sentence, ...]
    price: Money | None = None


def say(code: str, /, **values: SentenceValue) -> Sentence:
    """A sentence."""
    return Sentence(code, values)


def refuse(reason: str, /, **values: SentenceValue) -> Refusal:
    """A refusal."""
    return Refusal(reason, values)
