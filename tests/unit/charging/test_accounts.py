"""Accounts: provision, top up, adjust, transfer; thresholds, and who is called back once there is money."""

from __future__ import annotations

import pytest

from services.charging.domain import commands
from services.charging.domain.answers import AccountAnswer
from services.charging.domain.commands import NewSubscriber, NewSubscription, ProvisionAccount
from services.charging.domain.events import ReauthorisationRequested, ThresholdCrossed
from services.common.kernel.clock import EPOCH
from services.common.kernel.money import MAX_MINOR_MICROS
from tests.support.charging_catalog import DATA, TEXT, VIDEO, allowance, flat, offering, per, price, tariff
from tests.support.charging_world import NOON, World, at, eur, report

BASIC = offering("basic", price("data", DATA, per("0.01")), price("video", VIDEO, per("0.01")))
PASSES = [
    offering(code, allowances=[allowance("gift", 100, shared=code == "family")])
    for code in ("family", "music", "news", "video")
]
BUNDLE = offering("bundle", includes=["basic"], choice=(1, 2, ("music", "news")))


def _world(money: str = "10.00", credit: str = "0.00") -> World:
    world = World(tariff(BASIC, BUNDLE, *PASSES, low_balance=eur("1.00")))
    world.open_account(money=eur(money), credit=eur(credit))
    return world


def _provision(*subscribers: NewSubscriber, code: str = "EUR") -> ProvisionAccount:
    return ProvisionAccount("new", code, 0, 0, subscribers, NOON)


def _subscriber(name: str, *subscriptions: tuple[str, tuple[str, ...]]) -> NewSubscriber:
    return NewSubscriber(name, "", tuple(NewSubscription(code, chosen) for code, chosen in subscriptions))


def test_a_bundle_brings_what_it_includes_and_what_was_chosen() -> None:
    world = _world()
    answer = world.do(_provision(_subscriber("new-1", ("bundle", ("music",)), ("family", ()))))
    assert isinstance(answer, AccountAnswer)
    (view,) = answer.views
    assert {item.offering_code for item in view.subscribers[0].subscriptions} == {
        "bundle",
        "basic",
        "music",
        "family",
    }
    assert [bucket.bucket_id for bucket in view.buckets] == [
        "new/money",
        "new-1/music/gift",
        "new/family/gift",
    ]
    assert view.subscribers[0].time_zone == "Europe/Berlin"


@pytest.mark.parametrize(
    ("chosen", "reason"),
    [
        ((), "CHOICE_INVALID"),
        (("music", "news", "video"), "CHOICE_INVALID"),
        (("video",), "CHOICE_INVALID"),
        (("music", "music"), ""),
    ],
)
def test_a_choice_is_so_many_of_those_offered(chosen: tuple[str, ...], reason: str) -> None:
    world = _world()
    command = _provision(_subscriber("new-1", ("bundle", chosen)))
    if reason:
        assert world.refusal(command) == reason
    else:
        world.do(command)


def test_a_shared_bucket_is_opened_once_for_all_subscribers() -> None:
    world = _world()
    world.do(_provision(*(_subscriber(f"new-{number}", ("family", ()), ("news", ())) for number in range(3))))
    assert [bucket for bucket in world.state.accounts["new"].bucket_ids if "family" in bucket] == [
        "new/family/gift"
    ]
    assert len(world.state.accounts["new"].bucket_ids) == 1 + 1 + 3


def test_provision_is_refused_with_its_reason() -> None:
    world = _world()
    assert world.refusal(_provision(_subscriber("new-1", ("nothing", ())))) == "OFFERING_UNKNOWN"
    assert world.refusal(_provision(code="USD")) == "CURRENCY_MISMATCH"
    assert world.refusal(ProvisionAccount("acme", "EUR", 0, 0, (), NOON)) == "ACCOUNT_EXISTS"
    empty = World()
    assert empty.refusal(_provision()) == "CATALOG_NOT_PUBLISHED"


