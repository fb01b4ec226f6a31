"""Learning from rewards as they settle: each once, whatever crashes; readers see whole models only."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from services.offers.adapters.learning.learner import Learner
from services.offers.adapters.learning.models import OnlineModel
from services.offers.adapters.learning.registry import line_of
from services.offers.application.learning import Learnt
from services.offers.domain.features import spec_of
from tests.support.offers_learner_world import CrashError, World
from tests.support.offers_learning import (
    BEGIN,
    OFFERS,
    customer,
    eligible,
    offer,
    policies,
    rewards,
)
from tests.support.waiting import ended, eventually
from tests.unit.offers.learning.test_registry import saved


def same_parameters(one: OnlineModel, other: OnlineModel) -> bool:
    pairs: list[Callable[[OnlineModel], object]] = [
        lambda m: m.posterior.codes,
        lambda m: m.posterior.means.tolist(),
        lambda m: m.posterior.covariances.tolist(),
        lambda m: m.posterior.rewards.tolist(),
        lambda m: m.posterior.positives.tolist(),
        lambda m: m.guesses,
        lambda m: m.version,
    ]
    return all(of(one) == of(other) for of in pairs)


POINTS = ["", "before save", "after save", "after champion", "before prune"]
STEPS = st.lists(
    st.tuples(st.integers(0, 40), st.sampled_from(POINTS), st.booleans()), min_size=1, max_size=6
)


@given(STEPS)
@settings(max_examples=25, deadline=None)
async def test_whatever_crashes_and_when_the_parameters_are_those_of_no_crash(
    steps: list[tuple[int, str, bool]],
) -> None:
    everything = rewards(sum(count for count, _, _ in steps) + 5, 31)
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        world, undisturbed = World(Path(one)), World(Path(other))
        await world.step()
        for count, dies_at, restarts in steps:
            known = len(world.rewards.settled)
            world.rewards.settled = everything[: known + count]
            world.registry.dies_at = dies_at
            try:
                await world.step()
            except CrashError:
                world.start()
            world.registry.dies_at = ""
            if restarts:
                world.start()
        world.rewards.settled = everything
        await world.step()
        await undisturbed.step()
        undisturbed.rewards.settled = everything
        await undisturbed.step()
        assert same_parameters(world.model(), undisturbed.model())
        assert world.model().posterior.rewards.sum() == len(everything)


async def test_the_first_model_begins_with_the_first_policies(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.policies.now = None
    assert await world.step() == Learnt()
    assert world.models.champion() is None
    world.policies.now = policies()
    await world.step()
    assert world.model().posterior.codes == ()
    assert world.registry.champion() == world.model().version
    assert list(world.versions.kept) == [spec_of(policies()).version]


async def test_rewards_become_new_parameters_under_a_new_name(tmp_path: Path) -> None:
    world = World(tmp_path)
    await world.step()
    first = world.models.champion()
    world.rewards.settled = rewards(50, 32)
    learnt = await world.step()
    assert (learnt.taught, learnt.versions) == (50, (world.model().version,))
    assert first is not None
    assert first.version != world.model().version  # who took it before goes on with it
    assert world.registry.champion() == world.model().version
    assert world.rewards.told == {line_of(world.model().version): 50}
    assert await world.step() == Learnt()  # nothing settled, nothing written


async def test_rewards_without_features_that_are_known_teach_nothing_and_are_passed(
    tmp_path: Path,
) -> None:
    world = World(tmp_path)
    await world.step()
    settled = rewards(6, 33)
    settled[1] = replace(settled[1], features=(), feature_version="")
    settled[4] = replace(settled[4], feature_version="of-another-age")
    world.rewards.settled = settled
    assert (await world.step()).taught == 4
    assert world.model().posterior.rewards.sum() == 4
    assert (await world.step()).taught == 0


async def test_new_usage_classes_and_attributes_are_taken_in_without_forgetting(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.rewards.settled = rewards(600, 34)
    await world.step()
    before = world.models.champion()
    assert before is not None
    games = offer("games-pass", "games", "tiny")
    world.policies.now = policies((*OFFERS, games), ("video", "music", "games"))
    await world.step()
    after = world.models.champion()
    assert after is not None
    assert after.feature_version == spec_of(world.policies.now).version
    assert after.feature_version in world.versions.kept
    one, other = (each.scores(customer(0.8), eligible(), BEGIN, 64, 1) for each in (before, after))
    assert np.allclose(one.propensities, other.propensities)
    world.rewards.settled += rewards(50, 35, begin=600)  # logged with the features of before
    assert (await world.step()).taught == 50


async def test_a_damaged_champion_leaves_what_is_in_use_and_a_restart_takes_the_one_before(
    tmp_path: Path,
) -> None:
    world = World(tmp_path)
    await world.step()
    world.rewards.settled = rewards(30, 36)
    await world.step()
    world.rewards.settled += rewards(30, 37, begin=30)
    await world.step()
    newest = world.model().version
    path = tmp_path / "versions" / newest / "posterior.npz"
    path.write_bytes(path.read_bytes()[:-9])
    await world.step()
    assert world.model().version == newest
    world.start()
    await world.step()
    assert world.model().posterior.rewards.sum() == 60  # from the snapshot before, and the rewards since


async def test_a_champion_of_which_nothing_can_be_read_is_followed_by_the_rules_own_guesses(
    tmp_path: Path,
) -> None:
    world = World(tmp_path)
    version = saved(world.registry, 40)
    world.registry.set_champion(version)
    (tmp_path / "versions" / version / "posterior.npz").write_bytes(b"")
    await world.step()
    assert world.model().posterior.codes == ()
    assert world.registry.champion() == world.model().version


async def test_a_version_of_a_roll_out_learns_beside_the_champion_until_forgotten(
    tmp_path: Path,
) -> None:
    world = World(tmp_path)
    await world.step()
    trained = saved(world.registry, 40, position=20)
    world.models.use(trained)
    world.rewards.settled = rewards(50, 38)
    assert (await world.step()).taught == 50 + 30
    of_rollout = world.models.scorer(trained)
    assert of_rollout is not None
    assert line_of(of_rollout.version) == trained
    assert line_of(world.model().version) != trained
    world.models.forget(trained)
    assert world.models.scorer(trained) is None
    world.models.forget(world.model().version)
    assert world.models.champion() is not None


async def test_a_name_whose_snapshot_is_gone_leads_to_what_the_line_has_become(tmp_path: Path) -> None:
    world = World(tmp_path)
    await world.step()
    names = []
    for turn in range(14):
        world.rewards.settled += rewards(2, turn, begin=2 * turn)
        await world.step()
        names.append(world.model().version)
    assert not (tmp_path / "versions" / names[0]).exists()
    world.start()
    assert world.models.use(names[0]).version == names[-1]


async def test_the_champion_that_another_sets_is_followed(tmp_path: Path) -> None:
    world = World(tmp_path)
    await world.step()
    trained = saved(world.registry, 40)
    world.registry.set_champion(trained)
    await world.step()
    assert line_of(world.model().version) == trained


async def test_who_publishes_policies_wakes_the_learner(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.policies.now = None
    learner = Learner(world.learning, 3_600)
    await learner.step()
    running = asyncio.create_task(learner.run())
    await asyncio.sleep(0)
    world.policies.now = policies()
    learner.wake()
    await eventually(lambda: world.models.champion() is not None, what="a first model")
    await ended(running)


async def test_a_step_that_fails_is_made_again_and_stops_nobody(tmp_path: Path) -> None:
    world = World(tmp_path)
    await world.step()
    world.rewards.settled = rewards(10, 39)
    world.registry.dies_at = "before save"
    learner = Learner(world.learning, 0.01)
    assert await learner.step() == Learnt()
    assert world.model().posterior.codes == ()
    # Learnt in memory already, and published now.
    assert len((await learner.step()).versions) == 1
    assert world.model().posterior.rewards.sum() == 10
