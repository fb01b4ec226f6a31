"""Story: offers learns from what customers answer, and another model is trained, judged and rolled out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from functools import partial
from pathlib import Path

import pytest
from tidemark.offers.v1 import decision_pb2, learning_api_pb2, offer_api_pb2
from typer.testing import CliRunner, Result

from services.cli.main import app
from services.common.kernel.clock import DAY
from services.offers.domain.rollouts import CHALLENGER, CHAMPION, EXPERIMENT_CODE
from tests.support.live_charging import Node
from tests.support.live_prices import EURO
from tests.support.offers_customer import MEGABYTE, PERSONALISED, STREAMING, Customer, customer
from tests.support.offers_live import CALL_SECONDS, WAIT_SECONDS, OffersWorld, offers_world, refused
from tests.support.waiting import eventually

WEEK = "video-premium-week"
LESS = "video-premium-less"
ANSWERING, LATER, ASKING = 80, 30, 24
NOT_ENOUGH_EVIDENCE = 3
ACCEPTED = decision_pb2.OUTCOME_KIND_ACCEPTED
DECLINED = decision_pb2.OUTCOME_KIND_DECLINED
IGNORED = decision_pb2.OUTCOME_KIND_IGNORED


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[OffersWorld]:
    async with offers_world(tmp_path, monkeypatch) as running:
        yield running


async def test_what_customers_answer_changes_what_is_offered_and_a_challenger_gets_its_share_and_goes(
    world: OffersWorld,
) -> None:
    streamers = await opened(world, "streamer", ANSWERING)
    decisions = [await decided(streamer) for streamer in streamers]
    (first_version,) = {decision.model_version for decision in decisions if not decision.control_group}
    answers = await answered(world, streamers, decisions)
    assert set(answers.values()) == {ACCEPTED, DECLINED, IGNORED}
    rewarded = [decision for decision in decisions if not decision.control_group]
    await eventually(lambda: learnt(world) == len(rewarded), WAIT_SECONDS, "every reward was learnt from")
    await the_models_have_changed(world, decisions[-1], first_version)

    log = world.folder / "decisions.parquet"
    challenger = await trained(world, log, answers)
    # Judged by what others answered since: what a model has learnt from says nothing of it.
    nothing = await tidemark(world, "evaluate", "--model", challenger, "--log", str(log), *registry(world))
    assert nothing.exit_code == 1
    later = await opened(world, "later", LATER)
    await answered(world, later, [await decided(one) for one in later])
    evaluated = await tidemark(world, "evaluate", "--model", challenger, *registry(world))
    assert evaluated.exit_code == NOT_ENOUGH_EVIDENCE, evaluated.output
    assert "NOT ENOUGH EVIDENCE" in evaluated.output

    await everybody_in_two_arms(world, challenger)
    back = learning_api_pb2.RollBackRequest(request_id="back", actor="story", reason="seen enough")
    rollout = (await world.desk.learning.RollBack(back, timeout=CALL_SECONDS)).rollout
    assert (rollout.state, rollout.reason) == ("rolled_back", "seen enough")
    after = [await decided(streamer) for streamer in streamers[:ASKING]]
    assert all(EXPERIMENT_CODE not in decision.arms for decision in after)
    assert challenger not in {decision.model_version for decision in after}


async def answered(
    world: OffersWorld, streamers: Sequence[Customer], decisions: Sequence[decision_pb2.Decision]
) -> dict[str, decision_pb2.OutcomeKind.ValueType]:
    """The free week is always taken; the discount is declined, or ignored until its window closes."""
    answers = {}
    for index, (streamer, decision) in enumerate(zip(streamers, decisions, strict=True)):
        (code,) = decision.presented_offer_codes
        if code == WEEK:
            answers[decision.decision_id] = ACCEPTED
            await streamer.accepts(decision.decision_id, code, "care")
        elif index % 2:
            answers[decision.decision_id] = DECLINED
            await streamer.declines(decision.decision_id, code)
        else:
            answers[decision.decision_id] = IGNORED
    assert [await outcome(world, one) for one in decisions if answers[one.decision_id] is IGNORED] == [
        None for kind in answers.values() if kind is IGNORED
    ], "unknown, until the window closes"
    world.clock.turn(8 * DAY)
    # Windows are looked at when offers starts, and every ten seconds.
    await world.restart()
    for decision in decisions:
        await eventually(partial(_has_outcome, world, decision), WAIT_SECONDS, "an outcome")
        assert await outcome(world, decision) == answers[decision.decision_id]
    return answers


async def the_models_have_changed(
    world: OffersWorld, before: decision_pb2.Decision, first_version: str
) -> None:
    """Whoever asks now is answered by another version, to which the week is worth more than before."""
    newcomers = [await decided(one) for one in await opened(world, "newcomer", 4)]
    # Two in a hundred are of the control group, whom no model answers.
    now = next(decision for decision in newcomers if not decision.control_group)
    assert now.model_version not in ("", first_version)
    assert propensity(now, WEEK) > 2 * propensity(before, WEEK)
    assert propensity(now, LESS) < propensity(now, WEEK) / 2
    listed = await world.desk.learning.ListModels(learning_api_pb2.ListModelsRequest(), timeout=CALL_SECONDS)
    (champion,) = [model for model in listed.models if model.champion]
    assert champion.kind == "online"
    assert champion.version != first_version
    assert champion.examples > 0


async def trained(
    world: OffersWorld, log: Path, answers: dict[str, decision_pb2.OutcomeKind.ValueType]
) -> str:
    """The log exported, and a model of another kind made from it: its version."""
    exported = await tidemark(world, "export-decisions", "--out", str(log))
    assert exported.exit_code == 0, exported.output
    trained = await tidemark(world, "train", "--log", str(log), "--seed", "5", *registry(world))
    assert trained.exit_code == 0, trained.output
    listed = json.loads((await tidemark(world, "models", "--json")).stdout)["models"]
    (challenger,) = [model for model in listed if model["kind"] == "challenger"]
    assert int(challenger["positives"]) >= 20
    assert int(challenger["positives"]) <= sum(kind is ACCEPTED for kind in answers.values())
    return str(challenger["version"])


async def everybody_in_two_arms(world: OffersWorld, challenger: str) -> None:
    """Not promoted, so it takes somebody's word; at half of the subscribers both arms answer."""
    start = learning_api_pb2.StartRolloutRequest(
        request_id="start", model_version=challenger, actor="story", reason="to see it"
    )
    assert await refused(world.desk.learning.StartRollout(start)) == "FAILED_PRECONDITION NOT_PROMOTED"
    start.force = True
    start.request_id = "start-anyway"
    rollout = (await world.desk.learning.StartRollout(start, timeout=CALL_SECONDS)).rollout
    assert (rollout.challenger_version, rollout.state, rollout.percent) == (challenger, "running", 1)
    for percent in (10, 50):
        advance = learning_api_pb2.AdvanceRolloutRequest(request_id=f"to-{percent}", actor="story")
        rollout = (await world.desk.learning.AdvanceRollout(advance, timeout=CALL_SECONDS)).rollout
        assert rollout.percent == percent
    asking = await opened(world, "asking", ASKING)
    decisions = [one for one in [await decided(each) for each in asking] if not one.control_group]
    arms = {decision.arms[EXPERIMENT_CODE] for decision in decisions}
    assert arms == {CHAMPION, CHALLENGER}
    for decision in decisions:
        is_challenger = decision.arms[EXPERIMENT_CODE] == CHALLENGER
        assert (decision.model_version == challenger) == is_challenger
        assert decision.fallback == ""
    again = [await decided(each) for each in asking]
    assert {one.subscriber_pseudonym: one.arms.get(EXPERIMENT_CODE) for one in again if one.arms} == {
        one.subscriber_pseudonym: one.arms[EXPERIMENT_CODE] for one in decisions
    }


