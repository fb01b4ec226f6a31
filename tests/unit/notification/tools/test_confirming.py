"""A yes counts for what was proposed, to whom, in its time; and it takes effect once."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.kernel.clock import DAY, MINUTE, Instant
from services.notification.application.tools.ports import PeerRefusal
from services.notification.domain.confirming import (
    Confirmation,
    Proposal,
    ProposalState,
    Verdict,
    effect_key,
    judge,
    token_key,
)
from services.notification.domain.conversations import ProposedAction
from services.notification.domain.tools import ToolAnswer, ToolRefusal
from tests.support.notification_tools import ToolWorld
from tests.support.notification_tools_peers import NOW, OTHER, euro, terms_of


@pytest.fixture
def world() -> ToolWorld:
    return ToolWorld()


def proposal(state: ProposalState = ProposalState.PROPOSED) -> Proposal:
    expires_at = Instant(NOW + 10 * MINUTE)
    return Proposal("k", "s", "a", "buy", '{"x":1}', "{}", "1.00 EUR", "en", NOW, expires_at, state)


@given(
    subscriber=st.sampled_from(["s", "other"]),
    tool=st.sampled_from(["buy", "sell"]),
    arguments=st.sampled_from(["", '{"x":1}', '{"x":2}']),
    state=st.sampled_from(ProposalState),
    minutes=st.integers(0, 60),
)
def test_only_the_same_subscriber_tool_and_arguments_in_time_act(
    subscriber: str, tool: str, arguments: str, state: ProposalState, minutes: int
) -> None:
    verdict = judge(
        proposal(state), Confirmation(subscriber, tool, arguments), Instant(NOW + minutes * MINUTE)
    )
    fits = subscriber == "s" and tool == "buy" and arguments != '{"x":2}'
    if verdict is Verdict.ACT:
        assert fits
        assert state is ProposalState.PROPOSED
        assert minutes < 10
    if subscriber != "s":
        assert verdict is judge(None, Confirmation("s", "buy", ""), NOW) is Verdict.UNKNOWN
    if fits and state is ProposalState.DONE:
        assert verdict is Verdict.ANSWERED


@given(st.text(), st.text())
def test_keys_of_steps_are_idempotency_keys_and_tell_nothing_of_the_token(token: str, step: str) -> None:
    key = effect_key(token_key(token), step)
    assert len(key) <= 128
    assert key.isascii()
    assert key.isprintable()
    assert key == effect_key(token_key(token), step) != effect_key(token_key(token), step + "x")
    assert len(token) < 8 or token not in key


async def test_a_proposal_names_the_price_and_does_nothing(world: ToolWorld) -> None:
    proposed = await world.proposal("buy_add_on", offering_code="weekly-pass")
    assert proposed.price == "2.99 EUR"
    assert "€2.99 now, then €2.99 every 7 days" in proposed.summary
    assert proposed.expires_at == NOW + 10 * MINUTE
    assert len(proposed.confirmation_token) >= 43, "256 bits"
    assert world.charging.actions == []
    assert proposed.confirmation_token not in str(world.proposals.stored), "only a digest is kept"


async def test_confirmed_twice_it_acts_once_and_answers_the_same(world: ToolWorld) -> None:
    proposed = await world.proposal("buy_add_on", offering_code="weekly-pass")
    first, second = await world.yes(proposed), await world.yes(proposed)
    assert isinstance(first, ToolAnswer)
    assert first == second
    assert first.result["charged"] == "2.99 EUR"
    assert world.charging.actions == ["subscribe weekly-pass"]


async def test_confirmed_twice_at_once_it_acts_once(world: ToolWorld) -> None:
    proposed = await world.proposal("buy_add_on", offering_code="booster")
    answers = await asyncio.gather(*(world.yes(proposed) for _ in range(5)))
    assert all(answer == answers[0] for answer in answers)
    assert world.charging.actions == ["subscribe booster"]


async def test_a_bare_yes_stands_for_what_was_proposed(world: ToolWorld) -> None:
    proposed = await world.proposal("buy_add_on", offering_code="booster")
    done = await world.call("buy_add_on", token=proposed.confirmation_token)
    assert isinstance(done, ToolAnswer)


async def test_another_subscriber_cannot_use_a_token_and_hears_nothing_of_it(world: ToolWorld) -> None:
    proposed = await world.proposal("buy_add_on", offering_code="booster")
    stolen = await world.yes(proposed, by=OTHER)
    unknown = await world.call("buy_add_on", by=OTHER, token="x", offering_code="booster")
    assert stolen == unknown
    assert isinstance(stolen, ToolRefusal)
    assert stolen.reason == "CONFIRMATION_UNKNOWN"
    bare = await world.call("buy_add_on", by=OTHER, token=proposed.confirmation_token)
    assert isinstance(bare, ToolRefusal)
    assert bare.reason == "CONFIRMATION_UNKNOWN"
    assert world.charging.actions == []


async def test_a_token_is_for_its_tool_and_its_arguments(world: ToolWorld) -> None:
    proposed = await world.proposal("buy_add_on", offering_code="booster")
    for changed in ({"offering_code": "weekly-pass"}, {"chosen_offerings": ["video-pass"]}):
        said = await world.yes(proposed, **changed)
        assert isinstance(said, ToolRefusal)
        assert said.reason == "CONFIRMATION_DIFFERS"
    refused = await world.call("suspend_line", token=proposed.confirmation_token)
    assert isinstance(refused, ToolRefusal)
    assert refused.reason == "CONFIRMATION_DIFFERS"
    assert world.charging.actions == []


async def test_after_ten_minutes_it_is_too_late(world: ToolWorld) -> None:
    proposed = await world.proposal("buy_add_on", offering_code="booster")
    world.clock.advance(599)
    assert isinstance(await world.yes(proposed), ToolAnswer)
    late = await world.proposal("buy_add_on", offering_code="booster")
    world.clock.advance(600)
    refused = await world.yes(late)
    assert isinstance(refused, ToolRefusal)
    assert refused.reason == "CONFIRMATION_EXPIRED"
    assert world.charging.actions == ["subscribe booster"]


async def test_at_another_price_it_is_proposed_anew(world: ToolWorld) -> None:
    proposed = await world.proposal("buy_add_on", offering_code="booster")
    world.shop.reprice("booster", terms_of("2.49"))
    again = await world.yes(proposed)
    assert isinstance(again, ProposedAction)
    assert (again.price, again.confirmation_token) != (proposed.price, proposed.confirmation_token)
    assert again.price == "2.49 EUR"
    assert world.charging.actions == []
    assert isinstance(await world.yes(again), ToolAnswer)


async def test_what_it_costs_later_is_part_of_the_promise(world: ToolWorld) -> None:
    proposed = await world.proposal("buy_add_on", offering_code="try-it")
    assert proposed.price == ""
    assert "nothing for the first 7 days, then €7.99 a month" in proposed.summary
    world.shop.reprice("try-it", terms_of("0", "9.99", months=1, trial=7))
    assert isinstance(await world.yes(proposed), ProposedAction)


async def test_without_an_answer_the_same_token_goes_on_and_nothing_happens_twice(world: ToolWorld) -> None:
    for late in (False, True):
        world.charging.silent, world.charging.answers_late = 1, late
        before = len(world.charging.actions)
        proposed = await world.proposal("buy_add_on", offering_code="booster")
        interrupted = await world.yes(proposed)
        assert isinstance(interrupted, ToolRefusal)
        assert interrupted.reason == "STILL_WORKING"
        # Whatever became of prices and time since: it was promised, and begun.
        world.shop.reprice("booster", terms_of("9.99"))
        world.clock.advance(3600)
        assert isinstance(await world.yes(proposed), ToolAnswer)
        assert len(world.charging.actions) == before + 1
        world.shop.reprice("booster", terms_of("1.99"))


async def test_what_was_begun_is_finished_without_anybody_asking(world: ToolWorld) -> None:
    world.charging.silent = 1
    proposed = await world.proposal("buy_add_on", offering_code="booster")
    await world.yes(proposed)
    assert await world.toolbox.sweep() == 0, "it has just begun"
    world.clock.advance(60)
    assert await world.toolbox.sweep() == 1
    assert world.charging.actions == ["subscribe booster"]
    answer = await world.yes(proposed)
    assert isinstance(answer, ToolAnswer)
    assert world.charging.actions == ["subscribe booster"]


async def test_a_peer_that_stays_away_does_not_end_the_sweeping(world: ToolWorld) -> None:
    world.charging.silent = 3
    await world.yes(await world.proposal("buy_add_on", offering_code="booster"))
    for expected in (0, 0, 1):
        world.clock.advance(60)
        assert await world.toolbox.sweep() == expected


async def test_a_refusal_by_charging_ends_the_proposal(world: ToolWorld) -> None:
    proposed = await world.proposal("buy_add_on", offering_code="booster")
    world.charging.refuses["subscribe booster"] = PeerRefusal("BALANCE_INSUFFICIENT")
    refused = await world.yes(proposed)
    assert isinstance(refused, ToolRefusal)
    assert refused.reason == "BALANCE_INSUFFICIENT"
    world.charging.refuses.clear()
    assert await world.yes(proposed) == refused, "a token is used once"
    assert world.charging.actions == []


async def test_old_proposals_are_forgotten_but_not_those_in_the_middle_of_it(world: ToolWorld) -> None:
    await world.proposal("buy_add_on", offering_code="booster")
    world.charging.silent = 100
    await world.yes(await world.proposal("buy_add_on", offering_code="weekly-pass"))
    world.clock.advance(2 * DAY // 1_000_000)
    await world.toolbox.sweep()
    assert [item.state for item in world.proposals.stored.values()] == [ProposalState.BEGUN]


async def test_what_changed_on_the_account_is_looked_at_again(world: ToolWorld) -> None:
    proposed = await world.proposal("buy_add_on", offering_code="weekly-pass")
    assert world.charging.now is not None
    world.charging.now = type(world.charging.now)("anna", euro("1.00"), ("prepaid-data",), False)
    refused = await world.yes(proposed)
    assert isinstance(refused, ToolRefusal)
    assert refused.reason == "MONEY_MISSING"
    assert "€1.99 are missing" in refused.text
