"""What campaigns have given away, and whether one more acceptance fits into their bounds."""

from __future__ import annotations

from dataclasses import dataclass

from services.offers.domain.compiled import OfferTerms
from services.offers.domain.policies import Action, ActionKind, Budget


@dataclass(frozen=True, slots=True)
class BudgetUse:
    """What an offer has used of its budget: acceptances, and value in minor_micros.

    What is only asked of charging yet counts already, and is given back where charging refuses.
    """

    acceptances: int = 0
    amount_minor_micros: int = 0


def fits(use: BudgetUse, bound: Budget, given_minor_micros: int) -> bool:
    """True where one more acceptance that gives away so much stays within the bounds."""
    acceptances = not bound.acceptances or use.acceptances < bound.acceptances
    amount = use.amount_minor_micros + given_minor_micros
    return acceptances and (not bound.amount_minor_micros or amount <= bound.amount_minor_micros)


def given_away(action: Action, terms: OfferTerms | None) -> int:
    """What an acceptance gives away, in minor_micros; never below zero.

    discount and trial: what the regular price is above the one that is paid, 0 for a trial of what has
    no regular price; reward: its amount; subscribe: nothing. No terms: nothing is known to be given.
    """
    if action.kind is ActionKind.REWARD:
        return action.amount_minor_micros
    if action.kind is ActionKind.SUBSCRIBE or terms is None:
        return 0
    return max(0, terms.regular_price_minor_micros - terms.price_minor_micros)
