"""Coverage, bases and recipients from their forms."""

from __future__ import annotations

from services.partner_settlement.adapters.yaml_build.scope import Scope
from services.partner_settlement.adapters.yaml_form.fields import (
    BasisForm,
    CoverageForm,
    RateForm,
    RecipientForm,
)
from services.partner_settlement.domain.agreements import (
    OPERATOR,
    Basis,
    BasisKind,
    Coverage,
    Recipient,
    RecipientKind,
    RecordKind,
    UnitRate,
)


def build_coverage(form: CoverageForm) -> Coverage:
    """What falls under something; a list names each thing once."""
    return Coverage(
        kinds=frozenset(RecordKind(kind) for kind in form.kinds),
        offering_codes=frozenset(form.offerings),
        price_codes=frozenset(form.prices),
        rating_groups=frozenset(form.rating_groups),
        slices=frozenset(form.slices),
        applications=frozenset(form.applications),
        sponsors=frozenset(form.sponsors),
        loyalty_programs=frozenset(form.loyalty_programs),
    )


def build_basis(scope: Scope, form: BasisForm, field: str) -> Basis:
    """What is shared."""
    if form.kind is not None:
        return Basis(BasisKind(form.kind))
    if form.cost is not None:
        rates = (build_rate(scope, rate, f"{field}.cost.{index}") for index, rate in enumerate(form.cost))
        return Basis(BasisKind.COST, rates=tuple(rates))
    kind, name = (
        (BasisKind.HIGHER_OF, "higher_of") if form.higher_of is not None else (BasisKind.LOWER_OF, "lower_of")
    )
    sides = form.higher_of if form.higher_of is not None else form.lower_of or []
    built = (build_basis(scope, side, f"{field}.{name}.{index}") for index, side in enumerate(sides))
    return Basis(kind, of=tuple(built))


def build_rate(scope: Scope, form: RateForm, field: str) -> UnitRate:
    """So much for so many units."""
    unit, per_units = scope.units(form.per, f"{field}.per")
    return UnitRate(unit, per_units, scope.minor_micros(form.amount, f"{field}.amount"))


def build_recipient(form: RecipientForm) -> Recipient:
    """Whom a share goes to."""
    if form.operator:
        return OPERATOR
    if form.bear is not None:
        return Recipient(form.bear, RecipientKind.BEAR)
    return Recipient(form.pay or "", RecipientKind.PAY)
