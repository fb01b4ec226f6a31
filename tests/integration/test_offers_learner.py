"""The learner over the real decision log: each reward once, none of the control group, on after a restart."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlmodel import select

from services.common.kernel.clock import Instant
from services.common.runtime.database import Database, open_database
from services.offers.adapters import migrations
from services.offers.adapters.learning.decision_export import DecisionExport
from services.offers.adapters.learning.decision_file import DecisionFile
from services.offers.adapters.learning.frame_reading import read_frame
from services.offers.adapters.learning.learner import Learner
from services.offers.adapters.learning.live_models import LiveModels
from services.offers.adapters.learning.models import OnlineModel
from services.offers.adapters.learning.registry import ModelRegistry
from services.offers.adapters.learning.scorer import LiveScorer
from services.offers.adapters.learning.sql_rewards import SqlFeatureVersions, SqlRewards
from services.offers.adapters.learning.training import Training
from services.offers.adapters.learning.training_rows import training_rows
from services.offers.adapters.tables.learning import FeatureVersionTable, LearnerPositionTable
from services.offers.application.learning import Learning, Learnt
from services.offers.domain.decisions import OutcomeKind
from tests.support.catalog import SteppedClock
from tests.support.offers_learning import BEGIN, Policies
from tests.support.offers_learning_sql import Shop
from tests.support.postgres import new_postgres_database
from tests.support.waiting import ended, eventually


@dataclass
class World:
    """A service's database and registry, with a learner that may be started anew."""

    database: Database
    registry: ModelRegistry
    clock: SteppedClock
    policies: Policies
    url: str

    def start(self) -> None:
        """As a new process would."""
        self.models = LiveModels(self.registry, self.policies, self.clock)
        self.rewards = SqlRewards(self.database)
        self.learning = Learning(self.rewards, SqlFeatureVersions(self.database), self.models)

    async def step(self) -> Learnt:
        """Twenty seconds later."""
        self.clock.at = Instant(self.clock.at + 20_000_000)
        return await self.learning.step()

    def model(self) -> OnlineModel:
        """What decisions are made with."""
        scorer = self.models.champion()
        assert isinstance(scorer, LiveScorer)
        assert isinstance(scorer.model, OnlineModel)
        return scorer.model

    def learnt(self) -> int:
        """Rewards in its parameters."""
        return int(self.model().posterior.rewards.sum())


@pytest.fixture(params=["sqlite", "postgresql"])
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    sqlite = f"sqlite:///{tmp_path / 'offers.sqlite'}"
    url = sqlite if request.param == "sqlite" else new_postgres_database()
    database = open_database(url, migrations.__name__)
    made = World(database, ModelRegistry(tmp_path / "models"), SteppedClock(BEGIN), Policies(), url)
    made.start()
    await made.step()
    yield made
    await database.close()


async def test_each_reward_is_learnt_once_whatever_is_started_anew(world: World) -> None:
    shop = Shop(world.database, world.policies, world.clock, 1)
    said: dict[str, bool] = {}
    for begin in (0, 40, 80):
        ids = [
            (await shop.decide(at, world.models.champion())).decision_id for at in range(begin, begin + 40)
        ]
        said |= await shop.answer(ids)
        learnt = await world.step()
        assert (learnt.settled, learnt.taught) == (40, 40)
        assert await world.step() == Learnt()
        world.start()
        assert await world.step() == Learnt()
    assert world.learnt() == len(said)
    assert world.model().posterior.positives.sum() == sum(said.values())
    told = await world.database.run(lambda session: session.exec(select(LearnerPositionTable)).all())
    assert [row.position for row in told] == [len(said)]


async def test_nothing_is_learnt_of_the_control_group_of_second_places_and_of_open_windows(
    world: World,
) -> None:
    shop = Shop(world.database, world.policies, world.clock, 2)
    await shop.decide(1, world.models.champion(), control=True)
    await shop.answer(["d-1"])
    second = (await shop.decide(2, world.models.champion())).presented[1].offer.code
    await shop.tell("d-2", second, OutcomeKind.ACCEPTED)
    await shop.decide(3, world.models.champion())
    await shop.tell("d-3", shop.first_of("d-3"), OutcomeKind.SEEN)
    assert await world.step() == Learnt()
    await shop.answer(["d-2"])
    assert (await world.step()).taught == 1


async def test_what_is_reversed_or_comes_late_changes_no_reward(world: World) -> None:
    shop = Shop(world.database, world.policies, world.clock, 3)
    await shop.decide(1, world.models.champion())
    for kind in (OutcomeKind.ACCEPTED, OutcomeKind.REVERSED):
        await shop.tell("d-1", shop.first_of("d-1"), kind)
    await shop.decide(2, world.models.champion())
    for kind in (OutcomeKind.DECLINED, OutcomeKind.ACCEPTED):
        await shop.tell("d-2", shop.first_of("d-2"), kind)
    assert (await world.step()).taught == 2
    assert world.model().posterior.positives.sum() == 1
    await shop.tell("d-2", shop.first_of("d-2"), OutcomeKind.IGNORED)
    world.start()
    assert await world.step() == Learnt()


