"""Variables as CEL holds them: converted once a decision, and only what some rule reads.

Converting them costs a hundred times a rule (200 us against 2 us), so rules share one context.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from services.common.runtime.cel_library import cel
from services.offers.domain.compiled import Variables

_OFFER = "offer"

ReadTree = dict[str, "ReadTree | None"]
"""What rules read of something: its parts by name; None: all of the part."""


class _Shared:
    """One context, the offer that it holds at present, what rules read of an offer, and what they said."""

    __slots__ = ("answers", "context", "offer", "read")

    def __init__(self, variables: dict[str, object], read: ReadTree | None) -> None:
        self.context = cel.Context(variables)
        self.offer: Variables | None = None
        self.answers: dict[str, bool | None] = {}
        self.read = read


class CelFacts:
    """Facts of one decision, or of it about one offer. Not for two threads at a time."""

    __slots__ = ("_offer", "_shared", "_variables")

    def __init__(self, variables: Variables, shared: _Shared, offer: Variables) -> None:
        self._variables = variables
        self._shared = shared
        self._offer = offer

    @property
    def variables(self) -> Variables:
        """What rules read."""
        return {**self._variables, _OFFER: self._offer}

    @property
    def answers(self) -> dict[str, bool | None]:
        """What conditions that read no offer have said so far, by their text."""
        return self._shared.answers

    def with_offer(self, offer: Variables) -> CelFacts:
        """The same about one offer; it is converted where a rule reads it."""
        return CelFacts(self._variables, self._shared, offer)

    def context(self, reads_offer: bool) -> cel.Context:
        """What a program is run with."""
        shared = self._shared
        if reads_offer and shared.offer is not self._offer:
            held = self._offer if shared.read is None else _pruned(self._offer, shared.read)
            shared.context.add_variable(_OFFER, held)
            shared.offer = self._offer
        return shared.context


class Preparation:
    """Makes facts of variables. `reads` is told every path before the first are made."""

    def __init__(self) -> None:
        self._read: ReadTree = {}

    def reads(self, paths: Iterable[tuple[str, ...]]) -> None:
        """Rules read these parts."""
        for path in paths:
            _grow(self._read, path)

    def __call__(self, variables: Variables) -> CelFacts:
        """Facts without an offer."""
        read = {name: tree for name, tree in self._read.items() if name != _OFFER}
        return CelFacts(variables, _Shared(_pruned(variables, read), self._read.get(_OFFER)), {})


def _grow(tree: ReadTree, path: tuple[str, ...]) -> None:
    for part in path[:-1]:
        inner = tree.setdefault(part, {})
        if inner is None:
            return
        tree = inner
    tree[path[-1]] = None


def _pruned(value: Mapping[str, object], read: ReadTree) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, tree in read.items():
        if name not in value:
            continue
        part = value[name]
        found[name] = _pruned(part, tree) if tree is not None and isinstance(part, Mapping) else part
    return found
