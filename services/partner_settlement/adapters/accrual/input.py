"""What was accrued, added up: the input of runs and estimates. Functions over a session."""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, select
from sqlmodel import Session

from services.partner_settlement.adapters.accrual.days import date_of, day_number
from services.partner_settlement.adapters.accrual.products import products_by_id
from services.partner_settlement.adapters.tables.accrual import AccrualTable
from services.partner_settlement.domain.records import InputRow

_SUMS = AccrualTable.metadata.tables["accrual"]


def input_rows(
    session: Session, first_day: date, end_day: date, up_to_epoch: int, after_epoch: int = 0
) -> list[InputRow]:
    """Records at home from `first_day` up to and without `end_day`, added up by product, in their order.

    Of epochs above `after_epoch`, up to and with `up_to_epoch`.
    """
    statement = select(
        _SUMS.c.product_id, _SUMS.c.records, _SUMS.c.quantity, _SUMS.c.gross, _SUMS.c.tax
    ).where(
        _SUMS.c.home_day >= day_number(first_day),
        _SUMS.c.home_day < day_number(end_day),
        _SUMS.c.epoch > after_epoch,
        _SUMS.c.epoch <= up_to_epoch,
    )
    # Added here and not by the database, whose sums of 64 bits can run over.
    sums: dict[int, list[int]] = {}
    for product_id, *amounts in session.connection().execute(statement):
        found = sums.setdefault(product_id, [0, 0, 0, 0])
        for index, amount in enumerate(amounts):
            found[index] += amount
    products = products_by_id(session, sums)
    rows = [InputRow(products[product_id], *amounts) for product_id, amounts in sums.items()]
    return sorted(rows, key=lambda row: row.product)


def has_input(session: Session, first_day: date, end_day: date, after_epoch: int) -> bool:
    """True where something at home on these days was accrued after an epoch."""
    statement = (
        select(_SUMS.c.epoch)
        .where(
            _SUMS.c.home_day >= day_number(first_day),
            _SUMS.c.home_day < day_number(end_day),
            _SUMS.c.epoch > after_epoch,
        )
        .limit(1)
    )
    return session.connection().execute(statement).first() is not None


def homes_since(session: Session, after_epoch: int, up_to_epoch: int) -> list[date]:
    """Days that something was accrued for in epochs above the one, up to and with the other; ascending."""
    statement = (
        select(_SUMS.c.home_day)
        .distinct()
        .where(_SUMS.c.epoch > after_epoch, _SUMS.c.epoch <= up_to_epoch)
        .order_by(_SUMS.c.home_day)
    )
    return [date_of(number) for number in session.connection().execute(statement).scalars()]


def record_count(session: Session) -> int:
    """How many records were accrued in all."""
    return int(session.connection().execute(select(func.coalesce(func.sum(_SUMS.c.records), 0))).scalar_one())
