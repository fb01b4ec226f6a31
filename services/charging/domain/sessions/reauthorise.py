"""A top-up re-opens what was blocked: at once, by Notify (TS 32.290 clause 5.2.3)."""

from __future__ import annotations

from services.charging.domain import events as ev
from services.charging.domain.draft import Draft


def reauthorise(draft: Draft, account_id: str) -> int:
    """Asks every session of the account that had run dry to come back, if there is money now. How many."""
    account = draft.state.accounts[account_id]
    if not any(draft.bucket(bucket_id).available > 0 for bucket_id in account.bucket_ids):
        return 0
    told = 0
    for ref in sorted(draft.state.account_sessions.get(account_id, ())):
        session = draft.state.sessions[ref]
        blocked = tuple(number for number, group in sorted(session.rating_groups.items()) if group.blocked)
        if blocked:
            draft.events.append(ev.ReauthorisationRequested(ref, blocked, session.nf_name))
            told += 1
    return told
