"""Parties and agreements as they are written."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from services.common.runtime.yaml_tree import Tree
from services.common.runtime.yaml_writing import days, filled
from services.partner_settlement.adapters.yaml_write.pen import Pen, minor_decimal, size
from services.partner_settlement.adapters.yaml_write.steps import write_rate, write_step
from services.partner_settlement.domain.agreements import (
    Agreement,
    Basis,
    BasisKind,
    Coverage,
    DisputeTerms,
    Funding,
    LoyaltyProgram,
    Party,
    Term,
)
from services.partner_settlement.domain.decimals import decimal_text


def write_party(party: Party) -> Tree:
    """A party; its amounts always say their currency."""
    pen = Pen()
    return filled(
        name=party.name,
        roles=list(party.roles),
        address=list(party.address_lines),
        tax_number=party.tax_number,
        tax_percent=_percent(party.tax_percent),
        withholding_percent=_percent(party.withholding_percent),
        payout_minimum=pen.minor(party.payout_minimums),
        payout_maximum=pen.minor(party.payout_maximums),
        payout_currency=party.payout_currency_code,
    )


def write_agreement(agreement: Agreement) -> dict[str, Tree]:
    """An agreement."""
    pen, until = Pen(agreement.currency_codes), agreement.effective_until
    head: dict[str, Tree] = filled(name=agreement.name, reference=agreement.reference)
    head["from"] = agreement.effective_from.isoformat()
    return head | filled(
        until=until.isoformat() if until else None,
        period=agreement.period.value,
        currencies=list(agreement.currency_codes),
        terms={term.code: write_term(pen, term) for term in agreement.terms},
        disputes=_disputes(pen, agreement.disputes),
        loyalty={program.code: _program(agreement, program) for program in agreement.loyalty_programs},
    )


def write_term(pen: Pen, term: Term) -> dict[str, Tree]:
    """A term. One that covers everything still says so."""
    return (
        filled(name=term.name)
        | {"covers": _coverage(term.covers)}
        | filled(
            basis=_basis(pen, term.basis),
            funding=None if term.funding is Funding.REVENUE else term.funding.value,
            funded_by=term.funded_by_party,
            waterfall=[write_step(pen, step) for step in term.waterfall],
        )
    )


def _coverage(coverage: Coverage) -> dict[str, Tree]:
    return filled(
        kinds=_sorted(kind.value for kind in coverage.kinds),
        offerings=_sorted(coverage.offering_codes),
        prices=_sorted(coverage.price_codes),
        rating_groups=_sorted(coverage.rating_groups),
        slices=_sorted(coverage.slices),
        applications=_sorted(coverage.applications),
        sponsors=_sorted(coverage.sponsors),
        loyalty_programs=_sorted(coverage.loyalty_programs),
    )


def _sorted(values: Iterable[str] | Iterable[int]) -> list[Tree]:
    found: list[Tree] = []
    found.extend(sorted(values))
    return found


def _basis(pen: Pen, basis: Basis) -> Tree:
    if basis.kind is BasisKind.COST:
        return {"cost": [write_rate(pen, rate) for rate in basis.rates]}
    if basis.of:
        return {basis.kind.name.lower(): [_basis(pen, side) for side in basis.of]}
    return str(basis.kind.value)


def _disputes(pen: Pen, terms: DisputeTerms) -> Tree:
    return filled(
        minimum=pen.minor(terms.minimums),
        minimum_percent=_percent(terms.minimum_percent),
        days=terms.days or None,
    )


def _program(agreement: Agreement, program: LoyaltyProgram) -> Tree:
    money = program.currency_code
    first = agreement.currency_codes[0] if agreement.currency_codes else ""
    return (
        filled(name=program.name)
        | {"earned_by": _coverage(program.earned_by)}
        | filled(
            every_units=size(program.earn_units, program.earn_unit) if program.earn_unit else None,
            every_amount=minor_decimal(program.earn_minor, money) if program.earn_minor else None,
            currency=None if money == first else money,
            voucher=minor_decimal(program.face_minor, money),
            redeemed_with=program.redeemed_with_party,
            valid=days(program.valid_days),
        )
    )


def _percent(value: Fraction) -> str | None:
    return decimal_text(value) if value else None
