"""Moves of subscribers between fences, in the transaction of a session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import bindparam, delete, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel, col, select

from services.common.kernel.clock import Instant
from services.offers.adapters.tables.locations import FenceEntryTable, LastFixTable, PresenceTable
from services.offers.application.place_ports import FenceCrossed, Move, States
from services.offers.domain.places import Crossing, Presence, PresenceState, is_late

_NEVER = Instant(-1)

_Rows = list[dict[str, object]]


@dataclass(slots=True)
class _Known:
    """What is known of some subscribers while their moves are made; `entries` are rows."""

    last: dict[str, Instant]
    states: dict[str, States]
    entries: _Rows = field(default_factory=list)


def move_all(session: Session, moves: Sequence[Move], now: Instant) -> list[Sequence[FenceCrossed] | None]:
    """Makes moves one after another and stores what they come to; None for a fix that was late."""
    subscriber_ids = sorted({move.subscriber_id for move in moves})
    # First of all: who is locked does not move elsewhere meanwhile.
    last = _locked(session, subscriber_ids)
    before = states_of(session, subscriber_ids)
    known = _Known(dict(last), dict(before))
    crossed = [_moved(known, move, now) for move in moves]
    _write_fixes(session, last, known.last)
    _write_states(session, before, known.states)
    if known.entries:
        _many(session, _insert(session, FenceEntryTable), known.entries)
    return crossed


def states_of(session: Session, subscriber_ids: Sequence[str]) -> dict[str, States]:
    """How each subscriber stands to fences; of everybody asked for."""
    states: dict[str, dict[str, PresenceState]] = {subscriber_id: {} for subscriber_id in subscriber_ids}
    for row in session.exec(
        select(PresenceTable).where(col(PresenceTable.subscriber_id).in_(subscriber_ids))
    ):
        states[row.subscriber_id][row.fence_code] = PresenceState(
            Presence(row.presence), Instant(row.since), Instant(row.fixed_at)
        )
    return {**states}


def _locked(session: Session, subscriber_ids: Sequence[str]) -> dict[str, Instant]:
    """Locks subscribers, always in the same order, and tells when they were located last."""
    fresh: _Rows = [{"subscriber_id": each, "fixed_at": _NEVER} for each in subscriber_ids]
    _many(session, _insert(session, LastFixTable).on_conflict_do_nothing(), fresh)
    rows = session.exec(
        select(LastFixTable)
        .where(col(LastFixTable.subscriber_id).in_(subscriber_ids))
        .order_by(col(LastFixTable.subscriber_id))
        .with_for_update()
    )
    return {row.subscriber_id: Instant(row.fixed_at) for row in rows}


def _moved(known: _Known, move: Move, now: Instant) -> Sequence[FenceCrossed] | None:
    subscriber_id = move.subscriber_id
    if is_late(known.last[subscriber_id], move.at, now):
        return None
    known.last[subscriber_id] = move.at
    known.states[subscriber_id], crossed = move.apply(known.states[subscriber_id])
    known.entries += [
        {"subscriber_id": subscriber_id, "fence_code": one.fence_code, "at": move.at}
        for one in crossed
        if one.crossing is Crossing.ENTERED
    ]
    return crossed


def _write_fixes(session: Session, before: Mapping[str, Instant], after: Mapping[str, Instant]) -> None:
    fixes: _Rows = [{"whose": each, "at": at} for each, at in after.items() if at != before[each]]
    if fixes:
        whose = col(LastFixTable.subscriber_id) == bindparam("whose")
        _many(session, update(LastFixTable).where(whose).values(fixed_at=bindparam("at")), fixes)
    # A report that was late for somebody new leaves no trace.
    unused: _Rows = [{"whose": each} for each, at in after.items() if at == _NEVER]
    if unused:
        whose = col(LastFixTable.subscriber_id) == bindparam("whose")
        _many(session, delete(LastFixTable).where(whose), unused)


def _write_states(session: Session, before: Mapping[str, States], after: Mapping[str, States]) -> None:
    gone: _Rows = []
    changed: _Rows = []
    for subscriber_id, states in after.items():
        was = before[subscriber_id]
        gone += [{"whose": subscriber_id, "where": code} for code in was.keys() - states.keys()]
        changed += [
            _row(subscriber_id, code, state) for code, state in states.items() if was.get(code) != state
        ]
    if gone:
        table = PresenceTable
        which = (col(table.subscriber_id) == bindparam("whose"), col(table.fence_code) == bindparam("where"))
        _many(session, delete(table).where(*which), gone)
    if changed:
        insert = _insert(session, PresenceTable)
        new = {name: insert.excluded[name] for name in ("presence", "since", "fixed_at")}
        key = ["subscriber_id", "fence_code"]
        _many(session, insert.on_conflict_do_update(index_elements=key, set_=new), changed)


def _row(subscriber_id: str, code: str, state: PresenceState) -> dict[str, object]:
    return {
        "subscriber_id": subscriber_id,
        "fence_code": code,
        "presence": state.presence.value,
        "since": state.since,
        "fixed_at": state.fixed_at,
    }


def _insert(session: Session, table: type[SQLModel]) -> Any:
    """An INSERT of the database's own dialect: conflicts are no standard SQL."""
    is_sqlite = session.get_bind().dialect.name == sqlite.dialect.name
    return (sqlite.insert if is_sqlite else postgresql.insert)(table)


def _many(session: Session, statement: Any, rows: _Rows) -> None:
    """One statement for many rows, without the session's own notion of rows."""
    session.connection().execute(statement, rows)
