"""Charge lines, bills and usage as customers ask for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.common.kernel.clock import DAY, MINUTE, Instant
from services.common.kernel.money import Money, currency
from services.notification.adapters.mirror.rows import Rows
from services.notification.application.ports import Bill, ChargeLine, UsageSlice

_LINE = (
    "SELECT charge_id, subscriber_id, at, kind, offering_code, rating_group, zone, unit, units, paid,"
    " currency_code, id FROM charge_line WHERE subscriber_id IN"
)
_NEWEST = "ORDER BY at DESC, id DESC LIMIT ?"
_SUBSCRIBERS = "SELECT subscriber_id FROM mirrored_subscriber WHERE account_id = ? ORDER BY subscriber_id"
_BILLS = (
    "SELECT total.month, total.total, total.charges, total.closed, account.currency_code"
    " FROM month_total total JOIN mirrored_account account ON account.account_id = total.account_id"
    " WHERE total.account_id = ? ORDER BY total.month DESC"
)
_SLICES = (
    "SELECT slice, rating_group, unit, currency_code, SUM(units), SUM(paid) FROM"
    " (SELECT (at - ?) / ? AS slice, rating_group, unit, currency_code, units, paid FROM charge_line"
    " WHERE subscriber_id = ? AND at >= ? AND kind = 'usage') AS used"
    " GROUP BY slice, rating_group, unit, currency_code ORDER BY slice, rating_group, unit, currency_code"
)
_LATEST = Instant(2**63 - 1)
_AT_ONCE = 500
_SPANS = (DAY, 7 * DAY)
"""How far back is looked first where many have charges: all of theirs would have to be sorted."""


def lines_of(
    rows: Rows, account_id: str, subscriber_id: str, before: Instant | None, limit: int
) -> list[ChargeLine]:
    """Newest first; those before an instant."""
    everybody = [row[0] for row in rows.all(_SUBSCRIBERS, (account_id,))]
    wanted = [each for each in everybody if subscriber_id in ("", each)]
    until = before if before is not None else _LATEST
    if len(wanted) > 1:
        newest = _newest_of(rows, wanted, until)
        for span in _SPANS:
            found = _between(rows, wanted, Instant(newest - span), until, limit)
            if len(found) >= limit:
                return found
    return _between(rows, wanted, Instant(0), until, limit)


def _newest_of(rows: Rows, subscriber_ids: Sequence[str], until: Instant) -> int:
    """When the newest of their lines is; 0: there is none."""
    found = (
        rows.all("SELECT MAX(at) FROM charge_line WHERE subscriber_id = ? AND at < ?", (each, until))[0][0]
        for each in subscriber_ids
    )
    return max((at for at in found if at is not None), default=0)


def _between(
    rows: Rows, subscriber_ids: Sequence[str], since: Instant, until: Instant, limit: int
) -> list[ChargeLine]:
    found: list[Any] = []
    for begin in range(0, len(subscriber_ids), _AT_ONCE):
        some = subscriber_ids[begin : begin + _AT_ONCE]
        marks = ", ".join("?" * len(some))
        statement = f"{_LINE} ({marks}) AND at >= ? AND at < ? {_NEWEST}"
        found += rows.all(statement, (*some, since, until, limit))
    found.sort(key=lambda row: (row[2], row[-1]), reverse=True)
    return [_line(row) for row in found[:limit]]


def _line(row: Sequence[Any]) -> ChargeLine:
    *plain, paid, currency_code, _ = row
    charge_id, subscriber_id, at, kind, offering_code, rating_group, zone, unit, units = plain
    amount = Money(paid, currency(currency_code))
    return ChargeLine(
        charge_id, subscriber_id, at, kind, offering_code, rating_group, zone, unit, units, amount
    )


def bills_of(rows: Rows, account_id: str) -> list[Bill]:
    """Newest month first."""
    return [
        Bill(account_id, month, Money(total, currency(code)), charges, bool(closed))
        for month, total, charges, closed, code in rows.all(_BILLS, (account_id,))
    ]


def slices_of(rows: Rows, subscriber_id: str, since: Instant, slice_minutes: int) -> list[UsageSlice]:
    """Oldest first."""
    length = slice_minutes * MINUTE
    return [
        UsageSlice(
            Instant(since + number * length),
            rating_group,
            unit,
            int(units),
            Money(int(paid), currency(code)),
        )
        for number, rating_group, unit, code, units, paid in rows.all(
            _SLICES, (since, length, subscriber_id, since)
        )
    ]
