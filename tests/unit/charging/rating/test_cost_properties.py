"""What holds for every price whatever its model: never cheaper for more, no dearer in pieces, tax within."""

from __future__ import annotations

from dataclasses import replace
from itertools import accumulate, pairwise

from hypothesis import given
from hypothesis import strategies as st

from services.charging.domain.rating.fees import Fee
from services.charging.domain.rating.flat import FREE, Flat
from services.charging.domain.rating.increments import Increments
from services.charging.domain.rating.package import Package
from services.charging.domain.rating.per_unit import PerUnit
from services.charging.domain.rating.periods import fee_cost
from services.charging.domain.rating.price import Price, PriceModel
from services.charging.domain.rating.tax import Tax
from services.charging.domain.rating.tiered import Tier, Tiered
from services.charging.domain.rating.volume import Volume

amounts = st.integers(0, 10**12)
fractions = st.tuples(st.integers(0, 10**9), st.integers(1, 10**9))
units = st.integers(0, 2**53)
factors = st.integers(0, 5_000)


@st.composite
def steps(draw: st.DrawFn) -> tuple[Tier, ...]:
    """Ascending, the last without end."""
    ends = sorted(draw(st.sets(st.integers(1, 10**6), max_size=4)))
    return tuple(Tier(end, *draw(fractions)) for end in [*ends, None])


models: st.SearchStrategy[PriceModel] = st.one_of(
    st.just(FREE),
    amounts.map(Flat),
    fractions.map(lambda pair: PerUnit(*pair)),
    steps().map(Tiered),
    steps().map(Volume),
    st.builds(Package, amounts, st.integers(1, 10**6)),
)
taxes = st.none() | st.builds(
    Tax, st.just("vat"), st.integers(0, 500), st.sampled_from([100, 1_000]), st.booleans()
)


@st.composite
def prices(draw: st.DrawFn) -> Price:
    """Any model, with any bounds and tax."""
    low, high = sorted(draw(st.tuples(amounts, amounts)))
    return Price(
        version=1,
        offering_code="basic",
        code="data",
        increments=Increments(draw(st.integers(1, 100)), draw(st.integers(1, 100))),
        model=draw(models),
        minimum=draw(st.sampled_from([None, low])),
        maximum=draw(st.sampled_from([None, high])),
        tax=draw(taxes),
    )


@given(prices(), factors, st.lists(units | st.integers(0, 2_000), min_size=2, max_size=20))
def test_more_units_never_cost_less(price: Price, factor: int, counts: list[int]) -> None:
    costs = [price.cost_minor_micros(count, factor) for count in sorted(counts)]
    assert costs == sorted(costs)
    assert costs[0] >= 0


@given(prices(), factors, st.lists(st.integers(0, 5_000), min_size=1, max_size=20))
def test_pieces_cost_what_the_whole_costs_and_no_piece_gives_money_back(
    price: Price, factor: int, pieces: list[int]
) -> None:
    counted = [0, *accumulate(pieces)]
    charged = [
        price.cost_minor_micros(price.increments.billable(after), factor)
        - price.cost_minor_micros(price.increments.billable(before), factor)
        for before, after in pairwise(counted)
    ]
    assert all(part >= 0 for part in charged)
    assert sum(charged) == price.cost_minor_micros(price.increments.billable(sum(pieces)), factor)


@given(prices(), factors, units)
def test_the_tax_in_a_cost_never_exceeds_it_and_makes_up_what_was_added(
    price: Price, factor: int, count: int
) -> None:
    cost = price.cost_minor_micros(count, factor)
    tax = price.tax_minor_micros(cost)
    assert 0 <= tax <= cost
    if price.tax is not None and not price.tax.inclusive:
        before_tax = replace(price, tax=None).cost_minor_micros(count, factor)
        assert abs(cost - tax - before_tax) <= 1, "both are rounded to a whole minor_micro"


@given(prices(), factors, st.integers(1, 2**53))
def test_a_cost_lies_within_its_bounds(price: Price, factor: int, count: int) -> None:
    plain = replace(price, tax=None)
    cost = plain.cost_minor_micros(count, factor)
    assert price.minimum is None or cost >= price.minimum
    assert price.maximum is None or cost <= price.maximum


@given(steps(), st.integers(1, 3_000_000))
def test_a_volume_price_is_the_dearest_that_any_smaller_sum_would_have_cost(
    tiers: tuple[Tier, ...], count: int
) -> None:
    def at_its_step(total: int) -> tuple[int, int]:
        step = next(tier for tier in tiers if tier.up_to_units is None or total <= tier.up_to_units)
        return total * step.numerator, step.denominator

    # Within a step more cost more, so the dearest smaller sums are the ends of the steps.
    sums = [count, *(tier.up_to_units for tier in tiers if tier.up_to_units and tier.up_to_units < count)]
    numerator, denominator = Volume(tiers).exact_cost(count)
    found = [at_its_step(total) for total in sums]
    assert all(numerator * below >= above * denominator for above, below in found)
    assert any(numerator * below == above * denominator for above, below in found)


@given(amounts, taxes, st.integers(0, 100), st.integers(1, 10**13), st.data())
def test_parts_of_a_period_cost_no_more_than_the_whole(
    amount: int, tax: Tax | None, percent: int, whole: int, data: st.DataObject
) -> None:
    fee = Fee("fee", "Fee", amount, True, True, tax, 1, percent)
    part = data.draw(st.integers(0, whole))
    all_of_it, _ = fee_cost(fee, 0, whole, whole)
    had, had_tax = fee_cost(fee, 0, part, whole)
    rest, _ = fee_cost(fee, 0, whole - part, whole)
    assert abs(had + rest - all_of_it) <= 1
    assert 0 <= had_tax <= had <= all_of_it
