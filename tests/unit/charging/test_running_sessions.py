"""What changes while a session runs: subscriptions taken, suspended or ended, profiles, bars, places."""

from __future__ import annotations

from dataclasses import replace

from tidemark.catalog.v1 import catalog_pb2, circumstances_pb2

from services.charging.domain import events as ev
from services.charging.domain.apply import apply_entry
from services.charging.domain.draft import Draft
from services.charging.domain.rating.circumstances import Observed
from services.charging.domain.sessions.reauthorise import reauthorise
from services.charging.domain.state import Profile, Subscription
from tests.support.charging_catalog import DATA, VIDEO, group, offering, per, price, tariff
from tests.support.charging_models import factor
from tests.support.charging_world import NOON, World, eur, later, report

PLAN = offering("basic", price("data", DATA, per("0.01")))


def _world(*others: catalog_pb2.ProductOffering, tables: catalog_pb2.Catalog | None = None) -> World:
    world = World(tariff(PLAN, *others, tables=tables))
    world.open_account(money=eur("100.00"))
    return world


def _happens(world: World, *events: ev.Event) -> None:
    entry = ev.Entry(world.clock.now(), ev.Operation.RENEW, events)
    apply_entry(world.state, entry)
    world.entries.append(entry)


def _change(world: World, subscription: Subscription, change: ev.SubscriptionChange) -> None:
    _happens(world, ev.SubscriptionChanged("acme", "sub-1", subscription, change))


def _plan(world: World) -> Subscription:
    return world.state.subscribers["sub-1"].subscriptions[0]


def test_an_offering_taken_meanwhile_prices_the_next_report() -> None:
    half = offering("half", price("data", DATA, per("0.005")), precedence=1)
    world = _world(half)
    session = world.session(report(DATA))
    assert session.update(report(DATA, 100)).cost.amount == eur("1.00")
    _change(world, Subscription("half", 1, NOON), ev.SubscriptionChange.STARTED)
    assert session.update(report(DATA, 100), when=later(NOON, 60)).cost.amount == eur("0.50")


def test_usage_let_through_before_a_suspension_is_charged_and_nothing_more_is_granted() -> None:
    world = _world()
    session = world.session(report(DATA))
    _change(world, replace(_plan(world), suspended=True), ev.SubscriptionChange.SUSPENDED)
    group_answer = session.update(report(DATA, 100)).groups[0]
    assert (group_answer.cost.amount, group_answer.grant) == (eur("1.00"), None)
    assert group_answer.result.name == "END_USER_SERVICE_DENIED"
    assert world.reserved() == 0


def test_a_session_blocked_by_a_suspension_is_called_back() -> None:
    world = _world()
    _change(world, replace(_plan(world), suspended=True), ev.SubscriptionChange.SUSPENDED)
    session = world.session(report(DATA))
    assert session.created.groups[0].result.name == "END_USER_SERVICE_DENIED"
    _change(world, replace(_plan(world), suspended=False), ev.SubscriptionChange.RESUMED)
    assert reauthorise(Draft(world.state), "acme") == 1
    assert session.update(report(DATA)).groups[0].grant is not None


def test_usage_of_a_plan_that_was_taken_away_is_charged_as_the_session_began() -> None:
    world = _world()
    session = world.session(report(DATA))
    _change(world, _plan(world), ev.SubscriptionChange.ENDED)
    answer = session.update(report(DATA, 100))
    assert (answer.cost.amount, answer.groups[0].grant) == (eur("1.00"), None)


def test_a_subscriber_barred_meanwhile_pays_for_what_was_used_and_gets_no_more() -> None:
    world = _world()
    session = world.session(report(DATA))
    _happens(world, ev.SubscriberChanged("acme", "sub-1", Profile(), True, "stolen", "care"))
    group_answer = session.update(report(DATA, 100)).groups[0]
    assert (group_answer.cost.amount, group_answer.result.name) == (eur("1.00"), "END_USER_SERVICE_DENIED")
    assert world.refusal(world.event(report(DATA, 1))) == "SUBSCRIBER_BARRED"


def test_a_new_segment_counts_from_the_next_report_on() -> None:
    """What was used until the report is priced as it was: 1.00; the next 100 are a gold customer's."""
    gold = price("gold", DATA, per("0.002"), under=circumstances_pb2.Conditions(segments=["gold"]))
    world = World(
        tariff(
            offering("basic", price("data", DATA, per("0.01")), gold),
            tables=catalog_pb2.Catalog(segments=[circumstances_pb2.Category(code="gold", name="Gold")]),
        )
    )
    world.open_account(money=eur("100.00"))
    session = world.session(report(DATA))
    _happens(world, ev.SubscriberChanged("acme", "sub-1", Profile("gold"), False, "", ""))
    assert session.update(report(DATA, 100)).cost.amount == eur("1.00")
    assert session.update(report(DATA, 100)).cost.amount == eur("0.20")


def test_a_dynamic_price_follows_the_load_and_each_factor_cumulates_apart() -> None:
    """100 at 0.01, then 100 at one and a half, then 100 at 0.01 again."""
    busy = price("data", DATA, per("0.01"), dynamic=factor("load_percent > 80 ? 1500 : 1000", 500, 2_000))
    world = World(tariff(offering("basic", busy)))
    world.open_account(money=eur("100.00"))
    session = world.session(report(DATA), observed=Observed(load_percent=10))
    first = session.update(report(DATA, 100), observed=Observed(load_percent=90))
    second = session.update(report(DATA, 100), observed=Observed(load_percent=20))
    third = session.update(report(DATA, 100))
    assert [answer.cost.amount for answer in (first, second, third)] == [
        eur("1.00"),
        eur("1.50"),
        eur("1.00"),
    ]
    assert [charge.factor_permille for charge in world.charges()] == [1_000, 1_500, 1_000]


def test_an_offline_rating_group_is_charged_and_needs_no_grant() -> None:
    offline = group(VIDEO)
    offline.charging_method = catalog_pb2.CHARGING_METHOD_OFFLINE
    world = World(
        tariff(offering("basic", price("video", VIDEO, per("0.01"))), groups=[offline]),
    )
    world.open_account(money=eur("1.00"))
    session = world.session(report(VIDEO))
    assert session.created.groups[0].result.name == "QUOTA_MANAGEMENT_NOT_APPLICABLE"
    answer = session.update(report(VIDEO, 300))
    assert answer.groups[0].result.name == "QUOTA_MANAGEMENT_NOT_APPLICABLE"
    assert (answer.cost.amount, world.money(), world.reserved()) == (eur("3.00"), eur("-2.00"), 0)
    assert world.charges()[0].offline


def test_charges_say_under_which_circumstances_usage_happened() -> None:
    slices = catalog_pb2.Catalog(
        slices=[circumstances_pb2.Slice(code="care", name="Care", sst=1, sd="0000a1")]
    )
    world = _world(tables=slices)
    session = world.session(report(DATA), observed=Observed(sst=1, sd="0000a1", five_qi=5), plmn="26201")
    session.update(report(DATA, 1), observed=Observed(sst=2))
    session.update(report(DATA, 1))
    first, second = (charge.circumstances for charge in world.charges())
    assert (first.zone, first.slice, first.five_qi) == ("home", "care", 5)
    assert (second.slice, second.five_qi) == ("", 5)
