"""Followed records and what they add up to."""

from __future__ import annotations

from typing import Any, Protocol

import sqlalchemy as sa

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_PRODUCT = (
    ("kind", sa.String(16)),
    ("origin", sa.String(16)),
    ("offering_code", sa.String()),
    ("price_code", sa.String()),
    ("catalog_version", sa.BigInteger()),
    ("rating_group", sa.BigInteger()),
    ("slice", sa.String()),
    ("application", sa.String()),
    ("sponsor", sa.String()),
    ("loyalty_program", sa.String()),
    ("unit", sa.String()),
    ("currency_code", sa.String()),
)


class _Operations(Protocol):
    """The part of `alembic.op` (a module) that is used here."""

    def create_table(self, table_name: str, *columns: Any, **options: Any) -> Any:
        """Creates a table."""

    def create_index(self, index_name: str, table_name: str, columns: Any, **options: Any) -> Any:
        """Creates an index."""

    def execute(self, sqltext: str) -> Any:
        """Runs a statement."""


def create_tables(op: _Operations) -> None:
    """Creates the tables of this concern."""
    op.create_table(
        "product",
        sa.Column("id", _ID, primary_key=True, autoincrement=True),
        *(sa.Column(name, of, nullable=False) for name, of in _PRODUCT),
        sa.UniqueConstraint(*(name for name, _ in _PRODUCT)),
    )
    _create_records(op)
    _create_sums(op)
    _create_epochs(op)


def _create_records(op: _Operations) -> None:
    # Without a rowid of its own, a row lies in SQLite where its key does: a home day is one read.
    op.create_table(
        "settlement_record",
        _key("home_day", sa.Integer()),
        _key("partition"),
        _key("sequence"),
        _key("entry", sa.Integer()),
        _key("event", sa.Integer()),
        _number("epoch"),
        sa.Column("product_id", sa.BigInteger, sa.ForeignKey("product.id"), nullable=False),
        sa.Column("record_id", sa.String, nullable=False, unique=True),
        sa.Column("refers_to", sa.String, nullable=False),
        _number("quantity"),
        _number("gross"),
        _number("tax"),
        sa.Column("account_id", sa.String, nullable=False),
        sa.Column("subscriber_id", sa.String, nullable=False),
        _number("occurred_at"),
        sqlite_with_rowid=False,
    )
    # Of refunds and corrections only: usage, which is nearly everything, refers to nothing.
    refers = sa.text("refers_to <> ''")
    op.create_index(
        "settlement_record_refers_to",
        "settlement_record",
        ["refers_to"],
        sqlite_where=refers,
        postgresql_where=refers,
    )


def _create_sums(op: _Operations) -> None:
    op.create_table(
        "accrual",
        _key("home_day", sa.Integer()),
        _key("epoch"),
        sa.Column(
            "product_id",
            sa.BigInteger,
            sa.ForeignKey("product.id"),
            primary_key=True,
            autoincrement=False,
        ),
        _number("records"),
        _number("quantity"),
        _number("gross"),
        _number("tax"),
        sqlite_with_rowid=False,
    )
    op.create_index("accrual_epoch_of", "accrual", ["epoch", "home_day"])


def _create_epochs(op: _Operations) -> None:
    op.create_table("accrual_epoch", _key("id", sa.Integer()), _number("epoch"))
    op.execute("INSERT INTO accrual_epoch (id, epoch) VALUES (1, 1)")
    op.create_table("watermark", _key("partition"), _number("sequence"), _hash())
    op.create_table("input_set", _key("epoch"), _number("frozen_at"))
    op.create_table(
        "input_watermark",
        sa.Column(
            "epoch",
            sa.BigInteger,
            sa.ForeignKey("input_set.epoch"),
            primary_key=True,
            autoincrement=False,
        ),
        _key("partition"),
        _number("sequence"),
        _hash(),
    )


def _key(name: str, of: sa.types.TypeEngine[int] | None = None) -> sa.Column[int]:
    return sa.Column(name, of or sa.BigInteger(), primary_key=True, autoincrement=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False)


def _hash() -> sa.Column[bytes]:
    return sa.Column("journal_hash", sa.LargeBinary, nullable=False)
