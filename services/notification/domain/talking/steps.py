"""What the assistant does next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.notification.domain.talking.meanings import HandOver
from services.notification.domain.talking.memory import Memory, Pending


@dataclass(frozen=True, slots=True)
class Utterance:
    """What a customer said, and what it was taken for. `entities` by name."""

    text: str
    intent: str
    permille: int
    runner_up: str = ""
    entities: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Say:
    """A sentence of the words, by code. `labels`: meanings to be suggested; `choices`: texts as they are."""

    code: str
    labels: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AskBack:
    """Which of these is meant?"""

    likeliest: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Use:
    """Call the intent's tool."""

    intent: str
    tool: str
    arguments: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Confirm:
    """The customer said yes to this."""

    pending: Pending


@dataclass(frozen=True, slots=True)
class Transfer:
    """A person takes over. `look`: what is looked up for that person first."""

    over: HandOver
    look: Use | None = None


@dataclass(frozen=True, slots=True)
class PassOn:
    """To the person who answers already. `tell`: say so, for the first time."""

    tell: bool


@dataclass(frozen=True, slots=True)
class Score:
    """How it was, 1 to 5."""

    value: int


Step = Say | AskBack | Use | Confirm | Transfer | PassOn | Score


@dataclass(frozen=True, slots=True)
class Decision:
    """A step, what to keep in mind before it is taken, and how many utterances in a row were missed."""

    step: Step
    memory: Memory
    misses: int = 0
