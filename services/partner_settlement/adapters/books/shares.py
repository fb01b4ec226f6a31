"""Shares and pools of runs in SQL. Those of a closed run that was not superseded count for later ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlmodel import Session

from services.partner_settlement.adapters.accrual.products import ProductIds, products_by_id
from services.partner_settlement.adapters.tables.runs import PoolTable, ShareTable
from services.partner_settlement.application.books import RecordedShare
from services.partner_settlement.domain.agreements import Funding, Recipient, RecipientKind
from services.partner_settlement.domain.periods import PeriodKind
from services.partner_settlement.domain.records import Product
from services.partner_settlement.domain.runs import Run
from services.partner_settlement.domain.shares import Pool, PoolKey, Share, ShareKey
from services.partner_settlement.domain.statements import LineReference

_SHARE = ShareTable.metadata.tables["share"]
_POOL = PoolTable.metadata.tables["pool"]


def put_shares(
    session: Session, products: ProductIds, run: Run, shares: Sequence[RecordedShare], pools: Iterable[Pool]
) -> None:
    """Stores what a run came to; it does not count yet."""
    found = {item.share.key.product for item in shares if item.share.key.product is not None}
    ids = products.ids(session, found)
    rows = [_share_row(run, position, item, ids) for position, item in enumerate(shares)]
    if rows:
        session.connection().execute(insert(_SHARE), rows)
    pool_rows = [_pool_row(run, position, pool) for position, pool in enumerate(pools)]
    if pool_rows:
        session.connection().execute(insert(_POOL), pool_rows)


def drop_shares(session: Session, run: Run) -> None:
    """Forgets what a run that was not closed came to."""
    for table in (_SHARE, _POOL):
        session.connection().execute(
            delete(table).where(table.c.run_id == run.run_id, table.c.revision == run.revision)
        )


def let_count(session: Session, run: Run, *, counts: bool) -> None:
    """A run's shares count from now on, or no longer."""
    for table in (_SHARE, _POOL):
        session.connection().execute(
            update(table)
            .where(table.c.run_id == run.run_id, table.c.revision == run.revision)
            .values(counts=counts)
        )


def recorded_shares(
    session: Session, kind: PeriodKind, home_period: str
) -> tuple[list[RecordedShare], list[Pool]]:
    """What counts for a home period so far, in the order in which it was settled."""
    shares = list(_counting(session, _SHARE, kind, home_period))
    products = products_by_id(session, [row.product_id for row in shares if row.product_id is not None])
    pools = [_pool(row) for row in _counting(session, _POOL, kind, home_period)]
    return [_recorded(row, products) for row in shares], pools


def shares_on(session: Session, statement_id: str) -> list[RecordedShare]:
    """Shares that stand on a statement, in order of their lines."""
    rows = list(
        session.connection().execute(
            select(_SHARE).where(_SHARE.c.statement_id == statement_id).order_by(_SHARE.c.line_number)
        )
    )
    products = products_by_id(session, [row.product_id for row in rows if row.product_id is not None])
    return [_recorded(row, products) for row in rows]


def _counting(session: Session, table: Any, kind: PeriodKind, home_period: str) -> Iterable[Any]:
    return session.connection().execute(
        select(table)
        .where(
            table.c.period_kind == kind.value,
            table.c.home_period == home_period,
            table.c.counts.is_(True),
        )
        .order_by(table.c.run_id, table.c.revision, table.c.position)
    )


def _share_row(run: Run, position: int, item: RecordedShare, ids: Any) -> dict[str, Any]:
    share, key = item.share, item.share.key
    return {
        "run_id": run.run_id,
        "revision": run.revision,
        "position": position,
        "period_kind": run.period.kind.value,
        "home_period": key.home_period,
        "counts": False,
        "agreement_code": key.agreement_code,
        "agreement_version": share.agreement_version,
        "term_code": key.term_code,
        "step_code": key.step_code,
        "recipient_kind": key.recipient.kind.value,
        "party_code": key.recipient.party,
        "product_id": None if key.product is None else ids[key.product],
        "currency_code": key.currency_code,
        "rate": share.rate,
        "records": share.records,
        "quantity": share.quantity,
        "gross": share.gross_minor_micros,
        "tax": share.tax_minor_micros,
        "basis": str(share.basis),
        "exact": str(share.exact),
        "share_minor": share.share_minor,
        "statement_id": item.line.statement_id if item.line else "",
        "line_number": item.line.line_number if item.line else 0,
    }


def _recorded(row: Any, products: Any) -> RecordedShare:
    product: Product | None = None if row.product_id is None else products[row.product_id]
    key = ShareKey(
        row.agreement_code,
        row.term_code,
        row.home_period,
        row.currency_code,
        Recipient(row.party_code, RecipientKind(row.recipient_kind)),
        row.step_code,
        product,
    )
    share = Share(
        key=key,
        agreement_version=row.agreement_version,
        rate=row.rate,
        records=row.records,
        quantity=row.quantity,
        gross_minor_micros=row.gross,
        tax_minor_micros=row.tax,
        basis=Fraction(row.basis),
        exact=Fraction(row.exact),
        share_minor=row.share_minor,
    )
    line = LineReference(row.statement_id, row.line_number) if row.statement_id else None
    return RecordedShare(share, line)


def _pool_row(run: Run, position: int, pool: Pool) -> dict[str, Any]:
    return {
        "run_id": run.run_id,
        "revision": run.revision,
        "position": position,
        "period_kind": run.period.kind.value,
        "home_period": pool.key.home_period,
        "counts": False,
        "agreement_code": pool.key.agreement_code,
        "term_code": pool.key.term_code,
        "currency_code": pool.key.currency_code,
        "funding": pool.funding.value,
        "funded_by_party": pool.funded_by_party,
        "distributable_minor": pool.distributable_minor,
        "net_revenue_minor": pool.net_revenue_minor,
        "records": pool.records,
    }


def _pool(row: Any) -> Pool:
    return Pool(
        PoolKey(row.agreement_code, row.term_code, row.home_period, row.currency_code),
        Funding(row.funding),
        row.funded_by_party,
        row.distributable_minor,
        row.net_revenue_minor,
        row.records,
    )
