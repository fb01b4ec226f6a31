"""Parties: named and defined, taxes and bounds of payouts."""

from __future__ import annotations

from collections.abc import Iterator

from services.common.kernel.money import currency
from services.partner_settlement.domain.agreements import (
    GuaranteeStep,
    Party,
    SplitStep,
    Step,
    parties_of,
)
from services.partner_settlement.domain.findings import Finding, FindingReason, error, warning
from services.partner_settlement.domain.lint.subject import Subject, instead

RESERVED = frozenset({"operator"})
"""How the operator itself is written where a recipient is named."""


def party_findings(subject: Subject) -> Iterator[Finding]:
    """Parties that are unknown, unused, or have figures that cannot be."""
    for party in subject.document.parties:
        yield from _party(party)
    yield from _unknown(subject)
    yield from _unused(subject)


def named_in(step: Step) -> Iterator[tuple[str, str]]:
    """Parties of a step, each with the field inside the step that names it."""
    match step:
        case SplitStep(shares=shares):
            for index, (recipient, _) in enumerate(shares):
                yield recipient.party, f"split.{index}.to"
        case GuaranteeStep(party=party):
            yield party, "guarantee.party"
        case other:
            yield other.to.party, f"{model_of(other)}.to"


def model_of(step: Step) -> str:
    """The written name of a step's model."""
    name = type(step).__name__.removesuffix("Step").lower()
    return "per_unit" if name == "perunit" else name


def _unknown(subject: Subject) -> Iterator[Finding]:
    known = subject.party_codes()
    for _, term, here in subject.terms():
        if term.funded_by_party and term.funded_by_party not in known:
            yield _no_such(term.funded_by_party, known, f"{here}.funded_by")
    for _, _, step, here in subject.steps():
        for party, field in named_in(step):
            if party and party not in known:
                yield _no_such(party, known, f"{here}.{field}")
    for agreement in subject.document.agreements:
        for program in agreement.loyalty_programs:
            if program.redeemed_with_party not in known:
                here = f"agreements.{agreement.code}.loyalty.{program.code}.redeemed_with"
                yield _no_such(program.redeemed_with_party, known, here)


def _no_such(party: str, known: frozenset[str], field: str) -> Finding:
    return error(
        FindingReason.PARTY_UNKNOWN,
        field,
        f"there is no party {party!r}; define it under `parties` ({instead(party, known)})",
    )


def _unused(subject: Subject) -> Iterator[Finding]:
    agreements = (*subject.document.agreements, *subject.published.versions)
    named = {party for agreement in agreements for party in parties_of(agreement)}
    for party in subject.document.parties:
        if party.code not in named:
            yield warning(
                FindingReason.PARTY_UNUSED,
                f"parties.{party.code}",
                f"no agreement names {party.code}; name it in one, or take it out",
            )


def _party(party: Party) -> Iterator[Finding]:
    here = f"parties.{party.code}"
    if party.code in RESERVED:
        yield error(
            FindingReason.CODE_RESERVED,
            here,
            f"{party.code} stands for the operator itself; give the party another code",
        )
    if not 0 <= party.tax_percent <= 100:
        yield error(FindingReason.PARTY_PERCENT_INVALID, f"{here}.tax_percent", "a tax is 0 to 100 per cent")
    if not 0 <= party.withholding_percent < 100:
        yield error(
            FindingReason.PARTY_PERCENT_INVALID,
            f"{here}.withholding_percent",
            "what is held back is 0 to below 100 per cent; the party gets the rest",
        )
    for code in sorted(party.payout_minimums.keys() & party.payout_maximums.keys()):
        if party.payout_minimums[code] > party.payout_maximums[code]:
            yield error(
                FindingReason.PAYOUT_BOUNDS_INVALID,
                f"{here}.payout_minimum",
                f"in {code} the least payout is above the greatest; nothing could ever be paid",
            )
    if party.payout_currency_code:
        try:
            currency(party.payout_currency_code)
        except ValueError as problem:
            yield error(
                FindingReason.CURRENCY_UNKNOWN, f"{here}.payout_currency", f"{problem}; write EUR, USD, ..."
            )