def test_the_opening_balance_and_the_credit_limit_are_what_can_be_spent() -> None:
    world = _world("1.00", credit="0.50")
    assert world.refusal(world.event(report(DATA, 151))) == "QUOTA_LIMIT_REACHED"
    world.do(world.event(report(DATA, 150)))
    assert world.money() == -eur("0.50")


def test_a_top_up_adds_and_stops_where_numbers_end() -> None:
    world = _world()
    world.do(commands.TopUp("acme", "EUR", eur("5.00"), "voucher"))
    assert world.money() == eur("15.00")
    huge = MAX_MINOR_MICROS // 4
    assert world.refusal(commands.TopUp("acme", "EUR", huge, "voucher")) == "AMOUNT_OUT_OF_RANGE"
    assert world.refusal(commands.TopUp("acme", "USD", 1, "voucher")) == "CURRENCY_MISMATCH"
    assert world.refusal(commands.TopUp("nobody", "EUR", 1, "voucher")) == "ACCOUNT_UNKNOWN"


def _adjust(amount: int, bucket: str = "acme/money", unit: str = "EUR") -> commands.Adjust:
    return commands.Adjust("acme", bucket, unit, unit == "EUR" or unit == "USD", amount, "goodwill", "care-1")


def test_an_adjustment_never_takes_what_is_reserved() -> None:
    world = _world("10.00")
    world.session(report(DATA, want=400))
    assert world.refusal(_adjust(-eur("6.01"))) == "BALANCE_INSUFFICIENT"
    world.do(_adjust(-eur("6.00")))
    assert (world.money(), world.reserved()) == (eur("4.00"), eur("4.00"))


def test_an_adjustment_names_the_bucket_and_its_unit() -> None:
    world = World(tariff(offering("basic", allowances=[allowance("own", 100)])))
    world.open_account()
    world.do(_adjust(25, "sub-1/basic/own", "octets"))
    assert world.bucket("sub-1/basic/own").balance == 125
    assert world.refusal(_adjust(-126, "sub-1/basic/own", "octets")) == "BALANCE_INSUFFICIENT"
    assert world.refusal(_adjust(1, "sub-1/basic/own", "seconds")) == "UNIT_MISMATCH"
    assert world.refusal(_adjust(1, unit="USD")) == "CURRENCY_MISMATCH"
    assert world.refusal(_adjust(1, "acme/nothing")) == "BUCKET_UNKNOWN"


def test_a_transfer_moves_own_money_that_is_not_reserved() -> None:
    world = _world("10.00", credit="5.00")
    world.open_account("taker", money=0, subscribers=["sub-2"])
    world.session(report(DATA, want=400))

    def transfer(amount: str, to: str = "taker", code: str = "EUR") -> commands.Transfer:
        return commands.Transfer("acme", to, code, eur(amount), "present")

    assert world.refusal(transfer("6.01")) == "BALANCE_INSUFFICIENT", "credit cannot be given away"
    world.do(transfer("6.00"))
    assert (world.money(), world.money("taker")) == (eur("4.00"), eur("6.00"))
    assert world.refusal(transfer("0.01", to="acme")) == "FIELD_INVALID"
    assert world.refusal(transfer("0.01", to="nobody")) == "ACCOUNT_UNKNOWN"
    assert world.refusal(transfer("0.01", code="USD")) == "CURRENCY_MISMATCH"


def _crossed(world: World) -> list[int]:
    return [event.used_percent for event in world.last_events if isinstance(event, ThresholdCrossed)]


def test_each_threshold_of_an_allowance_is_crossed_once() -> None:
    own = allowance("own", 200, thresholds=[50, 80, 100])
    world = World(tariff(offering("basic", price("data", DATA, per("0.01")), allowances=[own])))
    world.open_account()
    session = world.session()
    seen = []
    for used in (99, 1, 50, 9, 1, 39, 1, 1):
        session.update(report(DATA, used, want=None))
        seen.append(_crossed(world))
    assert seen == [[], [50], [], [], [80], [], [100], []]


def test_one_report_may_cross_several_thresholds() -> None:
    own = allowance("own", 200, thresholds=[50, 80, 100])
    world = World(tariff(offering("basic", price("data", DATA, per("0.01")), allowances=[own])))
    world.open_account()
    world.session().update(report(DATA, 500, want=None))
    assert _crossed(world) == [50, 80, 100]


