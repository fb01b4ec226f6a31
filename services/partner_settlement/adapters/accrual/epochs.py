"""The epoch of accrual, its lock, and the watermarks.

Everything that accrues, and everything that ends an epoch, takes the lock first. On SQLite a
transaction that writes is alone anyway; on PostgreSQL the lock is that of the epoch's row.
"""

from __future__ import annotations

from sqlalchemy import bindparam, insert, select, text, update
from sqlmodel import Session

from services.common.kernel.clock import Instant
from services.partner_settlement.adapters.tables.accrual import (
    EpochTable,
    InputSetTable,
    InputWatermarkTable,
    WatermarkTable,
)
from services.partner_settlement.domain.accrual import FrozenInput, Watermark

_EPOCH = EpochTable.metadata.tables["accrual_epoch"]
_WATERMARK = WatermarkTable.metadata.tables["watermark"]
_INPUT_SET = InputSetTable.metadata.tables["input_set"]
_INPUT_WATERMARK = InputWatermarkTable.metadata.tables["input_watermark"]

_CURRENT = select(_EPOCH.c.epoch).where(_EPOCH.c.id == 1)
_LOCKED = _CURRENT.with_for_update()
_BUMP = update(_EPOCH).where(_EPOCH.c.id == 1).values(epoch=_EPOCH.c.epoch + 1)
_MARKS = select(_WATERMARK.c.partition, _WATERMARK.c.sequence, _WATERMARK.c.journal_hash).order_by(
    _WATERMARK.c.partition
)
_FROZEN_AT = select(_INPUT_SET.c.frozen_at).where(_INPUT_SET.c.epoch == bindparam("of"))
_FROZEN_MARKS = (
    select(_INPUT_WATERMARK.c.partition, _INPUT_WATERMARK.c.sequence, _INPUT_WATERMARK.c.journal_hash)
    .where(_INPUT_WATERMARK.c.epoch == bindparam("of"))
    .order_by(_INPUT_WATERMARK.c.partition)
)
_SET_MARK = text(
    "INSERT INTO watermark (partition, sequence, journal_hash) VALUES (:partition, :sequence, :hash)"
    " ON CONFLICT (partition) DO UPDATE"
    " SET sequence = excluded.sequence, journal_hash = excluded.journal_hash"
)


def lock_accrual(session: Session) -> int:
    """Takes the lock of accrual until the transaction ends; returns the epoch in which to accrue."""
    return int(session.connection().execute(_LOCKED).scalar_one())


def current_epoch(session: Session) -> int:
    """The epoch that is not over, without a lock."""
    return int(session.connection().execute(_CURRENT).scalar_one())


def freeze_input(session: Session, now: Instant) -> FrozenInput:
    """Ends the epoch: what was accrued so far is closed input, whatever comes later is not in it.

    Waits for followers' transactions that have begun, and holds later ones back until this one ends.
    """
    epoch = lock_accrual(session)
    marks = watermarks(session)
    connection = session.connection()
    connection.execute(insert(_INPUT_SET), {"epoch": epoch, "frozen_at": now})
    if marks:
        connection.execute(
            insert(_INPUT_WATERMARK),
            [
                {
                    "epoch": epoch,
                    "partition": mark.partition,
                    "sequence": mark.sequence,
                    "journal_hash": mark.journal_hash,
                }
                for mark in marks
            ],
        )
    connection.execute(_BUMP)
    return FrozenInput(epoch, now, marks)


def frozen_input(session: Session, epoch: int) -> FrozenInput:
    """An epoch that is over, as it was frozen. Raises LookupError for one that is not."""
    frozen_at = session.connection().execute(_FROZEN_AT, {"of": epoch}).scalar()
    if frozen_at is None:
        raise LookupError(f"epoch {epoch} is not over")
    marks = session.connection().execute(_FROZEN_MARKS, {"of": epoch})
    return FrozenInput(epoch, Instant(frozen_at), tuple(Watermark(*row) for row in marks))


def watermarks(session: Session) -> tuple[Watermark, ...]:
    """Where every partition stands, this service's own records among them."""
    return tuple(Watermark(*row) for row in session.connection().execute(_MARKS))


def set_watermark(session: Session, mark: Watermark) -> None:
    """Notes that everything up to a record is in."""
    values = {"partition": mark.partition, "sequence": mark.sequence, "hash": mark.journal_hash}
    session.connection().execute(_SET_MARK, values)
