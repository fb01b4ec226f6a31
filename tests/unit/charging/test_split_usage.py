"""Many small reports cost exactly what one large report costs, however usage is cut into pieces."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tidemark.catalog.v1 import catalog_pb2, pricing_pb2

from services.charging.domain.rating.quote import Usage, rate_usage
from tests.support.charging_catalog import DATA, allowance, flat, offering, per, price, tariff, tiers
from tests.support.charging_models import factor, package, volume
from tests.support.charging_world import NOON, World, container, eur, report

prices = st.sampled_from(
    [
        price("data", DATA, per("0.000000001")),
        price("data", DATA, per("0.0000000007", 3)),
        price("data", DATA, per("1.00", 7), first=60, then=1),
        price("data", DATA, per("0.09", 60), first=30, then=30),
        price("data", DATA, per("0.01", 1_000_000), first=1_024, then=1_024),
        price("data", DATA, tiers((100, "0.10"), (1_000, "0.033333"), (None, "0.0000001"))),
        price("data", DATA, tiers((37, "0.0000000003"), (None, "0.0000000007"), month=True), first=5, then=3),
        price("data", DATA, flat("0.35")),
        price("data", DATA, volume((100, "0.10"), (1_000, "0.033333"), (None, "0.0000001"))),
        price("data", DATA, volume((37, "0.0000000003"), (None, "0.0000000002"), month=True), first=5),
        price("data", DATA, package("2.00", 500)),
        price("data", DATA, per("0.01"), minimum="0.50", maximum="9.99"),
        price("data", DATA, per("0.0000000007", 3), tax="added", maximum="0.000001"),
        price("data", DATA, tiers((100, "0.01"), (None, "0.007"), month=True), minimum="3", tax="within"),
        price("data", DATA, per("0.0000000007"), dynamic=factor("333 + hour", 0, 2_000), tax="added"),
    ]
)
pieces = st.lists(st.one_of(st.integers(0, 3), st.integers(0, 5_000)), min_size=1, max_size=25)


def _world(rated: catalog_pb2.ProductOfferingPrice, included: int) -> World:
    world = World(
        tariff(
            offering(
                "basic",
                rated,
                allowances=[
                    allowance("own", included, days=30),
                    allowance("more", included // 3, priority=3),
                ],
            ),
            tables=catalog_pb2.Catalog(
                taxes=[
                    pricing_pb2.Tax(code="added", percent="7.7"),
                    pricing_pb2.Tax(code="within", percent="19", inclusive=True),
                ]
            ),
        )
    )
    world.open_account(money=eur("1000000.00"))
    return world


def _left(world: World) -> list[int]:
    return [world.bucket(bucket_id).balance for bucket_id in world.state.accounts["acme"].bucket_ids]


@given(rated=prices, included=st.integers(1, 4_000), uses=pieces)
def test_pieces_cost_what_the_whole_costs(
    rated: catalog_pb2.ProductOfferingPrice, included: int, uses: list[int]
) -> None:
    whole, split, contained = (_world(rated, included) for _ in range(3))
    whole.session().release(report(DATA, sum(uses), want=None))
    session = split.session()
    for used in uses:
        session.update(report(DATA, used))
    session.release()
    containers = [container(DATA, used, number) for number, used in enumerate(uses)]
    contained.session().release(report(DATA, *containers, want=None))
    assert _left(whole) == _left(split) == _left(contained)
    assert not any(world.reserved() for world in (whole, split, contained))


@given(rated=prices, included=st.integers(1, 4_000), sessions=st.lists(pieces, min_size=1, max_size=3))
def test_the_catalog_s_quote_is_what_charging_charges(
    rated: catalog_pb2.ProductOfferingPrice, included: int, sessions: list[list[int]]
) -> None:
    world = _world(rated, included)
    for uses in sessions:
        session = world.session()
        for used in uses:
            session.update(report(DATA, used, want=None))
        session.release()
    usages = [Usage(str(key), DATA, used, NOON) for key, uses in enumerate(sessions) for used in uses]
    (known,) = (tariff for tariff in [world.tariffs.effective(NOON, "EUR")] if tariff is not None)
    lines = rate_usage(known, ["basic"], usages)
    assert [charge.amount for charge in world.charges()] == [
        line.amount_minor_micros for line in lines if line.usage.units
    ]
    assert [charge.tax for charge in world.charges()] == [
        line.tax_minor_micros for line in lines if line.usage.units
    ]
    assert sum(line.from_allowance_units for line in lines) == sum(
        debit.amount for charge in world.charges() for debit in charge.debits if debit.unit == "octets"
    )
