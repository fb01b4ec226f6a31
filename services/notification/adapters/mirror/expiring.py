"""Buckets that end soon: for each hour mark, a place among all buckets in order of their ends moves on."""

from __future__ import annotations

from collections.abc import Sequence

from services.common.kernel.clock import HOUR, MINUTE, Instant
from services.notification.adapters.mirror.account_rows import load_accounts
from services.notification.adapters.mirror.rows import Rows, replacing
from services.notification.domain.facts import Fact
from services.notification.domain.mirror.telling import expires_soon, nearest_mark

_MARK = "SELECT valid_until, account_id, bucket_id FROM expiry_mark WHERE hours = ?"
_SET = replacing("expiry_mark", ("hours",), ("valid_until", "account_id", "bucket_id"))
_NEXT = (
    "SELECT valid_until, account_id, bucket_id FROM mirrored_bucket"
    " WHERE (valid_until, account_id, bucket_id) > (?, ?, ?) AND valid_until < ?"
    " ORDER BY valid_until, account_id, bucket_id LIMIT ?"
)
_AT_ONCE = 500
_LAG = MINUTE
"""So much later a mark is looked at: buckets that opened just before it are on their way."""


def expiring(rows: Rows, hours: int, marks: Sequence[int], now: Instant) -> tuple[list[Fact], bool]:
    """EXPIRES_SOON for some of the buckets that have come nearer to their end than so many hours.

    Returns also whether there are more. Empty buckets are passed over; one that is past a nearer mark as
    well is told of that alone.
    """
    until = now + hours * HOUR - _LAG
    mark = rows.all(_MARK, (hours,))
    if not mark:
        rows.put(_SET, [(hours, now, "", "")])
        mark = [(now, "", "")]
    found = rows.all(_NEXT, (*mark[0], until, _AT_ONCE))
    is_more = len(found) == _AT_ONCE
    rows.put(_SET, [(hours, *(found[-1] if is_more else max((until, "", ""), tuple(mark[0]))))])
    accounts = load_accounts(rows, {account_id for _, account_id, _ in found})
    facts: list[Fact] = []
    for _, account_id, bucket_id in found:
        account = accounts.get(account_id)
        held = account.buckets.get(bucket_id) if account else None
        if account and held and held.balance > 0 and nearest_mark(held, marks, now) == hours:
            facts += expires_soon(account, held, hours, now)
    return facts, is_more