async def opened(world: OffersWorld, name: str, count: int) -> list[Customer]:
    """Heavy streamers with money, whom nothing is sent that they have not asked for."""
    found = await asyncio.gather(
        *(
            customer(world, f"{name}-{number}", money=60 * EURO, consents=(PERSONALISED,))
            for number in range(count)
        )
    )
    await asyncio.gather(*(one.use(320 * MEGABYTE, STREAMING) for one in found))
    await world.folded()
    return found


async def decided(streamer: Customer) -> decision_pb2.Decision:
    """One offer, asked for during a call."""
    decision_id = (await streamer.asks("care-call", "care", limit=1)).decision_id
    return await streamer.decision(decision_id)


async def outcome(world: OffersWorld, decision: decision_pb2.Decision) -> int | None:
    """What became of a decision."""
    request = offer_api_pb2.GetDecisionRequest(decision_id=decision.decision_id)
    found = await world.desk.offers.GetDecision(request, timeout=CALL_SECONDS)
    kinds = [one.kind for one in found.outcomes]
    assert len(kinds) <= 1
    return kinds[0] if kinds else None


def propensity(decision: decision_pb2.Decision, code: str) -> float:
    """How probably an offer is accepted, to the model."""
    (found,) = [one.factors.propensity for one in decision.candidates if one.offer_code == code]
    return found


def learnt(world: OffersWorld) -> int:
    """Up to which reward the champion's line has learnt."""
    ((position,),) = world.rows("SELECT coalesce(max(position), 0) FROM learner_position")
    return int(position)


def registry(world: OffersWorld) -> tuple[str, str]:
    """Where models are."""
    return "--registry", str(world.folder / "models")


async def tidemark(world: OffersWorld, *arguments: str) -> Result:
    """One command of the operator. In a thread, since the services live in this one's loop."""
    assert isinstance(world.offers, Node)
    environment = {"TIDEMARK_OFFERS_ADDRESS": world.offers.address}
    return await asyncio.to_thread(CliRunner().invoke, app, ["offers", *arguments], env=environment)


async def _has_outcome(world: OffersWorld, decision: decision_pb2.Decision) -> bool:
    return await outcome(world, decision) is not None