def test_low_money_is_told_when_it_falls_to_the_mark_and_again_after_a_top_up() -> None:
    world = _world("1.20")
    session = world.session()
    told = []
    for used in (19, 1, 5):
        answer = session.update(report(DATA, used, want=None))
        told.append((_crossed(world), answer.low_balance))
    assert told == [([], False), ([0], True), ([], True)]
    world.do(commands.TopUp("acme", "EUR", eur("1.00"), "voucher"))
    assert _crossed(world) == []
    session.update(report(DATA, 100, want=None))
    assert _crossed(world) == [0]


def _called_back(world: World) -> list[tuple[str, tuple[int, ...]]]:
    return [
        (event.ref, event.rating_groups)
        for event in world.last_events
        if isinstance(event, ReauthorisationRequested)
    ]


def test_a_top_up_calls_back_the_sessions_that_had_run_dry() -> None:
    world = _world("0.00")
    dry = world.session(report(DATA), report(VIDEO))
    world.session()
    world.do(commands.TopUp("acme", "EUR", eur("1.00"), "voucher"))
    assert _called_back(world) == [(dry.ref, (DATA, VIDEO))]
    assert world.state.sessions[dry.ref].reauthorisation_pending == (DATA, VIDEO)
    answer = dry.update(report(DATA))
    assert answer.groups[0].result.name == "SUCCESS"
    assert world.state.sessions[dry.ref].reauthorisation_pending == (VIDEO,)
    assert not world.state.sessions[dry.ref].rating_groups[DATA].blocked


def test_a_top_up_leaves_alone_what_still_has_units() -> None:
    world = _world("0.05")
    served = world.session(report(DATA))
    dry = world.session(report(DATA))
    assert [item.created.groups[0].result.name for item in (served, dry)] == [
        "SUCCESS",
        "QUOTA_LIMIT_REACHED",
    ]
    world.do(commands.TopUp("acme", "EUR", eur("1.00"), "voucher"))
    assert _called_back(world) == [(dry.ref, (DATA,))]


def test_money_that_does_not_reach_zero_calls_nobody_back() -> None:
    world = _world("0.50")
    session = world.session(report(DATA))
    session.update(report(DATA, 100))
    assert world.money() == -eur("0.50")
    world.do(commands.TopUp("acme", "EUR", eur("0.50"), "voucher"))
    assert _called_back(world) == []
    world.do(commands.TopUp("acme", "EUR", eur("0.01"), "voucher"))
    assert _called_back(world) == [(session.ref, (DATA,))]


def test_an_adjustment_a_transfer_and_a_refund_call_back_too() -> None:
    world = World(tariff(BASIC, offering("texts", price("text", TEXT, flat("0.10")))))
    world.open_account(money=eur("0.10"), offerings=("basic", "texts"))
    world.open_account("giver", subscribers=["sub-2"])
    world.do(world.event(report(TEXT, 1)))
    charge = world.charges()[0]
    past = commands.PastCharge(charge.charge_id, "acme", "sub-1", "EUR", charge.amount, 0, charge.debits)
    dry = world.session(report(DATA))
    ways: tuple[commands.Command, ...] = (
        _adjust(1),
        commands.Transfer("giver", "acme", "EUR", 1, "present"),
        commands.Refund("sub-1", past, None, "", 1, NOON),
    )
    for command in ways:
        world.do(command)
        assert _called_back(world) == [(dry.ref, (DATA,))], command


def test_a_bucket_is_valid_from_the_start_of_the_subscription() -> None:
    world = World(tariff(BASIC, effective_from=EPOCH))
    start = at("2026-03-10 00:00")
    world.do(ProvisionAccount("new", "EUR", 0, 0, (_subscriber("new-1", ("basic", ())),), start))
    answer = world.session(report(DATA), subscriber="new-1", when=NOON).created
    assert answer.groups[0].result.name == "END_USER_SERVICE_DENIED"
