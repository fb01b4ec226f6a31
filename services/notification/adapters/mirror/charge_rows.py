"""Charge lines, totals of months, counters, and the journal's position, written with the accounts."""

from __future__ import annotations

from collections.abc import Mapping

from services.notification.adapters.mirror.rows import Into, Rows, replacing
from services.notification.domain.mirror.accounts import Account
from services.notification.domain.mirror.calendar import month_ends
from services.notification.domain.mirror.happenings import Charged
from services.notification.domain.mirror.outcome import Folded, Key

_LINE = Into(
    "charge_line",
    (
        *("subscriber_id", "charge_id", "at", "booked_at", "kind", "offering_code", "rating_group", "zone"),
        *("unit", "units", "currency_code", "paid"),
    ),
)
_MONTH = Into(
    "month_total",
    ("account_id", "month", "total", "charges", "ends_at", "closed"),
    " ON CONFLICT (account_id, month) DO UPDATE SET"
    " total = month_total.total + excluded.total, charges = month_total.charges + excluded.charges",
)
_COUNTER = Into(
    "counter_value",
    ("owner_id", "counter", "period", "value", "begun_at"),
    " ON CONFLICT (owner_id, counter, period) DO UPDATE SET value = excluded.value",
)
_POSITION = replacing("mirror_position", ("partition",), ("sequence", "at"))


def store_charges(rows: Rows, folded: Folded) -> None:
    """What was charged in some records, and where counters stand after them."""
    rows.put(_LINE, [_line(charged) for charged in folded.charges])
    rows.put(_MONTH, _month_rows(folded.months, folded.accounts))
    rows.put(_COUNTER, [(*key, value, at) for key, (at, value) in sorted(folded.counters.items())])


def store_position(rows: Rows, partition: int, sequence: int, at: int) -> None:
    """How far a partition is in."""
    rows.put(_POSITION, [(partition, sequence, at)])


def _line(charged: Charged) -> tuple[object, ...]:
    return (
        *(charged.subscriber_id, charged.charge_id, charged.at, charged.booked_at, charged.kind),
        *(charged.offering_code, charged.rating_group, charged.zone, charged.unit, charged.units),
        *(charged.currency_code, charged.paid),
    )


def _month_rows(
    months: Mapping[Key, tuple[int, int]], accounts: Mapping[str, Account]
) -> list[tuple[object, ...]]:
    return [
        (account_id, month, total, lines, month_ends(month, accounts[account_id].time_zone), False)
        for (account_id, month), (total, lines) in sorted(months.items())
    ]
