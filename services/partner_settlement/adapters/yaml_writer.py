"""The canonical written form of agreements: the same bytes for the same content, every time.

Parties, agreements and examples lie in the order of their codes, terms and steps in their own, which
means something; a field that holds its default is left out; comments are not kept, worked examples are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from services.common.kernel.findings import SourceFile
from services.common.kernel.outlines import Outline
from services.common.runtime.yaml_tree import Tree
from services.common.runtime.yaml_writing import canonical_text, filled
from services.partner_settlement.adapters.agreement_messages import agreement_message, party_message
from services.partner_settlement.adapters.yaml_write.agreements import write_agreement, write_party
from services.partner_settlement.adapters.yaml_write.examples import write_example
from services.partner_settlement.domain.agreement_document import AgreementDocument, WorkedExample
from services.partner_settlement.domain.agreements import Agreement, Party
from services.partner_settlement.domain.publication import WrittenAgreement, WrittenParty

FILE_NAME = "agreements.yaml"


class CanonicalAgreementWriter:
    """The AgreementWriter port. Writes what lint has let through."""

    def agreement(self, agreement: Agreement, examples: Sequence[WorkedExample]) -> WrittenAgreement:
        """An agreement with its worked examples: content, its hash, and the source."""
        content = agreement_message(agreement).SerializeToString(deterministic=True)
        document = AgreementDocument(agreements=(agreement,), examples=tuple(examples))
        return WrittenAgreement(
            agreement_code=agreement.code,
            effective_from=agreement.effective_from,
            content=content,
            content_sha256=hashlib.sha256(content).hexdigest(),
            source=canonical_text(_document(document)),
        )

    def party(self, party: Party) -> WrittenParty:
        """A party: content and its hash."""
        content = party_message(party).SerializeToString(deterministic=True)
        return WrittenParty(party.code, content, hashlib.sha256(content).hexdigest())

    def source(self, document: AgreementDocument) -> SourceFile:
        """All of it in one file."""
        return SourceFile(FILE_NAME, canonical_text(_document(document)))

    def outline(self, document: AgreementDocument) -> Mapping[str, Outline]:
        """Parties and agreements without examples. Terms and steps lie by code and say their place."""
        return {
            "parties": {party.code: write_party(party) for party in document.parties},
            "agreements": {agreement.code: _outline(agreement) for agreement in document.agreements},
        }


def _document(document: AgreementDocument) -> dict[str, Tree]:
    first = {
        agreement.code: agreement.currency_codes[0]
        for agreement in document.agreements
        if agreement.currency_codes
    }
    return filled(
        parties={party.code: write_party(party) for party in document.parties},
        agreements={agreement.code: write_agreement(agreement) for agreement in document.agreements},
        examples={
            example.code: write_example(example, first.get(example.agreement_code, ""))
            for example in document.examples
        },
    )


def _outline(agreement: Agreement) -> dict[str, Tree]:
    written = write_agreement(agreement)
    terms = written.get("terms")
    if isinstance(terms, dict):
        written["terms"] = {
            code: _placed(place, _stepwise(term)) for place, (code, term) in enumerate(terms.items(), start=1)
        }
    return written


def _stepwise(term: Tree) -> Tree:
    if not isinstance(term, dict) or not isinstance(steps := term.get("waterfall"), list):
        return term
    by_code = {
        str(step.pop("code")): _placed(place, step)
        for place, step in enumerate(steps, start=1)
        if isinstance(step, dict)
    }
    return term | {"waterfall": by_code}


def _placed(place: int, part: Tree) -> Tree:
    return {"place": place, **part} if isinstance(part, dict) else part
