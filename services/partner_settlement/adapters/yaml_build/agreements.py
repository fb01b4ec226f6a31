"""Parties and agreements from their forms."""

from __future__ import annotations

from services.partner_settlement.adapters.yaml_build.fields import build_basis, build_coverage
from services.partner_settlement.adapters.yaml_build.scope import Scope
from services.partner_settlement.adapters.yaml_build.steps import build_step
from services.partner_settlement.adapters.yaml_form import agreements as form
from services.partner_settlement.domain.agreements import (
    Agreement,
    DisputeTerms,
    Funding,
    LoyaltyProgram,
    Party,
    Term,
)
from services.partner_settlement.domain.decimals import fraction
from services.partner_settlement.domain.periods import PeriodKind


def build_party(scope: Scope, code: str, party: form.PartyForm) -> Party:
    """A party."""
    here = f"parties.{code}"
    return Party(
        code=code,
        name=party.name,
        roles=tuple(sorted(set(party.roles))),
        address_lines=tuple(party.address),
        tax_number=party.tax_number,
        tax_percent=fraction(party.tax_percent or ""),
        withholding_percent=fraction(party.withholding_percent or ""),
        payout_minimums=scope.minor(party.payout_minimum, f"{here}.payout_minimum"),
        payout_maximums=scope.minor(party.payout_maximum, f"{here}.payout_maximum"),
        payout_currency_code=party.payout_currency or "",
    )


def build_agreement(outer: Scope, code: str, agreement: form.AgreementForm) -> Agreement:
    """An agreement; terms stay in the order in which they are written."""
    here = f"agreements.{code}"
    scope = outer.within(agreement.currencies)
    return Agreement(
        code=code,
        name=agreement.name,
        effective_from=agreement.from_,
        period=PeriodKind(agreement.period),
        currency_codes=tuple(agreement.currencies),
        terms=tuple(
            _term(scope, term_code, term, f"{here}.terms.{term_code}")
            for term_code, term in agreement.terms.items()
        ),
        reference=agreement.reference,
        effective_until=agreement.until,
        disputes=_disputes(scope, agreement.disputes, f"{here}.disputes"),
        loyalty_programs=tuple(
            _program(scope, name, program, f"{here}.loyalty.{name}")
            for name, program in sorted(agreement.loyalty.items())
        ),
    )


def _term(scope: Scope, code: str, term: form.TermForm, field: str) -> Term:
    return Term(
        code=code,
        name=term.name,
        covers=build_coverage(term.covers),
        basis=build_basis(scope, term.basis, f"{field}.basis"),
        waterfall=tuple(
            build_step(scope, step, f"{field}.waterfall.{index}") for index, step in enumerate(term.waterfall)
        ),
        funding=Funding(term.funding),
        funded_by_party=term.funded_by or "",
    )


def _disputes(scope: Scope, disputes: form.DisputesForm | None, field: str) -> DisputeTerms:
    if disputes is None:
        return DisputeTerms()
    return DisputeTerms(
        scope.minor(disputes.minimum, f"{field}.minimum"),
        fraction(disputes.minimum_percent or ""),
        disputes.days,
    )


def _program(scope: Scope, code: str, program: form.ProgramForm, field: str) -> LoyaltyProgram:
    money = program.currency or scope.first_currency
    units = program.every_units
    unit, count = scope.units(units, f"{field}.every_units") if units is not None else ("", 0)
    amount = program.every_amount
    return LoyaltyProgram(
        code=code,
        name=program.name,
        earned_by=build_coverage(program.earned_by),
        face_minor=scope.minor_of(program.voucher, money, f"{field}.voucher") or 0,
        currency_code=money,
        redeemed_with_party=program.redeemed_with,
        valid_days=program.valid,
        earn_unit=unit,
        earn_units=count,
        earn_minor=0 if amount is None else scope.minor_of(amount, money, f"{field}.every_amount") or 0,
    )
