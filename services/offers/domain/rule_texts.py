"""What a rule's text speaks of, and what is wrong with one. Found by whoever compiles it."""

from __future__ import annotations

from dataclasses import dataclass


class RuleInvalidError(ValueError):
    """A text that is no rule; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Mentions:
    """What a text speaks of, named rules written out.

    `words`: identifiers and keys. `paths`: `("usage", "video", "hour")`, as far as they are written.
    `rules`: named rules that it uses itself. `fences`, `offerings`, `segments`: codes it compares with.
    """

    words: frozenset[str] = frozenset()
    paths: frozenset[tuple[str, ...]] = frozenset()
    rules: frozenset[str] = frozenset()
    fences: frozenset[str] = frozenset()
    offerings: frozenset[str] = frozenset()
    segments: frozenset[str] = frozenset()
