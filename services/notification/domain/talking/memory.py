"""What the assistant keeps in mind between two utterances: stored with the conversation, it survives."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace


@dataclass(frozen=True, slots=True)
class Pending:
    """A proposal that waits for a yes."""

    token: str
    tool: str
    intent: str


@dataclass(frozen=True, slots=True)
class Memory:
    """Everything beside the state of the conversation itself.

    The first part is of the present topic: a change of topic drops it.
    """

    asked: tuple[str, ...] = ()
    """Meanings that were asked back for, likeliest first."""
    filling: str = ""
    """The intent whose missing argument was asked for."""
    given: tuple[tuple[str, str], ...] = ()
    """Entities that it was given already."""
    pending: Pending | None = None
    person: str = ""
    """The topic for which a person was offered."""
    asks_score: bool = False

    decision_id: str = ""
    offers: tuple[tuple[str, str], ...] = ()
    """Code and name of the offers shown last, in their order."""
    abuses: int = 0
    strays: int = 0
    """Utterances in a row that were not about us."""
    tried: tuple[tuple[str, str], ...] = ()
    """Tools that were called since a person last helped, and what they came to."""
    told_of: str = ""
    """The case of which was said that a person will answer."""
    scored: str = ""
    """The case for which a score was asked."""

    def cleared(self) -> Memory:
        """Without the present topic."""
        return replace(self, asked=(), filling="", given=(), pending=None, person="", asks_score=False)

    def with_tried(self, tool: str, outcome: str) -> Memory:
        """One more tool, the newest twenty are kept."""
        return replace(self, tried=(*self.tried, (tool, outcome))[-20:])


def memory_text(memory: Memory) -> str:
    """As it is stored."""
    kept = {name: value for name, value in asdict(memory).items() if value}
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))


def memory_of(text: str) -> Memory:
    """Back; nothing where nothing was stored."""
    kept = json.loads(text) if text else {}
    pending = kept.pop("pending", None)
    for name in ("asked",):
        kept[name] = tuple(kept.get(name, ()))
    for name in ("given", "offers", "tried"):
        kept[name] = tuple((first, second) for first, second in kept.get(name, ()))
    return Memory(**kept, pending=None if pending is None else Pending(**pending))
