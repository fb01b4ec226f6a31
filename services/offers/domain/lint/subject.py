"""What is linted, and what it stands beside."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from services.offers.domain.catalog_terms import CatalogTerms
from services.offers.domain.findings import Finding, FindingReason, error
from services.offers.domain.policies import Offer, OfferPolicies
from services.offers.domain.rule_texts import Mentions

_LISTED = 12


@dataclass(frozen=True, slots=True)
class Subject:
    """Policies, what their rules and texts speak of by field, and the catalog (None: not looked at)."""

    policies: OfferPolicies
    mentions: Mapping[str, Mentions]
    catalog: CatalogTerms | None

    def offers(self) -> Iterator[tuple[Offer, str]]:
        """Every offer with the dotted path of its field."""
        for offer in self.policies.offers:
            yield offer, f"offers.{offer.code}"

    def mentions_of(self, offer: Offer) -> Iterator[tuple[str, Mentions]]:
        """What the rules and texts of one offer speak of."""
        here = f"offers.{offer.code}."
        for field, mentions in self.mentions.items():
            if field.startswith(here):
                yield field, mentions


def unknown(
    reason: FindingReason, what: str, named: Collection[str], known: Collection[str], field: str
) -> Iterator[Finding]:
    """An error for each code that is not among the known ones."""
    for code in sorted(set(named) - set(known)):
        yield error(reason, field, f"there is no {what} {code!r}; {instead(code, known)}")


def instead(code: str, known: Collection[str]) -> str:
    """What could have been meant."""
    close = difflib.get_close_matches(code, known, n=3)
    if close:
        return f"did you mean {' or '.join(close)}?"
    if len(known) <= _LISTED:
        return f"there are: {', '.join(sorted(known)) or 'none'}"
    return f"there are {len(known)} others"
