"""Which entry of several with the same collapse key stays in sight: the one whose cause came last."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from services.common.kernel.clock import Instant


@dataclass(frozen=True, slots=True)
class Standing:
    """An entry in sight, as collapsing sees it. An empty `collapse_key` collapses with nothing."""

    cursor: int
    recipient_key: str
    collapse_key: str
    occurred_at: Instant


def overtaken(entries: Iterable[Standing]) -> frozenset[int]:
    """Cursors of the entries whose place another one takes.

    What happened last wins, though it may have been told of before what happened earlier; of causes at the
    same instant the one with the greater cursor.
    """
    newest: dict[tuple[str, str], Standing] = {}
    lost: set[int] = set()
    for entry in entries:
        if not entry.collapse_key:
            continue
        key = (entry.recipient_key, entry.collapse_key)
        best = newest.setdefault(key, entry)
        if best is entry:
            continue
        winner, loser = (entry, best) if _age(entry) > _age(best) else (best, entry)
        newest[key] = winner
        lost.add(loser.cursor)
    return frozenset(lost)


def _age(entry: Standing) -> tuple[int, int]:
    return entry.occurred_at, entry.cursor
