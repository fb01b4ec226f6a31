"""The steps of any explanation add up to what was recorded, in units and in money."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.charging.domain.explanation.fee import explain_fee
from services.charging.domain.explanation.steps import StepKind
from services.charging.domain.explanation.usage import explain_usage, units_covered
from services.charging.domain.rating.fees import Fee
from services.charging.domain.rating.flat import FREE, Flat
from services.charging.domain.rating.package import Package
from services.charging.domain.rating.per_unit import PerUnit
from services.charging.domain.rating.price import Price
from services.charging.domain.rating.tax import Tax
from services.charging.domain.rating.tiered import Tier, Tiered
from services.charging.domain.rating.volume import Volume
from services.common.kernel.clock import DAY
from tests.support.explanations import HERE, INCLUDED, ON_TOP, amount_of, fee_charged
from tests.support.recorded_charges import charged, listed

amounts = st.integers(min_value=0, max_value=10**10)
rates = st.tuples(st.integers(0, 10**8), st.sampled_from([1, 3, 60, 1_000, 1_024, 10**9]))


@st.composite
def steps(draw: st.DrawFn) -> tuple[Tier, ...]:
    ends = sorted(draw(st.sets(st.integers(1, 10**6), max_size=3)))
    return tuple(Tier(end, *draw(rates)) for end in [*ends, None])


models = st.one_of(
    st.just(FREE),
    amounts.map(Flat),
    rates.map(lambda rate: PerUnit(*rate)),
    steps().map(Tiered),
    steps().map(Volume),
    st.builds(Package, amounts, st.integers(1, 10**5)),
)
taxes = st.sampled_from([None, INCLUDED, ON_TOP, Tax("odd", 77, 1_000, True), Tax("odd", 77, 1_000, False)])


@st.composite
def prices(draw: st.DrawFn) -> Price:
    lowest, highest = sorted((draw(amounts), draw(amounts)))
    return listed(
        draw(models),
        (draw(st.integers(1, 2_000)), draw(st.integers(1, 2_000))),
        monthly=draw(st.booleans()),
        minimum=draw(st.sampled_from([None, lowest])),
        maximum=draw(st.sampled_from([None, highest])),
        tax=draw(taxes),
    )


@given(
    price=prices(),
    used=st.integers(0, 10**7),
    used_before=st.integers(0, 10**6),
    paid_before=st.integers(0, 10**6),
    covered_percent=st.integers(0, 100),
    factor=st.sampled_from([1_000, 0, 1, 333, 1_500, 10_000]),
    unit=st.sampled_from(["octets", "seconds", "events", "money", "kilometres"]),
    currency_code=st.sampled_from(["EUR", "JPY", "KWD"]),
)
def test_the_steps_of_any_charge_add_up_to_what_was_recorded(
    price: Price,
    used: int,
    used_before: int,
    paid_before: int,
    covered_percent: int,
    factor: int,
    unit: str,
    currency_code: str,
) -> None:
    """Units: increments less allowances are priced. Money: exact steps miss the record by rounding only."""
    increments = price.increments
    rated = increments.billable(used_before + used) - increments.billable(used_before)
    part = rated * covered_percent // 100
    covered = (("sub-1/music/music-1gb", part),) if part and unit != "money" else ()
    charge = charged(
        price, used, covered, used_before, paid_before, factor, unit=unit, currency_code=currency_code
    )
    told = explain_usage(charge, price, HERE)
    kinds = [step.kind for step in told.steps]
    before_total = told.steps[: kinds.index(StepKind.MONEY)]
    exact = [step.amount or 0 for step in before_total if step.kind is not StepKind.ROUNDING]
    assert abs(sum(exact) - charge.amount) <= 1
    assert sum(step.amount or 0 for step in before_total) == charge.amount == amount_of(told)
    units = {kind: sum(s.units or 0 for s in told.steps if s.kind is kind) for kind in StepKind}
    assert units[StepKind.INCREMENTS] == charge.rated_units
    assert units[StepKind.ALLOWANCE] == sum(debit.amount for debit in units_covered(charge))
    assert units[StepKind.PRICE] == units[StepKind.INCREMENTS] - units[StepKind.ALLOWANCE]
    assert not any("differs" in sentence for sentence in told.sentences)


@given(
    amount=amounts,
    part=st.integers(1, 31 * DAY),
    rest=st.integers(0, 31 * DAY),
    percent=st.sampled_from([0, 1, 33, 50, 100]),
    tax=taxes,
    sign=st.sampled_from([1, -1]),
)
def test_the_steps_of_any_fee_add_up_to_what_was_recorded(
    amount: int, part: int, rest: int, percent: int, tax: Tax | None, sign: int
) -> None:
    fee = Fee("monthly", "Monthly fee", amount, True, True, tax, 1 if percent else 0, percent)
    told = explain_fee(fee_charged(fee, part, part + rest, percent, sign), fee, HERE)
    before_total = told.steps[: [step.kind for step in told.steps].index(StepKind.MONEY)]
    exact = [step.amount or 0 for step in before_total if step.kind is not StepKind.ROUNDING]
    assert abs(sum(exact) - amount_of(told)) <= 1
    assert not any("differs" in sentence for sentence in told.sentences)
