"""What other services refuse, as customers hear it."""

from __future__ import annotations

from services.notification.application.tools.ports import PeerRefusal
from services.notification.application.tools.wording import Refusal, refuse

_WITH_WORDS = frozenset(
    {
        "ALREADY_SUBSCRIBED",
        "BALANCE_INSUFFICIENT",
        "BUDGET_SPENT",
        "CHOICE_INVALID",
        "CONSENT_WITHDRAWN",
        "COUNTER_UNKNOWN",
        "DECISION_UNKNOWN",
        "NOT_LIFTABLE",
        "NOT_SUBSCRIBED",
        "OFFERING_UNKNOWN",
        "OFFER_DECLINED",
        "OFFER_EXPIRED",
        "SUBSCRIBER_BARRED",
    }
)
_SAME = {
    "USER_UNKNOWN": "SUBSCRIBER_UNKNOWN",
    "ACCOUNT_UNKNOWN": "SUBSCRIBER_UNKNOWN",
    "OFFER_NOT_PRESENTED": "DECISION_UNKNOWN",
    "POLICIES_NOT_PUBLISHED": "NO_OFFERS_HERE",
    "PLACEMENT_UNKNOWN": "NO_OFFERS_HERE",
    "CHANNEL_UNKNOWN": "NO_OFFERS_HERE",
}


def peer_refusal(refusal: PeerRefusal) -> Refusal:
    """With words of its own where there are some; its own reason is kept in any case."""
    reason = _SAME.get(refusal.reason, refusal.reason)
    if reason in _WITH_WORDS or reason in _SAME.values():
        return refuse(reason)
    return refuse("NOT_POSSIBLE", reason=reason)
