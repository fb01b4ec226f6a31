"""Parties and agreements as protobuf, and back. What was published is kept in this form."""

from __future__ import annotations

from datetime import date

from tidemark.partner_settlement.v1 import agreement_pb2 as pb

from services.partner_settlement.adapters.agreement_enums import (
    BASIS_KIND,
    BASIS_KIND_READ,
    FUNDING,
    FUNDING_READ,
    PERIOD_KIND,
    PERIOD_KIND_READ,
    RECORD_KIND,
    RECORD_KIND_READ,
)
from services.partner_settlement.adapters.step_messages import (
    amounts_message,
    amounts_of,
    rate_message,
    rate_of,
    step_message,
    step_of,
)
from services.partner_settlement.domain.agreements import (
    Agreement,
    Basis,
    Coverage,
    DisputeTerms,
    LoyaltyProgram,
    Party,
    Term,
)
from services.partner_settlement.domain.decimals import decimal_text, fraction


def party_message(party: Party) -> pb.Party:
    """A party."""
    return pb.Party(
        code=party.code,
        name=party.name,
        roles=party.roles,
        address_lines=party.address_lines,
        tax_number=party.tax_number,
        tax_percent=decimal_text(party.tax_percent) if party.tax_percent else "",
        withholding_percent=decimal_text(party.withholding_percent) if party.withholding_percent else "",
        payout_minimums=amounts_message(party.payout_minimums),
        payout_maximums=amounts_message(party.payout_maximums),
        payout_currency_code=party.payout_currency_code,
    )


def party_of(message: pb.Party) -> Party:
    """A party."""
    return Party(
        code=message.code,
        name=message.name,
        roles=tuple(message.roles),
        address_lines=tuple(message.address_lines),
        tax_number=message.tax_number,
        tax_percent=fraction(message.tax_percent),
        withholding_percent=fraction(message.withholding_percent),
        payout_minimums=amounts_of(message.payout_minimums),
        payout_maximums=amounts_of(message.payout_maximums),
        payout_currency_code=message.payout_currency_code,
    )


def agreement_message(agreement: Agreement) -> pb.Agreement:
    """An agreement, without its version: what two versions are compared by."""
    until = agreement.effective_until
    return pb.Agreement(
        code=agreement.code,
        name=agreement.name,
        reference=agreement.reference,
        effective_from=agreement.effective_from.isoformat(),
        effective_until=until.isoformat() if until else "",
        period=PERIOD_KIND[agreement.period],
        currency_codes=agreement.currency_codes,
        terms=[_term(term) for term in agreement.terms],
        disputes=_disputes(agreement.disputes),
        loyalty_programs=[_program(program) for program in agreement.loyalty_programs],
    )


def agreement_of(message: pb.Agreement, version: int) -> Agreement:
    """A version of an agreement. Raises ValueError or KeyError for what nobody published."""
    until = message.effective_until
    return Agreement(
        code=message.code,
        name=message.name,
        effective_from=date.fromisoformat(message.effective_from),
        period=PERIOD_KIND_READ[message.period],
        currency_codes=tuple(message.currency_codes),
        terms=tuple(_term_of(term) for term in message.terms),
        reference=message.reference,
        effective_until=date.fromisoformat(until) if until else None,
        disputes=DisputeTerms(
            amounts_of(message.disputes.minimums),
            fraction(message.disputes.minimum_percent),
            message.disputes.days,
        ),
        loyalty_programs=tuple(_program_of(program) for program in message.loyalty_programs),
        version=version,
    )


def _term(term: Term) -> pb.Term:
    return pb.Term(
        code=term.code,
        name=term.name,
        covers=_coverage(term.covers),
        basis=_basis(term.basis),
        funding=FUNDING[term.funding],
        funded_by_party=term.funded_by_party,
        waterfall=[step_message(step) for step in term.waterfall],
    )


def _term_of(message: pb.Term) -> Term:
    return Term(
        code=message.code,
        name=message.name,
        covers=_coverage_of(message.covers),
        basis=_basis_of(message.basis),
        waterfall=tuple(step_of(step) for step in message.waterfall),
        funding=FUNDING_READ[message.funding],
        funded_by_party=message.funded_by_party,
    )


def _coverage(coverage: Coverage) -> pb.Coverage:
    return pb.Coverage(
        kinds=sorted(RECORD_KIND[kind] for kind in coverage.kinds),
        offering_codes=sorted(coverage.offering_codes),
        price_codes=sorted(coverage.price_codes),
        rating_groups=sorted(coverage.rating_groups),
        slices=sorted(coverage.slices),
        applications=sorted(coverage.applications),
        sponsors=sorted(coverage.sponsors),
        loyalty_programs=sorted(coverage.loyalty_programs),
    )


def _coverage_of(message: pb.Coverage) -> Coverage:
    return Coverage(
        kinds=frozenset(RECORD_KIND_READ[kind] for kind in message.kinds),
        offering_codes=frozenset(message.offering_codes),
        price_codes=frozenset(message.price_codes),
        rating_groups=frozenset(message.rating_groups),
        slices=frozenset(message.slices),
        applications=frozenset(message.applications),
        sponsors=frozenset(message.sponsors),
        loyalty_programs=frozenset(message.loyalty_programs),
    )


def _basis(basis: Basis) -> pb.Basis:
    return pb.Basis(
        kind=BASIS_KIND[basis.kind],
        rates=[rate_message(rate) for rate in basis.rates],
        of=[_basis(part) for part in basis.of],
    )


def _basis_of(message: pb.Basis) -> Basis:
    return Basis(
        BASIS_KIND_READ[message.kind],
        tuple(rate_of(rate) for rate in message.rates),
        tuple(_basis_of(part) for part in message.of),
    )


def _disputes(terms: DisputeTerms) -> pb.DisputeTerms:
    return pb.DisputeTerms(
        minimums=amounts_message(terms.minimums),
        minimum_percent=decimal_text(terms.minimum_percent) if terms.minimum_percent else "",
        days=terms.days,
    )


def _program(program: LoyaltyProgram) -> pb.LoyaltyProgram:
    message = pb.LoyaltyProgram(
        code=program.code,
        name=program.name,
        earned_by=_coverage(program.earned_by),
        earn_unit=program.earn_unit,
        earn_units=program.earn_units,
        face_value=pb.CurrencyAmount(currency_code=program.currency_code, amount_minor=program.face_minor),
        redeemed_with_party=program.redeemed_with_party,
        valid_days=program.valid_days,
    )
    if program.earn_minor:
        message.earn_amount.currency_code = program.currency_code
        message.earn_amount.amount_minor = program.earn_minor
    return message


def _program_of(message: pb.LoyaltyProgram) -> LoyaltyProgram:
    return LoyaltyProgram(
        code=message.code,
        name=message.name,
        earned_by=_coverage_of(message.earned_by),
        face_minor=message.face_value.amount_minor,
        currency_code=message.face_value.currency_code,
        redeemed_with_party=message.redeemed_with_party,
        valid_days=message.valid_days,
        earn_unit=message.earn_unit,
        earn_units=message.earn_units,
        earn_minor=message.earn_amount.amount_minor,
    )
