"""Shares as they are settled and kept: cells of a waterfall with their agreement and home period.

A period is never settled by adding to it. Whatever arrives for a period that was settled before (late
usage, refunds, corrections) makes it be recalculated as a whole, under the terms of that period, and what
differs from what was recorded is the adjustment. So a period settled in several runs comes to the same as
settled in one, whatever tiers, guarantees and caps its terms have.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction

from services.partner_settlement.domain.agreements import Agreement, Funding, Recipient
from services.partner_settlement.domain.records import InputRow, Product
from services.partner_settlement.domain.waterfall import Cell, TermResult


@dataclass(frozen=True, slots=True)
class ShareKey:
    """What makes two shares the same line."""

    agreement_code: str
    term_code: str
    home_period: str
    currency_code: str
    recipient: Recipient
    step_code: str
    product: Product | None

    @property
    def pool(self) -> PoolKey:
        """The pool that it is out of."""
        return PoolKey(self.agreement_code, self.term_code, self.home_period, self.currency_code)


@dataclass(frozen=True, slots=True)
class Share:
    """What a step gives one recipient for one product of one home period. Differences are signed.

    `basis` and `exact` in minor units; gross and tax in minor_micros.
    """

    key: ShareKey
    agreement_version: int
    rate: str
    records: int
    quantity: int
    gross_minor_micros: int
    tax_minor_micros: int
    basis: Fraction
    exact: Fraction
    share_minor: int

    @property
    def is_nothing(self) -> bool:
        """True where neither usage nor money is in it."""
        return not (
            self.records or self.quantity or self.gross_minor_micros or self.exact or self.share_minor
        )


@dataclass(frozen=True, slots=True)
class PoolKey:
    """One term of one home period in one currency."""

    agreement_code: str
    term_code: str
    home_period: str
    currency_code: str


@dataclass(frozen=True, slots=True)
class Pool:
    """What there was to share, and what customers had paid for it, net of tax; minor units, signed."""

    key: PoolKey
    funding: Funding
    funded_by_party: str
    distributable_minor: int
    net_revenue_minor: int
    records: int

    @property
    def is_nothing(self) -> bool:
        """True where nothing moved."""
        return not (self.distributable_minor or self.net_revenue_minor or self.records)


def shares_of(agreement: Agreement, home_period: str, result: TermResult) -> list[Share]:
    """A term's cells as shares. Usage figures stand on each line that a product has."""
    rows: dict[Product | None, InputRow] = {row.product: row for row in result.rows}
    return [_share(agreement, home_period, result, cell, rows.get(cell.product)) for cell in result.cells]


def pool_of(agreement: Agreement, home_period: str, result: TermResult) -> Pool:
    """What a term had to share."""
    return Pool(
        PoolKey(agreement.code, result.term.code, home_period, result.currency_code),
        result.term.funding,
        result.term.funded_by_party,
        result.distributable_minor,
        result.net_revenue_minor,
        sum(row.records for row in result.rows),
    )


def share_differences(now: Iterable[Share], recorded: Iterable[Share]) -> list[Share]:
    """What must be added to the recorded shares so that they are what they should be now."""
    before: dict[ShareKey, Share] = {}
    for share in recorded:
        known = before.get(share.key)
        before[share.key] = share if known is None else _plus(known, share, 1)
    differences = []
    for share in now:
        known = before.pop(share.key, None)
        differences.append(share if known is None else _plus(share, known, -1))
    differences += [_negative(share) for share in before.values()]
    return [share for share in differences if not share.is_nothing]


def pool_differences(now: Iterable[Pool], recorded: Iterable[Pool], shares: Iterable[Share]) -> list[Pool]:
    """The same for pools. One that has nothing new stays where a share has: a guarantee, say."""
    needed = {share.key.pool for share in shares}
    before: dict[PoolKey, Pool] = {}
    for pool in recorded:
        known = before.get(pool.key)
        before[pool.key] = pool if known is None else _pool_plus(known, pool, 1)
    differences = []
    for pool in now:
        known = before.pop(pool.key, None)
        differences.append(pool if known is None else _pool_plus(pool, known, -1))
    differences += [_pool_plus(_pool_plus(pool, pool, -1), pool, -1) for pool in before.values()]
    return [pool for pool in differences if pool.key in needed or not pool.is_nothing]


def _share(
    agreement: Agreement, home_period: str, result: TermResult, cell: Cell, row: InputRow | None
) -> Share:
    return Share(
        key=ShareKey(
            agreement.code,
            result.term.code,
            home_period,
            result.currency_code,
            cell.recipient,
            cell.step_code,
            cell.product,
        ),
        agreement_version=agreement.version,
        rate=cell.rate,
        records=row.records if row else 0,
        quantity=row.quantity if row else 0,
        gross_minor_micros=row.gross_minor_micros if row else 0,
        tax_minor_micros=row.tax_minor_micros if row else 0,
        basis=cell.basis,
        exact=cell.exact,
        share_minor=cell.share_minor,
    )


def _plus(share: Share, other: Share, sign: int) -> Share:
    return replace(
        share,
        records=share.records + sign * other.records,
        quantity=share.quantity + sign * other.quantity,
        gross_minor_micros=share.gross_minor_micros + sign * other.gross_minor_micros,
        tax_minor_micros=share.tax_minor_micros + sign * other.tax_minor_micros,
        basis=share.basis + sign * other.basis,
        exact=share.exact + sign * other.exact,
        share_minor=share.share_minor + sign * other.share_minor,
    )


def _negative(share: Share) -> Share:
    return _plus(_plus(share, share, -1), share, -1)


def _pool_plus(pool: Pool, other: Pool, sign: int) -> Pool:
    return replace(
        pool,
        distributable_minor=pool.distributable_minor + sign * other.distributable_minor,
        net_revenue_minor=pool.net_revenue_minor + sign * other.net_revenue_minor,
        records=pool.records + sign * other.records,
    )
