"""What terms cover: something, and not what an earlier term of the agreement has taken."""

from __future__ import annotations

from collections.abc import Iterator

from services.partner_settlement.domain.agreements import (
    Agreement,
    Coverage,
    FixedStep,
    GuaranteeStep,
    Term,
)
from services.partner_settlement.domain.coverage import hidden, shapes_of
from services.partner_settlement.domain.findings import Finding, FindingReason, error, warning
from services.partner_settlement.domain.lint.subject import Subject


def coverage_findings(subject: Subject) -> Iterator[Finding]:
    """Terms that cover nothing, everything, or what an earlier one covers."""
    for agreement in subject.document.agreements:
        here = f"agreements.{agreement.code}"
        if not agreement.terms:
            yield error(FindingReason.TERM_MISSING, f"{here}.terms", "say who shares in what: add a term")
        yield from _terms(agreement, f"{here}.terms")


def _terms(agreement: Agreement, here: str) -> Iterator[Finding]:
    for index, term in enumerate(agreement.terms):
        field = f"{here}.{term.code}"
        if not term.waterfall:
            yield error(FindingReason.TERM_MISSING, f"{field}.waterfall", "say who gets how much: add a step")
        if not shapes_of(term.covers):
            yield empty_coverage(term.covers, f"{field}.covers")
            continue
        if term.covers == Coverage():
            yield warning(
                FindingReason.COVERS_EVERYTHING,
                f"{field}.covers",
                "this covers every charge there is; name kinds, offerings, rating groups, ...",
            )
        earlier = agreement.terms[:index]
        if hidden(term.covers, [before.covers for before in earlier]) and not _due_anyway(term):
            names = ", ".join(before.code for before in earlier)
            yield error(
                FindingReason.TERM_UNREACHABLE,
                field,
                f"a record goes to the first term that covers it, and nothing is left by {names}; "
                "put this one before it, or let it cover less",
            )


def empty_coverage(coverage: Coverage, field: str) -> Finding:
    """Says why no record can be covered."""
    kinds = ", ".join(sorted(kind.value for kind in coverage.kinds)) or "any kind"
    return error(
        FindingReason.COVERAGE_EMPTY,
        field,
        f"no record of {kinds} has all of that: only usage has a rating group, slice, application or "
        "sponsor, and only a redemption a loyalty program",
    )


def _due_anyway(term: Term) -> bool:
    """True for a term that is there to pay so much a period, whatever was used."""
    return bool(term.waterfall) and all(
        isinstance(step, FixedStep | GuaranteeStep) for step in term.waterfall
    )
