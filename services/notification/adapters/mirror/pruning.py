"""What nobody asks for any more goes."""

from __future__ import annotations

from services.common.kernel.clock import DAY, Instant
from services.notification.adapters.mirror.rows import Rows

KEPT_CHARGES = 90 * DAY
KEPT_COUNTERS = 400 * DAY
"""Of periods; they last no longer than a month. What counts without periods stays."""
KEPT_ANSWERS = 90 * DAY

_AT_ONCE = 2_000
# In the order of ids, which follow the journal: no index of instants has to be kept for it.
_OLDEST_LINES = "SELECT id, booked_at FROM charge_line ORDER BY id LIMIT ?"
_FORGET_LINES = "DELETE FROM charge_line WHERE id <= ?"
_FORGET_COUNTERS = "DELETE FROM counter_value WHERE begun_at < ? AND period <> ''"
_FORGET_ANSWERS = "DELETE FROM answered_offer WHERE at < ?"


def forget(rows: Rows, now: Instant) -> bool:
    """Forgets some of what is older than it is kept; returns whether there may be more."""
    lines = rows.all(_OLDEST_LINES, (_AT_ONCE,))
    old = []
    for line_id, booked_at in lines:
        if booked_at >= now - KEPT_CHARGES:
            break
        old.append(line_id)
    if old:
        rows.do(_FORGET_LINES, (old[-1],))
    rows.do(_FORGET_COUNTERS, (now - KEPT_COUNTERS,))
    rows.do(_FORGET_ANSWERS, (now - KEPT_ANSWERS,))
    return len(old) == _AT_ONCE
