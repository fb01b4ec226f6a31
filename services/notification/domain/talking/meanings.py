"""What utterances can mean, and what each meaning is good for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.notification.domain.cases import CasePriority

OUT_OF_SCOPE = "out_of_scope"
YES, NO, ABUSE, HUMAN, GREETING = "yes", "no", "abuse", "human", "greeting"
WHO_ARE_YOU, DISPUTE, ROAMING_COST = "who_are_you", "dispute", "roaming_cost"
COMPLAINT, OUTAGE, ACCEPT_OFFER, DECLINE_OFFER = "complaint", "outage", "accept_offer", "decline_offer"
SPEND_CAP, QUIET_HOURS, LANGUAGE, EXPLAIN_CHARGE = "spend_cap", "quiet_hours", "language", "explain_charge"
TOP_UP, BUY_ADD_ON, CHANGE_PLAN, USAGE, OFFERS = "top_up", "buy_add_on", "change_plan", "usage", "offers"

ANSWER_PERMILLE = 400
"""From here on an utterance is taken for what it most likely means; below, the assistant asks back."""
SURE_PERMILLE = 600
"""From here on an utterance changes the topic while something else is being talked about."""

TOOLS: Mapping[str, str] = {
    "balance": "get_balance",
    "allowance_left": "get_balance",
    USAGE: "get_usage",
    EXPLAIN_CHARGE: "explain_charge",
    "bill": "list_bills",
    "my_plan": "get_customer",
    TOP_UP: "top_up",
    OFFERS: "list_offers",
    ACCEPT_OFFER: "accept_offer",
    DECLINE_OFFER: "decline_offer",
    BUY_ADD_ON: "buy_add_on",
    CHANGE_PLAN: "change_plan",
    "suspend_line": "suspend_line",
    "resume_line": "resume_line",
    "roaming_on": "set_roaming",
    "roaming_off": "set_roaming",
    SPEND_CAP: "set_spend_cap",
    QUIET_HOURS: "set_preferences",
    "stop_marketing": "set_preferences",
    LANGUAGE: "set_preferences",
    "notifications": "list_notifications",
}
"""The one tool that an intent may use. Nothing in a text can lead to another."""

SMALL_TALK = frozenset({GREETING, "how_are_you", WHO_ARE_YOU, "help", "thanks", "goodbye"})


@dataclass(frozen=True, slots=True)
class HandOver:
    """To whom a case goes, as far as its topic says."""

    topic: str
    priority: CasePriority


HANDED_OVER: Mapping[str, HandOver] = {
    DISPUTE: HandOver("dispute", CasePriority.HIGH),
    "fraud": HandOver("fraud", CasePriority.URGENT),
    "vulnerable": HandOver("vulnerable", CasePriority.URGENT),
    HUMAN: HandOver("human-wanted", CasePriority.NORMAL),
}
"""Meanings that a person answers, at once."""
NOT_UNDERSTOOD = HandOver("not-understood", CasePriority.NORMAL)
ABUSIVE = HandOver("abuse", CasePriority.LOW)
OFFERED: Mapping[str, HandOver] = {
    COMPLAINT: HandOver("complaint", CasePriority.NORMAL),
    OUTAGE: HandOver("fault", CasePriority.HIGH),
    ROAMING_COST: HandOver("roaming-cost", CasePriority.LOW),
    OUT_OF_SCOPE: HandOver("other", CasePriority.LOW),
}
"""Meanings for which a person is offered: a yes hands over."""
REFUSALS_OFFERING_A_PERSON: Mapping[str, HandOver] = {
    reason: HandOver("contract", CasePriority.NORMAL)
    for reason in (
        "BARRED_BY_OPERATOR",
        "NOT_EXPLAINED",
        "NOT_FOR_SALE",
        "PAYMENT_DIFFERS",
        "ROAMING_NOT_LIMITED",
    )
}
"""Refusals of tools whose words offer a person."""


def is_actionable(intent: str) -> bool:
    """True for what can be asked back for: something that a tool does or a person is there for."""
    return intent in TOOLS or intent in HANDED_OVER or intent in (COMPLAINT, OUTAGE, ROAMING_COST)
