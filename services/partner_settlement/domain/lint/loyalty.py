"""Loyalty programs: earned by one thing, worth something, settled by somebody."""

from __future__ import annotations

from collections.abc import Iterator

from services.common.kernel.identifiers import is_code
from services.partner_settlement.domain.agreements import Agreement, LoyaltyProgram, RecordKind
from services.partner_settlement.domain.coverage import shapes_of
from services.partner_settlement.domain.findings import Finding, FindingReason, error, warning
from services.partner_settlement.domain.lint.coverage import empty_coverage
from services.partner_settlement.domain.lint.subject import Subject, instead


def loyalty_findings(subject: Subject) -> Iterator[Finding]:
    """Programs that cannot be earned, redeemed or settled; terms of programs that are not there."""
    for agreement in subject.document.agreements:
        for program in agreement.loyalty_programs:
            here = f"agreements.{agreement.code}.loyalty.{program.code}"
            yield from _program(agreement, program, here)
    yield from _named(subject)
    yield from _twice(subject)


def _program(agreement: Agreement, program: LoyaltyProgram, here: str) -> Iterator[Finding]:
    by_units = bool(program.earn_unit) or program.earn_units > 0
    if by_units == (program.earn_minor > 0):
        yield error(
            FindingReason.PROGRAM_EARNING_INVALID,
            here,
            'say what earns a voucher, with one of `every_units: 10 GB` and `every_amount: "9.99"`',
        )
    elif by_units and (program.earn_units < 1 or not is_code(program.earn_unit)):
        yield error(
            FindingReason.PROGRAM_EARNING_INVALID, f"{here}.every_units", "one unit or more, and which: 10 GB"
        )
    if program.face_minor <= 0:
        yield error(FindingReason.PROGRAM_INVALID, f"{here}.voucher", "a voucher is worth more than nothing")
    if program.valid_days < 1:
        yield error(FindingReason.PROGRAM_INVALID, f"{here}.valid", "a voucher is valid for a day or more")
    if program.currency_code not in agreement.currency_codes:
        yield error(
            FindingReason.CURRENCY_NOT_AGREED,
            f"{here}.currency",
            f"a voucher is in one of the agreement's currencies: {', '.join(agreement.currency_codes)}",
        )
    if not shapes_of(program.earned_by):
        yield empty_coverage(program.earned_by, f"{here}.earned_by")
    if not any(program.code in term.covers.loyalty_programs for term in agreement.terms):
        yield warning(
            FindingReason.PROGRAM_NOT_SETTLED,
            here,
            f"no term covers redemptions of {program.code}, so what {program.redeemed_with_party} gives "
            "for a voucher is never settled; add one",
        )


def _named(subject: Subject) -> Iterator[Finding]:
    agreements = (*subject.published.versions, *subject.document.agreements)
    known = {program.code for agreement in agreements for program in agreement.loyalty_programs}
    for _, term, here in subject.terms():
        field = f"{here}.covers.loyalty_programs"
        for code in sorted(term.covers.loyalty_programs - known):
            yield error(
                FindingReason.PROGRAM_UNKNOWN,
                field,
                f"there is no loyalty program {code!r}; define it under `loyalty` ({instead(code, known)})",
            )
        if RecordKind.REDEMPTION in term.covers.kinds and not term.covers.loyalty_programs:
            yield error(
                FindingReason.PROGRAM_MISSING, field, "say of which program: `loyalty_programs: [rides]`"
            )


def _twice(subject: Subject) -> Iterator[Finding]:
    """A redemption knows its program by the code alone."""
    owners: dict[str, str] = {}
    proposed = {agreement.code for agreement in subject.document.agreements}
    for agreement in subject.published.versions:
        if agreement.code not in proposed:
            owners |= {program.code: agreement.code for program in agreement.loyalty_programs}
    for agreement in subject.document.agreements:
        for program in agreement.loyalty_programs:
            owner = owners.setdefault(program.code, agreement.code)
            if owner != agreement.code:
                yield error(
                    FindingReason.PROGRAM_TWICE,
                    f"agreements.{agreement.code}.loyalty.{program.code}",
                    f"{program.code} is a program of {owner} already; give this one another code",
                )
