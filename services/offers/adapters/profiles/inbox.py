"""What happened to subscribers and waits for a look: written with its cause, forgotten after the look."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from services.offers.adapters.profiles.rows import Rows
from services.offers.domain.profiles.fold import Stirred

_ADD = (
    "INSERT INTO trigger_inbox (subscriber_id, kinds, sequence, at) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (subscriber_id) DO UPDATE SET"
    " kinds = trigger_inbox.kinds | excluded.kinds, sequence = excluded.sequence"
)
_TAKE = "SELECT subscriber_id, kinds, sequence, at FROM trigger_inbox ORDER BY at, subscriber_id LIMIT ?"
_FORGET = "DELETE FROM trigger_inbox WHERE subscriber_id = ? AND sequence = ?"


@dataclass(frozen=True, slots=True)
class WaitingTrigger:
    """What happened to one subscriber since somebody last looked.

    `sequence`: the newest journal record of it, which with the subscriber names it for ever; `at`: of
    the oldest.
    """

    subscriber_id: str
    kinds: Stirred
    sequence: int
    at: int


def add_triggers(rows: Rows, triggers: Iterable[WaitingTrigger]) -> None:
    """Adds to what waits, in the transaction of its cause."""
    rows.many(_ADD, [(one.subscriber_id, int(one.kinds), one.sequence, one.at) for one in triggers])


def take_triggers(session: Session, limit: int) -> Sequence[WaitingTrigger]:
    """Those that have waited longest; they stay until forgotten."""
    return [
        WaitingTrigger(subscriber_id, Stirred(kinds), sequence, at)
        for subscriber_id, kinds, sequence, at in Rows(session).all(_TAKE, (limit,))
    ]


def forget_triggers(session: Session, triggers: Iterable[WaitingTrigger]) -> None:
    """Somebody has looked. A subscriber to whom more happened meanwhile waits on."""
    Rows(session).many(_FORGET, [(one.subscriber_id, one.sequence) for one in triggers])
