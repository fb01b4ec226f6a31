"""Months that are over: what an account was charged in them is its bill."""

from __future__ import annotations

from services.common.kernel.clock import MINUTE, Instant
from services.notification.adapters.mirror.account_rows import load_accounts
from services.notification.adapters.mirror.rows import Rows
from services.notification.domain.facts import Fact
from services.notification.domain.mirror.telling import bill_ready

GRACE = 5 * MINUTE
"""So much later a month closes: the last charges of it are on their way."""

_DUE = (
    "SELECT account_id, month, total, charges, ends_at FROM month_total WHERE closed = ? AND ends_at <= ?"
    " ORDER BY ends_at, account_id, month LIMIT ?"
)
_CLOSE = "UPDATE month_total SET closed = ? WHERE account_id = ? AND month = ?"
_AT_ONCE = 500


def close_months(rows: Rows, now: Instant) -> tuple[list[Fact], bool]:
    """Closes some of the months that are over, with BILL_READY; returns also whether there are more."""
    due = rows.all(_DUE, (False, now - GRACE, _AT_ONCE))
    rows.many(_CLOSE, [(True, account_id, month) for account_id, month, *_ in due])
    accounts = load_accounts(rows, {row[0] for row in due})
    facts: list[Fact] = []
    for account_id, month, total, charges, ends_at in due:
        facts += bill_ready(accounts[account_id], month, total, charges, ends_at)
    return facts, len(due) == _AT_ONCE
