"""Immediate events: all of it is debited or nothing; refunds give back what was charged, once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.charging.application.find_charge import past_charge
from services.charging.domain import commands
from services.charging.domain.answers import ChargingAnswer
from services.charging.domain.apply import apply_entry
from services.charging.domain.commands import EventAction, PastCharge, Refund
from services.charging.domain.decisions.decision import Decided
from services.charging.domain.decisions.refund import give_back_whole
from services.charging.domain.draft import Draft
from services.charging.domain.events import (
    BucketClosed,
    BucketOpened,
    ChargeRefunded,
    Debit,
    Entry,
    FeeCharged,
    Operation,
    UsageCharged,
)
from tests.support.charging_catalog import (
    DATA,
    TEXT,
    VIDEO,
    allowance,
    flat,
    offering,
    per,
    price,
    tariff,
)
from tests.support.charging_world import NOON, World, eur, later, report


def _world(money: str = "1.00") -> World:
    prices = (price("data", DATA, per("0.01")), price("text", TEXT, flat("0.07")))
    abroad = offering("abroad", price("video", VIDEO, per("0.01")), denied=["us"])
    basic = offering("basic", *prices, allowances=[allowance("small", 30), allowance("big", 50, priority=20)])
    world = World(tariff(basic, abroad))
    world.open_account(money=eur(money), offerings=("basic", "abroad"))
    return world


def _answer(world: World, command: commands.Command) -> ChargingAnswer:
    answer = world.do(command)
    assert isinstance(answer, ChargingAnswer)
    return answer


def _past(charge: UsageCharged) -> PastCharge:
    past = past_charge(charge)
    assert past is not None
    return past


def _refund(world: World, amount: str | None = None, subscriber: str = "sub-1", code: str = "EUR") -> Refund:
    minor_micros = None if amount is None else eur(amount)
    return Refund(subscriber, _past(world.charges()[0]), minor_micros, code, 1, NOON)


def test_an_event_takes_its_units_as_used_or_as_requested() -> None:
    for units in (report(TEXT, 1, want=None), report(TEXT, want=1)):
        world = _world()
        answer = _answer(world, world.event(units))
        assert (answer.cost.amount, world.money()) == (eur("0.07"), eur("0.93"))
        assert answer.cost.charge_ids == (world.charges()[0].charge_id,)


def test_a_debit_is_done_whole_or_not_at_all() -> None:
    world = _world("0.50")
    assert world.refusal(world.event(report(TEXT, 1), report(DATA, 124))) == "QUOTA_LIMIT_REACHED"
    assert world.refusal(world.event(report(TEXT, 1), report(99, 1))) == "RATING_FAILED"
    assert world.refusal(world.event(report(TEXT, 1), report(VIDEO, 1), plmn="31001")) == (
        "END_USER_REQUEST_DENIED"
    )
    assert world.refusal(world.event()) == "FIELD_MISSING"
    answer = _answer(world, world.event(report(TEXT, 1), report(DATA, 123)))
    assert (answer.cost.amount, world.money()) == (eur("0.50"), 0), "80 octets come from the allowances"


def test_an_event_does_not_touch_what_is_held_for_a_session() -> None:
    world = _world("0.10")
    world.session(report(VIDEO, want=5))
    assert world.reserved() == eur("0.05")
    assert world.refusal(world.event(report(TEXT, 1))) == "QUOTA_LIMIT_REACHED"


@pytest.mark.parametrize(
    ("action", "units", "result"),
    [
        (EventAction.PRICE_ENQUIRY, 100, "SUCCESS"),
        (EventAction.PRICE_ENQUIRY, 1_000, "SUCCESS"),
        (EventAction.CHECK_BALANCE, 180, "SUCCESS"),
        (EventAction.CHECK_BALANCE, 181, "QUOTA_LIMIT_REACHED"),
    ],
)
def test_an_enquiry_and_a_check_have_no_effect(action: EventAction, units: int, result: str) -> None:
    """80 octets are included, 100 more can be paid."""
    world = _world()
    decided = world.decide(world.event(report(DATA, units), action=action))
    assert isinstance(decided, Decided)
    assert isinstance(decided.answer, ChargingAnswer)
    assert decided.events == ()
    assert decided.answer.groups[0].result.name == result
    assert decided.answer.cost.amount == (units - 80) * eur("0.01")
    assert decided.answer.cost.charge_ids == ()
    assert [bucket.balance for bucket in decided.answer.remaining] == [eur("1.00"), 30, 50]


def test_a_whole_refund_gives_back_money_and_units() -> None:
    world = _world()
    _answer(world, world.event(report(DATA, 100)))
    answer = _answer(world, _refund(world))
    assert answer.cost.amount == -eur("0.20")
    assert [bucket.balance for bucket in answer.remaining] == [eur("1.00"), 30, 50]
    event = next(event for event in world.last_events if isinstance(event, ChargeRefunded))
    assert [(credit.bucket_id.rpartition("/")[2], credit.amount) for credit in event.credits] == [
        ("money", eur("0.20")),
        ("big", 50),
        ("small", 30),
    ]
    assert world.refusal(_refund(world)) == "REFUND_EXCEEDS_CHARGE"


def test_partial_refunds_never_add_up_to_more_than_was_charged() -> None:
    world = _world()
    _answer(world, world.event(report(DATA, 100)))
    assert world.refusal(_refund(world, "0.21")) == "REFUND_EXCEEDS_CHARGE"
    _answer(world, _refund(world, "0.15"))
    assert world.refusal(_refund(world, "0.06")) == "REFUND_EXCEEDS_CHARGE"
    _answer(world, _refund(world, "0.05"))
    assert world.money() == eur("1.00")
    assert world.bucket("sub-1/basic/small").balance == 0, "units come back with a whole refund only"
    assert world.refusal(_refund(world, "0.01")) == "REFUND_EXCEEDS_CHARGE"
    _answer(world, _refund(world))
    assert (world.money(), world.bucket("sub-1/basic/small").balance) == (eur("1.00"), 30)
    assert world.refusal(_refund(world)) == "REFUND_EXCEEDS_CHARGE"


def test_the_rest_of_a_charge_is_what_earlier_refunds_left() -> None:
    world = _world()
    _answer(world, world.event(report(TEXT, 1)))
    _answer(world, _refund(world, "0.03"))
    assert _answer(world, _refund(world)).cost.amount == -eur("0.04")
    assert world.money() == eur("1.00")


def test_a_charge_paid_by_allowances_alone_can_be_refunded_once() -> None:
    world = _world()
    _answer(world, world.event(report(DATA, 10)))
    _answer(world, _refund(world))
    assert world.bucket("sub-1/basic/small").balance == 30
    assert world.refusal(_refund(world)) == "REFUND_EXCEEDS_CHARGE"


def test_a_refund_is_refused_to_others_in_other_currencies_and_backwards() -> None:
    world = _world()
    world.open_account("other", subscribers=["sub-2"])
    _answer(world, world.event(report(TEXT, 1)))
    assert world.refusal(_refund(world, subscriber="sub-2")) == "CHARGE_UNKNOWN"
    assert world.refusal(_refund(world, "0.01", code="USD")) == "CURRENCY_MISMATCH"
    assert world.refusal(_refund(world, "0.00")) == "AMOUNT_OUT_OF_RANGE"
    assert world.refusal(_refund(world, "-0.01")) == "AMOUNT_OUT_OF_RANGE"


def test_a_charge_of_a_session_can_be_refunded_while_it_runs_and_after() -> None:
    world = _world()
    session = world.session(report(DATA))
    session.update(report(DATA, 100))
    _answer(world, _refund(world))
    assert world.money() == eur("1.00")
    assert world.refusal(_refund(world, "0.01")) == "REFUND_EXCEEDS_CHARGE"
    session.release()
    assert world.refusal(_refund(world)) == "REFUND_EXCEEDS_CHARGE"


def test_a_member_gets_back_what_a_refunded_charge_took_of_a_limit() -> None:
    """A member may use 40 of the shared 100; after the refund of 30 all 40 are free again."""
    shared = allowance("family", 100, shared=True, member_limit=40)
    world = World(tariff(offering("basic", price("data", DATA, per("0.01")), allowances=[shared])))
    world.open_account(money=eur("1.00"))
    _answer(world, world.event(report(DATA, 30)))
    _answer(world, _refund(world))
    _answer(world, world.event(report(DATA, 40)))
    assert (world.charges()[-1].amount, world.bucket("acme/basic/family").balance) == (0, 60)


def test_units_whose_bucket_is_gone_stay_gone() -> None:
    world = _world()
    _answer(world, world.event(report(DATA, 100)))
    closed = BucketClosed("acme", "sub-1/basic/small", "octets", 0, 0)
    apply_entry(world.state, Entry(NOON, Operation.RENEW, (closed,)))
    _answer(world, _refund(world))
    assert (world.money(), world.bucket("sub-1/basic/big").balance) == (eur("1.00"), 50)


def test_a_bucket_of_the_same_name_that_was_opened_later_gets_nothing_back() -> None:
    world = _world()
    _answer(world, world.event(report(DATA, 100)))
    bucket = world.bucket("sub-1/basic/small")
    closed = BucketClosed("acme", bucket.bucket_id, "octets", 0, 0)
    anew = BucketOpened(replace(bucket, balance=30, valid_from=later(NOON, 60)))
    apply_entry(world.state, Entry(NOON, Operation.RENEW, (closed, anew)))
    _answer(world, _refund(world))
    assert world.bucket("sub-1/basic/small").balance == 30
    assert world.bucket("sub-1/basic/big").balance == 50


def _fee(amount: str) -> FeeCharged:
    """A monthly fee, paid with money; a negative one was given back by a move within the period."""
    minor_micros = eur(amount)
    return FeeCharged(
        charge_id="f-0-9-1-1",
        account_id="acme",
        subscriber_id="sub-1",
        catalog_version=1,
        offering_code="basic",
        fee_code="monthly",
        currency_code="EUR",
        amount=minor_micros,
        tax_code="",
        tax=0,
        debits=(Debit("acme/money", "EUR", minor_micros),),
        period_from=NOON,
        period_until=NOON,
        overdrawn=0,
        part=1,
        whole=1,
        promotion_percent=0,
    )


def test_a_fee_is_refunded_like_any_charge() -> None:
    world = _world("0.10")
    charge = past_charge(_fee("4.99"))
    assert charge is not None
    _answer(world, Refund("sub-1", charge, eur("1.00"), "EUR", 1, NOON))
    _answer(world, Refund("sub-1", charge, None, "EUR", 2, NOON))
    assert world.money() == eur("5.09")
    assert world.refusal(Refund("sub-1", charge, None, "EUR", 3, NOON)) == "REFUND_EXCEEDS_CHARGE"


def test_what_was_given_back_itself_cannot_be_refunded() -> None:
    world = _world()
    credit = past_charge(_fee("-4.99"))
    assert credit is not None
    assert world.refusal(Refund("sub-1", credit, None, "EUR", 1, NOON)) == "REFUND_EXCEEDS_CHARGE"
    _answer(world, world.event(report(TEXT, 1)))
    _answer(world, _refund(world))
    (refunded,) = [event for event in world.last_events if isinstance(event, ChargeRefunded)]
    assert past_charge(refunded) is None


def test_giving_back_whole_does_nothing_where_nothing_is_left() -> None:
    world = _world()
    _answer(world, world.event(report(TEXT, 1)))
    draft = Draft(world.state)
    assert give_back_whole(draft, _past(world.charges()[0]), "r-0-9-1") == eur("0.07")
    _answer(world, _refund(world))
    draft = Draft(world.state)
    assert give_back_whole(draft, _past(world.charges()[0]), "r-0-9-1") == 0
    assert draft.events == []
