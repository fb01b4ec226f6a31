"""Ids of products: cached once they are known to be committed, given out where they are new."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import bindparam, insert, select
from sqlmodel import Session

from services.partner_settlement.adapters.tables.accrual import ProductTable
from services.partner_settlement.domain.records import Product

PRODUCT = ProductTable.metadata.tables["product"]
COLUMNS = tuple(field.name for field in fields(Product))

_ID = select(PRODUCT.c.id).where(*(PRODUCT.c[name] == bindparam(name) for name in COLUMNS))
_INSERT = insert(PRODUCT)
_BY_ID = select(PRODUCT.c.id, *(PRODUCT.c[name] for name in COLUMNS)).where(
    PRODUCT.c.id.in_(bindparam("ids", expanding=True))
)
_MOST_CACHED = 100_000
_AT_ONCE = 500
# Under this key a session keeps the ids that its own transaction gave out.
_OWN = "partner_settlement.new_products"


class ProductIds:
    """Ids by product, over many transactions.

    An id that a transaction has given out stays with its session, since it may be rolled back; the
    next transaction finds it in the database, and only what is found there is kept. Who adds products
    holds the lock of accrual, so nobody else adds the same.
    """

    def __init__(self) -> None:
        self._known: dict[Product, int] = {}

    def ids(self, session: Session, products: Iterable[Product]) -> Mapping[Product, int]:
        """The ids of products, new ones added."""
        own: dict[Product, int] = session.info.setdefault(_OWN, {})
        found: dict[Product, int] = {}
        for product in products:
            known = self._known.get(product) or own.get(product)
            found[product] = known or self._look_up(session, product, own)
        return found

    def forget(self) -> None:
        """Empties the cache: the database may not be the one that it was filled from."""
        self._known.clear()

    def _look_up(self, session: Session, product: Product, own: dict[Product, int]) -> int:
        values = {name: getattr(product, name) for name in COLUMNS}
        stored = session.connection().execute(_ID, values).scalar()
        if stored is None:
            key = session.connection().execute(_INSERT, values).inserted_primary_key
            assert key is not None
            own[product] = int(key[0])
            return own[product]
        if len(self._known) >= _MOST_CACHED:
            self._known.clear()
        self._known[product] = int(stored)
        return self._known[product]


def products_by_id(session: Session, ids: Iterable[int]) -> Mapping[int, Product]:
    """The products of these ids."""
    return {row[0]: Product(*row[1:]) for row in chunked_rows(session, _BY_ID, "ids", sorted(set(ids)))}


def chunked_rows(session: Session, statement: Any, name: str, values: Sequence[Any]) -> Iterable[Any]:
    """Rows of a statement with `IN (:name)`, so many values at a time: databases limit them."""
    for begin in range(0, len(values), _AT_ONCE):
        yield from session.connection().execute(statement, {name: values[begin : begin + _AT_ONCE]})
