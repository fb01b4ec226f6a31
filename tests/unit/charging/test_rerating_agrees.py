"""Re-rating agrees with what the other version would have charged, with itself, and there and back."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from services.charging.domain.rating.tariff import Tariff
from tests.support.charging_catalog import (
    DATA,
    FREE,
    TEXT,
    allowance,
    flat,
    offering,
    per,
    price,
    tariff,
    tiers,
)
from tests.support.charging_models import Model, factor, package, volume
from tests.support.rerated_world import (
    EVENT,
    Use,
    correct,
    play,
    world_of,
)

_MODELS: tuple[Model, ...] = (
    per("0.013"),
    per("0.0007", 3),
    flat("0.31"),
    FREE,
    tiers((50, "0.02"), (None, "0.013")),
    tiers((50, "0.02"), (400, "0.013"), (None, "0.001"), month=True),
    volume((100, "0.02"), (None, "0.011")),
    volume((100, "0.02"), (None, "0.011"), month=True),
    package("0.41", 70),
)
_uses = st.lists(
    st.builds(
        Use,
        st.sampled_from([EVENT, 1, 2, 3]),
        st.sampled_from([DATA, DATA, DATA, TEXT]),
        st.integers(1, 300),
        st.sampled_from([0, 1, 90, 60 * 24 * 11]),
        st.sampled_from(["", "20801"]),
    ),
    max_size=12,
)


def _zoned(number: int, home: Model, abroad: Model, then: int) -> Tariff:
    """Prices that differ at home and in the EU, one of them by the hour and with a minimum."""
    dearer = factor("hour >= 18 ? 1500 : 900", 500, 2_000)
    prices = (
        price("home", DATA, home, zones=["home"], then=then, minimum="0.05"),
        price("eu", DATA, abroad, zones=["eu"], then=then, dynamic=dearer),
        price("text", TEXT, flat("0.07")),
    )
    return tariff(offering("basic", *prices, allowances=[allowance("small", 150)]), version=number)


@settings(max_examples=60, deadline=None)
@given(_uses, st.sampled_from(_MODELS), st.sampled_from(_MODELS), st.sampled_from([1, 7]), st.integers(0, 11))
def test_rerating_by_the_same_version_corrects_nothing(
    uses: list[Use], home: Model, abroad: Model, then: int, left_out: int
) -> None:
    """Also where some charges are out of sight, as those before the period are."""
    world = world_of(_zoned(1, home, abroad, then))
    play(world, uses)
    seen = [charge for index, charge in enumerate(world.charges()) if index % 12 != left_out]
    assert correct(world, 1, charges=seen).corrections == ()


@settings(max_examples=60, deadline=None)
@given(_uses, *[st.sampled_from(_MODELS)] * 4)
def test_there_and_back_again_leaves_every_balance_as_it_was(
    uses: list[Use], home: Model, abroad: Model, other_home: Model, other_abroad: Model
) -> None:
    world = world_of(_zoned(1, home, abroad, 7), _zoned(2, other_home, other_abroad, 1))
    play(world, uses)
    balances = {name: bucket.balance for name, bucket in world.state.buckets.items()}
    correct(world, 2)
    correct(world, 1, run_id="run-2")
    assert {name: bucket.balance for name, bucket in world.state.buckets.items()} == balances
    totals = {(total.minor_micros, total.tax_minor_micros) for total in world.state.corrections.values()}
    assert totals <= {(0, 0)}


@settings(max_examples=60, deadline=None)
@given(_uses, *[st.sampled_from([model for model in _MODELS if model != FREE])] * 4)
def test_an_account_comes_to_where_the_other_version_would_have_brought_it(
    uses: list[Use], home: Model, abroad: Model, other_home: Model, other_abroad: Model
) -> None:
    """Where allowances cover the same: in both worlds the same increments, and nothing free."""
    wrong = world_of(_zoned(1, home, abroad, 7), _zoned(2, other_home, other_abroad, 7))
    right = world_of(_zoned(2, other_home, other_abroad, 7))
    play(wrong, uses)
    play(right, uses)
    correct(wrong, 2)
    assert {name: bucket.balance for name, bucket in wrong.state.buckets.items()} == {
        name: bucket.balance for name, bucket in right.state.buckets.items()
    }
