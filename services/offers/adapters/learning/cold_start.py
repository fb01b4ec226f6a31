"""Cold start: one model over all offers, so that an offer without history has a score.

A logistic regression over context, offer attributes, and the products of some of them: what a customer uses
now, times what an offer is. An offer that nobody has answered yet is scored by what its attributes have in
common with others.
"""

from __future__ import annotations

from dataclasses import dataclass

from scipy import special

from services.offers.adapters.learning.scaling import Floats

PRIOR_REWARDS = 50
"""n0: so many settled rewards of its own weigh as much as what is known of an offer beforehand."""


@dataclass(frozen=True, eq=False)
class ColdStart:
    """A fitted cold start as arrays: contexts (d), offers (k), products (d, k)."""

    intercept: float
    context: Floats
    offers: Floats
    products: Floats

    def logits(self, contexts: Floats, offers: Floats) -> Floats:
        """For scaled contexts, (d) or (m, d), and scaled offers (m, k): (m) log-odds of acceptance."""
        of_offers = self.offers + contexts @ self.products
        logits: Floats = self.intercept + contexts @ self.context + (offers * of_offers).sum(axis=-1)
        return logits


def smoothed(prior: Floats, own: Floats, rewards: Floats) -> Floats:
    """(n0 * p0 + n * p) / (n0 + n): from what is known beforehand to what an offer's own rewards say."""
    mixed: Floats = (PRIOR_REWARDS * prior + rewards * own) / (PRIOR_REWARDS + rewards)
    return mixed


def logit(probabilities: Floats) -> Floats:
    """Log-odds; probabilities are kept within a millionth of 0 and 1."""
    odds: Floats = special.logit(probabilities.clip(1e-6, 1 - 1e-6))
    return odds


def probability(logits: Floats) -> Floats:
    """The inverse of `logit`."""
    found: Floats = special.expit(logits)
    return found
