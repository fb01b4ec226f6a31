"""Roll-outs over gRPC: gated, in steps, with everybody in their arm, and back by themselves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.offers.v1 import learning_api_pb2 as api

from services.common.kernel.clock import HOUR, Instant
from services.common.runtime.callers import Role
from services.offers.domain.policies import Arm, Experiment
from services.offers.domain.rollouts import EXPERIMENT_CODE, arm_of
from tests.support.agreement_server import refusal
from tests.support.offers_learning_server import MODELS_KEPT, LearningServer, compiled, learning_server
from tests.support.postgres import new_postgres_database


@pytest.fixture(params=["sqlite", "postgresql"])
async def server(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[LearningServer]:
    url = f"sqlite:///{tmp_path / 'offers.sqlite'}" if request.param == "sqlite" else new_postgres_database()
    async with learning_server(url, tmp_path) as running:
        yield running


async def started(server: LearningServer, version: str, request_id: str = "r-start") -> api.Rollout:
    async with server.stub() as stub:
        await stub.RecordVerdict(
            api.RecordVerdictRequest(
                request_id=f"v-{request_id}",
                model_version=version,
                verdict="PROMOTE",
                report="{}",
                actor="desk",
            )
        )
        answer = await stub.StartRollout(
            api.StartRolloutRequest(request_id=request_id, model_version=version, actor="desk")
        )
    rollout: api.Rollout = answer.rollout
    return rollout


async def decide(server: LearningServer, people: int, tag: str, *, complaining: str = "") -> None:
    """Everybody asks once; the arm is the one that the scorers say. Whoever is in `complaining` complains."""
    rows = []
    for number in range(people):
        pseudonym = f"{tag}-{number}"
        _, arm = server.scorers.scorer_for(pseudonym)
        arms = {EXPERIMENT_CODE: arm} if arm else {}
        outcomes = ("complained",) if arm and arm == complaining else ("ignored",)
        rows.append((f"{tag}{number:05d}", pseudonym, arms, outcomes))
    await server.log(rows)


async def advance(server: LearningServer, request_id: str) -> api.Rollout:
    server.clock.at = Instant(server.clock.at + HOUR)
    async with server.stub() as stub:
        answer = await stub.AdvanceRollout(api.AdvanceRolloutRequest(request_id=request_id, actor="desk"))
    rollout: api.Rollout = answer.rollout
    return rollout


async def at_half(server: LearningServer, version: str) -> api.Rollout:
    await started(server, version)
    return await from_start_to_half(server)


async def from_start_to_half(server: LearningServer) -> api.Rollout:
    await decide(server, 2_000, "a")
    await advance(server, "r-10")
    await decide(server, 400, "b")
    return await advance(server, "r-50")


async def test_a_promoted_model_goes_to_everybody_in_steps_and_becomes_the_champion(
    server: LearningServer,
) -> None:
    before, version = server.registry.champion(), server.another_model()
    rollout = await started(server, version)
    assert (rollout.state, rollout.percent, rollout.champion_version) == ("running", 1, before)
    half = await from_start_to_half(server)
    assert half.percent == 50
    assert server.registry.champion() == before
    await decide(server, 400, "c")
    done = await advance(server, "r-100")
    assert (done.state, done.percent) == ("completed", 100)
    assert [step.percent for step in done.steps] == [1, 10, 50, 100]
    assert {step.actor for step in done.steps} == {"desk"}
    assert server.registry.champion() == version
    scorer, arm = server.scorers.scorer_for("anybody")
    assert scorer is not None
    assert (scorer.version, arm) == (version, "")


async def test_subscribers_get_the_model_of_their_arm_and_keep_it(server: LearningServer) -> None:
    version = server.another_model()
    await at_half(server, version)
    last = await server.learning.rollouts.run(lambda book: book.last())
    assert last is not None
    for number in range(200):
        scorer, arm = server.scorers.scorer_for(f"p-{number}")
        assert scorer is not None
        assert arm == arm_of(last, f"p-{number}")
        assert (scorer.version == version) == (arm == "challenger")


async def test_figures_of_the_step_are_told_by_arm(server: LearningServer) -> None:
    await at_half(server, server.another_model())
    await decide(server, 500, "c")
    async with server.stub() as stub:
        rollout = (await stub.GetRollout(api.GetRolloutRequest())).rollout
    arms = {arm.arm: arm for arm in rollout.arms}
    assert sum(arm.decisions for arm in arms.values()) == 500
    assert sum(arm.subscribers for arm in arms.values()) == 500
    assert arms["challenger"].expected_share == 0.5
    assert rollout.sample_ratio_p_value > 0.001


async def test_a_step_is_not_taken_too_early(server: LearningServer) -> None:
    await started(server, server.another_model())
    async with server.stub() as stub:
        request = api.AdvanceRolloutRequest(request_id="r-10", actor="desk")
        assert await refusal(stub.AdvanceRollout(request)) == ("FAILED_PRECONDITION", "TOO_EARLY")
        server.clock.at = Instant(server.clock.at + HOUR)
        assert await refusal(stub.AdvanceRollout(request)) == ("FAILED_PRECONDITION", "TOO_EARLY")


async def test_a_guardrail_that_breaks_takes_the_model_back_by_itself(server: LearningServer) -> None:
    await at_half(server, server.another_model())
    await decide(server, 200, "c", complaining="challenger")
    async with server.stub() as stub:
        request = api.AdvanceRolloutRequest(request_id="r-100", actor="desk")
        assert await refusal(stub.AdvanceRollout(request)) == ("FAILED_PRECONDITION", "GUARDRAIL_BROKEN")
    rollout = await server.watch.check()
    assert rollout is not None
    assert rollout.state.value == "rolled_back"
    assert rollout.steps[-1].act.actor == "watch"
    assert "complained" in rollout.reason
    assert server.scorers.scorer_for("anybody")[1] == ""


async def test_the_same_complaints_from_the_champions_side_take_nothing_back(server: LearningServer) -> None:
    await at_half(server, server.another_model())
    await decide(server, 200, "c", complaining="champion")
    rollout = await server.watch.check()
    assert rollout is not None
    assert rollout.is_running


async def test_a_split_that_nobody_asked_for_takes_the_model_back(server: LearningServer) -> None:
    await at_half(server, server.another_model())
    await server.log((f"x{n:05d}", f"x-{n}", {EXPERIMENT_CODE: "challenger"}, ()) for n in range(100))
    async with server.stub() as stub:
        request = api.AdvanceRolloutRequest(request_id="r-100", actor="desk")
        assert await refusal(stub.AdvanceRollout(request)) == ("FAILED_PRECONDITION", "SAMPLE_RATIO_MISMATCH")
    rollout = await server.watch.check()
    assert rollout is not None
    assert rollout.reason.startswith("SAMPLE_RATIO_MISMATCH")


async def test_the_gate_is_asked_first_and_force_leaves_a_name(server: LearningServer) -> None:
    version = server.another_model()
    async with server.stub() as stub:
        request = api.StartRolloutRequest(request_id="r-1", model_version=version, actor="anna")
        assert await refusal(stub.StartRollout(request)) == ("FAILED_PRECONDITION", "NOT_PROMOTED")
        assert server.live.scorer(version) is None
        request.force, request.reason = True, "the gate lacks data"
        rollout = (await stub.StartRollout(request)).rollout
        assert rollout.steps[0].actor == "anna (desk)"
        assert rollout.steps[0].reason == "the gate lacks data"


async def test_what_is_unknown_or_running_or_the_champion_is_not_started(server: LearningServer) -> None:
    await started(server, server.another_model())
    other, champion = server.another_model(2), server.registry.champion()
    async with server.stub() as stub:

        def start(request_id: str, version: str) -> api.StartRolloutRequest:
            return api.StartRolloutRequest(
                request_id=request_id, model_version=version, actor="desk", force=True
            )

        assert await refusal(stub.StartRollout(start("r-2", other))) == (
            "FAILED_PRECONDITION",
            "ROLLOUT_RUNNING",
        )
        assert await refusal(stub.StartRollout(start("r-3", "nothing-1"))) == ("NOT_FOUND", "MODEL_UNKNOWN")
        await stub.RollBack(api.RollBackRequest(request_id="r-4", actor="desk", reason="enough"))
        assert await refusal(stub.StartRollout(start("r-5", champion))) == (
            "INVALID_ARGUMENT",
            "FIELD_INVALID",
        )
        again = api.RollBackRequest(request_id="r-6", actor="desk")
        assert await refusal(stub.RollBack(again)) == ("FAILED_PRECONDITION", "NO_ROLLOUT")
    assert server.live.scorer(other) is None


async def test_of_many_starts_at_once_one_runs(server: LearningServer) -> None:
    versions = [server.another_model(seed) for seed in range(1, 7)]

    async def start(number: int, version: str) -> str:
        async with server.stub() as stub:
            request = api.StartRolloutRequest(
                request_id=f"r-{number}", model_version=version, actor="desk", force=True
            )
            try:
                return str((await stub.StartRollout(request)).rollout.challenger_version)
            except Exception as error:
                return f"refused: {error}"

    answers = await asyncio.gather(*(start(n, version) for n, version in enumerate(versions)))
    begun = [answer for answer in answers if not answer.startswith("refused")]
    assert len(begun) == 1
    assert all("ROLLOUT_RUNNING" in str(a) or "being rolled out" in a for a in answers if a not in begun)
    assert [version for version in versions if server.live.scorer(version)] == begun


async def test_a_request_sent_again_changes_nothing_twice(server: LearningServer) -> None:
    version = server.another_model()
    first = await started(server, version)
    async with server.stub() as stub:
        request = api.StartRolloutRequest(request_id="r-start", model_version=version, actor="desk")
        assert (await stub.StartRollout(request)).rollout == first
        request.reason = "another one"
        assert await refusal(stub.StartRollout(request)) == ("ABORTED", "DUPLICATE_DIFFERS")


async def test_a_completed_rollout_can_still_be_taken_back(server: LearningServer) -> None:
    before, version = server.registry.champion(), server.another_model()
    await at_half(server, version)
    await decide(server, 400, "c")
    await advance(server, "r-100")
    async with server.stub() as stub:
        request = api.RollBackRequest(request_id="r-back", actor="desk", reason="revenue fell")
        rollout = (await stub.RollBack(request)).rollout
    assert (rollout.state, rollout.reason) == ("rolled_back", "revenue fell")
    assert server.registry.champion() == before


async def test_models_of_long_ago_go_but_those_of_the_rollout_stay(server: LearningServer) -> None:
    before, version = server.registry.champion(), server.another_model()
    await started(server, version)
    later = [server.another_model(seed) for seed in range(2, 2 + MODELS_KEPT + 2)]
    await server.watch.check()
    left = {model.version for model in server.registry.versions()}
    assert left == {before, version, *later[-MODELS_KEPT:]}
    async with server.stub() as stub:
        await stub.RollBack(api.RollBackRequest(request_id="r-back", actor="desk"))
    await server.watch.check()
    assert {model.version for model in server.registry.versions()} == left


async def test_a_process_that_begins_again_goes_on_where_it_was(server: LearningServer) -> None:
    version = server.another_model()
    await at_half(server, version)
    server.scorers.follow(None)
    server.live.forget(version)
    await server.watch.settle()
    assert {server.scorers.scorer_for(f"p-{n}")[1] for n in range(50)} == {"champion", "challenger"}
    assert server.live.scorer(version) is not None


async def test_a_challenger_that_is_damaged_is_taken_back_at_start(
    server: LearningServer, tmp_path: Path
) -> None:
    version = server.another_model()
    await at_half(server, version)
    server.live.forget(version)
    for part in (tmp_path / "models" / "versions" / version).glob("*.npz"):
        part.write_bytes(b"dust")
    rollout = await server.watch.settle()
    assert rollout is not None
    assert (rollout.state.value, rollout.steps[-1].act.actor) == ("rolled_back", "watch")
    assert server.scorers.scorer_for("anybody")[1] == ""


async def test_verdicts_are_kept_and_shown_with_the_model(server: LearningServer) -> None:
    version = server.another_model()
    async with server.stub() as stub:
        for number, verdict in enumerate(("NOT_ENOUGH_EVIDENCE", "PROMOTE"), start=1):
            request = api.RecordVerdictRequest(
                request_id=f"v-{number}", model_version=version, verdict=verdict, report="{}", actor="desk"
            )
            assert (await stub.RecordVerdict(request)).model.verdict == verdict
        listed = {model.version: model for model in (await stub.ListModels(api.ListModelsRequest())).models}
        assert listed[version].verdict == "PROMOTE"
        assert [model.version for model in listed.values() if model.champion] == [server.registry.champion()]
        request.request_id, request.verdict = "v-3", "MAYBE"
        assert await refusal(stub.RecordVerdict(request)) == ("INVALID_ARGUMENT", "VERDICT_INVALID")
        request.request_id, request.verdict, request.model_version = "v-4", "REJECT", "nothing-1"
        assert await refusal(stub.RecordVerdict(request)) == ("NOT_FOUND", "MODEL_UNKNOWN")


async def test_experiments_are_counted_since_they_are_what_they_are(server: LearningServer) -> None:
    async with server.stub() as stub:
        await stub.GetExperiments(api.GetExperimentsRequest())
        await server.log((f"a{n:05d}", f"a-{n}", {"halves": "ab"[n % 2]}, ("accepted",)) for n in range(100))
        (halves,) = (await stub.GetExperiments(api.GetExperimentsRequest())).experiments
        assert [(arm.arm, arm.decisions, arm.accepted) for arm in halves.arms] == [
            ("a", 50, 50),
            ("b", 50, 50),
        ]
        assert halves.sample_ratio_ok
        server.clock.at = Instant(server.clock.at + HOUR)
        changed = Experiment("halves", "Nine to one", "salt-1", (Arm("a", 90), Arm("b", 10)))
        server.policies.compiled = compiled(changed)
        await server.watch.check()
        await server.log((f"b{n:05d}", f"b-{n}", {"halves": "ab"[n % 2]}, ()) for n in range(40))
        (halves,) = (await stub.GetExperiments(api.GetExperimentsRequest())).experiments
        assert [(arm.arm, arm.decisions) for arm in halves.arms] == [("a", 20), ("b", 20)]
        assert not halves.sample_ratio_ok


async def test_operators_alone_may_see_or_do_any_of_it(server: LearningServer) -> None:
    since = Timestamp(seconds=5)
    for role, expected in (
        (Role.SUBSCRIBER, ("PERMISSION_DENIED", "NOT_OPERATOR")),
        (None, ("UNAUTHENTICATED", "UNAUTHENTICATED")),
    ):
        async with server.stub(role) as stub:
            for call in (
                stub.ListModels(api.ListModelsRequest()),
                stub.StartRollout(api.StartRolloutRequest(request_id="r", model_version="m", actor="x")),
                stub.AdvanceRollout(api.AdvanceRolloutRequest(request_id="r", actor="x")),
                stub.RollBack(api.RollBackRequest(request_id="r", actor="x")),
                stub.GetRollout(api.GetRolloutRequest()),
                stub.GetExperiments(api.GetExperimentsRequest()),
                stub.RecordVerdict(api.RecordVerdictRequest(request_id="r", actor="x")),
                stub.ExportDecisions(api.ExportDecisionsRequest()).read(),
            ):
                assert await refusal(call) == expected
    async with server.stub() as stub:
        request = api.ExportDecisionsRequest(**{"from": since})
        (part,) = [part async for part in stub.ExportDecisions(request)]
        assert part.decisions[0].decision.seed == 5_000_000
