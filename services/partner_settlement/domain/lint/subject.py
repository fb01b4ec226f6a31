"""What is linted, and what it stands beside."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from services.partner_settlement.domain.agreement_document import AgreementDocument
from services.partner_settlement.domain.agreements import Agreement, Step, Term
from services.partner_settlement.domain.book import AgreementBook
from services.partner_settlement.domain.catalog_view import CatalogView

_LISTED = 12


@dataclass(frozen=True, slots=True)
class Subject:
    """Proposed agreements, everything published, and the catalog (None: not looked at)."""

    document: AgreementDocument
    published: AgreementBook
    catalog: CatalogView | None

    def party_codes(self) -> frozenset[str]:
        """Parties that can be named."""
        return frozenset(self.document.parties_by_code()) | frozenset(self.published.parties)

    def terms(self) -> Iterator[tuple[Agreement, Term, str]]:
        """Every term with the dotted path of its field."""
        for agreement in self.document.agreements:
            for term in agreement.terms:
                yield agreement, term, f"agreements.{agreement.code}.terms.{term.code}"

    def steps(self) -> Iterator[tuple[Agreement, Term, Step, str]]:
        """Every step with the dotted path of its field."""
        for agreement, term, here in self.terms():
            for index, step in enumerate(term.waterfall):
                yield agreement, term, step, f"{here}.waterfall.{index}"


def instead(code: str, known: Collection[str]) -> str:
    """What could have been meant."""
    if len(known) <= _LISTED:
        return f"there are: {', '.join(sorted(known)) or 'none'}"
    close = difflib.get_close_matches(code, known, n=3)
    return f"did you mean {' or '.join(close)}?" if close else f"there are {len(known)} others"