async def test_a_decision_without_features_is_passed(world: World) -> None:
    shop = Shop(world.database, world.policies, world.clock, 4)
    await shop.decide(1, None)
    await shop.decide(2, world.models.champion())
    await shop.answer(["d-1", "d-2"])
    learnt = await world.step()
    assert (learnt.settled, learnt.taught, world.learnt()) == (2, 1, 1)


async def test_two_learners_at_once_number_no_reward_twice(world: World) -> None:
    shop = Shop(world.database, world.policies, world.clock, 5)
    ids = [(await shop.decide(at, world.models.champion())).decision_id for at in range(30)]
    await shop.answer(ids)
    other = SqlRewards(world.database)
    assert await world.rewards.gather() + await other.gather() == 30
    found = await other.after(0, 100)
    assert [reward.position for reward in found] == list(range(1, 31))
    assert len({reward.decision_id for reward in found}) == 30


async def test_the_running_learner_swaps_the_model_by_itself(world: World) -> None:
    shop = Shop(world.database, world.policies, world.clock, 6)
    first = world.model().version
    running = asyncio.create_task(Learner(world.learning, 0.02).run())
    await shop.decide(1, world.models.champion())
    await shop.answer(["d-1"])
    await eventually(lambda: world.model().version != first, what="another champion")
    assert world.learnt() == 1
    await ended(running)


async def test_a_trained_model_goes_on_where_its_log_ended(world: World, tmp_path: Path) -> None:
    shop = Shop(world.database, world.policies, world.clock, 7)
    for at in range(60):
        await shop.decide(at, world.models.champion(), control=at % 20 == 9)
    await shop.answer([f"d-{at}" for at in range(50)])
    await world.step()
    await shop.answer([f"d-{at}" for at in range(50, 60)])
    with DecisionFile(tmp_path / "log.parquet") as file:
        async for answer in DecisionExport(world.database).read():
            file.add(answer)
        file.complete()
    frame = read_frame(tmp_path / "log.parquet")
    assert len(frame) == 60
    assert frame.settled.tolist() == [False] * 60  # nobody answered the second offers
    online = Training(training_rows(frame), 7, world.registry, BEGIN).run()[0]
    assert online.description.position == 47
    world.models.use(online.version)
    await world.step()
    scorer = world.models.scorer(online.version)
    assert isinstance(scorer, LiveScorer)
    assert isinstance(scorer.model, OnlineModel)
    # Those that were settled and not numbered when the log was written came afterwards, each once.
    assert scorer.model.posterior.rewards.sum() == 57
    assert world.learnt() == 57


async def test_the_export_has_names_of_features_what_became_of_each_and_its_bounds(world: World) -> None:
    shop = Shop(world.database, world.policies, world.clock, 8)
    made = [await shop.decide(at, world.models.champion()) for at in range(450)]
    for presented in made[0].presented:
        await shop.tell("d-0", presented.offer.code, OutcomeKind.DECLINED)
    export = DecisionExport(world.database)
    answers = [answer async for answer in export.read()]
    assert [len(answer.decisions) for answer in answers] == [200, 200, 50]
    assert list(answers[0].feature_names) == [world.model().feature_version]
    assert not answers[1].feature_names
    logged = [each for answer in answers for each in answer.decisions]
    assert [each.decision.decision_id for each in logged] == [each.decision_id for each in made]
    assert [each.settled for each in logged] == [True] + [False] * 449
    assert len(logged[0].outcomes) == 2
    assert {each.decision.subscriber_id for each in logged} == {""}
    part = [
        each.decision.decision_id
        async for answer in export.read(made[10].decided_at, made[13].decided_at)
        for each in answer.decisions
    ]
    assert part == ["d-10", "d-11", "d-12"]
    assert await export.newest_since(449) == made[0].decided_at
    assert await export.newest_since(450) is None
    kept = await world.database.run(lambda session: session.exec(select(FeatureVersionTable)).all())
    assert [row.version for row in kept] == [world.model().feature_version]


async def test_the_nightly_training_reads_the_database_and_tells_its_figures_in_the_log(
    world: World, tmp_path: Path
) -> None:
    shop = Shop(world.database, world.policies, world.clock, 9)
    for at in range(400):
        await shop.decide(at, world.models.champion())
    await shop.answer([f"d-{at}" for at in range(400)])
    await world.step()
    settings = {"DATABASE_URL": world.url, "MODEL_DIR": str(tmp_path / "models"), "LOG_FORMAT": "json"}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.offers.train", "--nightly"),
        env={**os.environ, **{f"TIDEMARK_OFFERS_{name}": value for name, value in settings.items()}},
        stderr=asyncio.subprocess.PIPE,
    )
    _, log = await process.communicate()
    lines = [json.loads(line) for line in log.splitlines()]
    if world.url.startswith("sqlite"):  # whose file is one process's own
        assert process.returncode == 1
        assert "SQLite" in lines[-1]["reason"]
        return
    assert process.returncode == 0
    trained = [line for line in lines if line["event"] == "trained"]
    assert [line["kind"] for line in trained] == ["online", "challenger"]
    listed = {each.version: each for each in world.registry.versions()}
    assert listed[trained[0]["model"]].description.position == 400
