"""Story: an operator has a model judged, rolls it out, and takes it back, all from the command line."""

from __future__ import annotations

import dataclasses
import gzip
import json
import tempfile
from collections.abc import AsyncIterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tidemark.offers.v1 import learning_api_pb2 as api
from typer.testing import CliRunner, Result

from services.cli.main import app
from services.offers.adapters.learning.registry import StoredModel
from services.offers.domain.policies import ContactCap, ContactPolicy
from tests.support.offers_learning_server import HALVES, LearningServer, compiled, learning_server
from tests.support.offers_simulator import (
    SPEC,
    Learner,
    Logged,
    Market,
    log_of,
    messages_of,
    simulated_policies,
)

_PORTION = 500


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[LearningServer]:
    async with learning_server(f"sqlite:///{tmp_path / 'offers.sqlite'}", tmp_path) as running:
        running.policies.compiled = simulated_policies()
        yield running


def told(server: LearningServer, log: list[Logged]) -> None:
    """The service exports this log."""
    messages = messages_of(log, policy_version=1)
    server.export.portions = [
        api.ExportDecisionsResponse(decisions=messages[at : at + _PORTION])
        for at in range(0, len(messages), _PORTION)
    ]
    names = server.export.portions[0].feature_names[SPEC.version]
    names.context.extend(SPEC.names)
    names.offer.extend(SPEC.offer_names)


@cache
def made() -> tuple[StoredModel, list[Logged]]:
    """A model that has learnt much, and a later log of a young one's decisions."""
    with tempfile.TemporaryDirectory(prefix="tidemark-test-") as folder:
        market, young = Market(seed=5), Learner(Path(folder) / "young")
        young.learn(log_of(market, Learner(Path(folder) / "nothing").scorer, 300))
        better = Learner(Path(folder) / "better")
        version = better.learn(log_of(market, young.scorer, 3_000))
        return better.registry.load(version), log_of(market, young.scorer, 5_000)


def better_and_its_log(server: LearningServer) -> str:
    """The young model's log is what the service exports; the better one lies in its registry."""
    stored, log = made()
    told(server, log)
    return server.registry.save(stored.listed.description, stored.parts, server.clock.now())


async def evaluated(server: LearningServer, version: str, tmp_path: Path, *more: str) -> Result:
    registry = str(tmp_path / "models")
    return await server.tidemark("offers", "evaluate", "--model", version, "--registry", registry, *more)


async def test_a_better_model_is_promoted_recorded_plotted_and_rolled_out_and_taken_back(
    server: LearningServer, tmp_path: Path
) -> None:
    version, plot = better_and_its_log(server), tmp_path / "gate.svg"
    dry = await evaluated(server, version, tmp_path, "--dry-run", "--json")
    assert dry.exit_code == 0, dry.output
    refused = await server.tidemark("offers", "rollout", "start", version)
    assert refused.exit_code == 1
    assert "NOT_PROMOTED" in refused.stderr
    judged = await evaluated(server, version, tmp_path, "--plot", str(plot), "--actor", "anna")
    assert judged.exit_code == 0, judged.output
    assert "PROMOTE" in judged.stdout
    assert "effective sample size" in judged.stdout
    assert plot.read_text().lstrip().startswith("<?xml")
    started = await server.tidemark("offers", "rollout", "start", version)
    assert started.exit_code == 0, started.output
    assert "running, 1 % of the subscribers" in started.stdout
    early = await server.tidemark("offers", "rollout", "advance")
    assert early.exit_code == 1
    assert "TOO_EARLY" in early.stderr
    back = await server.tidemark("offers", "rollout", "back", "--reason", "enough for today")
    assert "rolled back" in back.stdout
    shown = json.loads((await server.tidemark("offers", "rollout", "show", "--json")).stdout)
    assert [step["state"] for step in shown["rollout"]["steps"]] == ["running", "rolled_back"]
    assert shown["rollout"]["reason"] == "enough for today"


async def test_the_document_has_every_number_and_the_criteria(server: LearningServer, tmp_path: Path) -> None:
    version = better_and_its_log(server)
    result = await evaluated(server, version, tmp_path, "--json", "--reward", "acceptances")
    document = json.loads(result.stdout)
    assert set(document["estimates"]) == {"IPS", "SNIPS", "DM", "DR"}
    assert document["rows"] == 5_000
    assert document["unit"] == "acceptances a decision"
    assert {each["name"] for each in document["guardrails"]} == {"opted_out", "complained", "reversed"}
    assert document["violations"] == 0
    robust = document["estimates"]["DR"]
    assert robust["from"] < robust["value"] < robust["to"]
    assert result.exit_code == {"PROMOTE": 0, "NOT_ENOUGH_EVIDENCE": 3, "REJECT": 4}[document["verdict"]]
    listed = json.loads((await server.tidemark("offers", "models", "--json")).stdout)
    verdicts = {model["version"]: model["verdict"] for model in listed["models"]}
    assert verdicts[version] == document["verdict"]


async def test_a_log_in_which_a_cap_was_passed_is_rejected(server: LearningServer, tmp_path: Path) -> None:
    version, compiled = better_and_its_log(server), server.policies.compiled
    capped = dataclasses.replace(compiled.policies, contact=ContactPolicy(caps=(ContactCap(2, 1),)))
    server.policies.compiled = dataclasses.replace(compiled, policies=capped)
    result = await evaluated(server, version, tmp_path)
    assert result.exit_code == 4
    assert "broken: CONTACT_CAP_1D" in result.stdout


async def test_a_small_log_is_not_enough_evidence(server: LearningServer, tmp_path: Path) -> None:
    told(server, log_of(Market(3), Learner(tmp_path / "any").scorer, 200))
    result = await evaluated(server, server.another_model(), tmp_path, "--json")
    assert result.exit_code == 3
    assert json.loads(result.stdout)["verdict"] == "NOT_ENOUGH_EVIDENCE"


async def test_what_cannot_be_judged_is_said_in_a_line(server: LearningServer, tmp_path: Path) -> None:
    told(server, log_of(Market(3), Learner(tmp_path / "any").scorer, 5))
    unknown = await evaluated(server, "online-nothing", tmp_path)
    assert (unknown.exit_code, "tidemark offers models" in unknown.stderr) == (1, True)
    few = await evaluated(server, server.another_model(), tmp_path)
    assert (few.exit_code, "5 of 5 decisions can be used" in few.stderr) == (1, True)
    both = await evaluated(server, "x", tmp_path, "--open-bandit", "a", "--target", "b")
    assert both.exit_code == 2
    nothing = await server.tidemark("offers", "rollout", "show")
    assert "no model was rolled out yet" in nothing.stdout


async def test_experiments_are_shown_with_their_split(server: LearningServer) -> None:
    server.policies.compiled = compiled(HALVES)
    await server.watch.check()
    await server.log((f"a{n:05d}", f"a-{n}", {"halves": "ab"[n % 2]}, ("accepted",)) for n in range(40))
    result = await server.tidemark("offers", "experiments")
    assert result.exit_code == 0, result.output
    assert "halves: Two halves" in result.stdout
    assert "split as asked for" in result.stdout


def open_bandit_log(path: Path, rows: int, policy: Any, seed: int) -> None:
    """A log in the form of the Open Bandit Dataset; item 2 is clicked most."""
    random = np.random.default_rng(seed)
    lines = [
        "item_id,position,click,propensity_score,user_feature_0,user_feature_1,user_feature_2,user_feature_3"
    ]
    for _ in range(rows):
        item = int(random.choice(4, p=policy))
        click = int(random.random() < (0.05, 0.05, 0.4, 0.05)[item])
        lines.append(f"{item},{1 + int(random.integers(3))},{click},{policy[item]},a,b,c,d")
    path.write_bytes(gzip.compress("\n".join(lines).encode()))


@pytest.fixture
def bandit(tmp_path: Path) -> Path:
    items = "\n".join(f"{item},{item / 10},x,y,z" for item in range(4))
    header = "item_id,item_feature_0,item_feature_1,item_feature_2,item_feature_3\n"
    (tmp_path / "items_all.csv").write_text(header + items)
    open_bandit_log(tmp_path / "uniform_all.csv.gz", 6_000, [0.25] * 4, 1)
    open_bandit_log(tmp_path / "good_all.csv.gz", 6_000, [0.1, 0.1, 0.7, 0.1], 2)
    open_bandit_log(tmp_path / "bad_all.csv.gz", 6_000, [0.32, 0.32, 0.04, 0.32], 3)
    return tmp_path


@pytest.mark.parametrize(("target", "verdict", "code"), [("good", "PROMOTE", 0), ("bad", "REJECT", 4)])
def test_public_logs_are_judged_without_a_suite(bandit: Path, target: str, verdict: str, code: int) -> None:
    arguments = (
        *("offers", "evaluate", "--open-bandit", str(bandit / "uniform_all.csv.gz")),
        *("--target", str(bandit / f"{target}_all.csv.gz"), "--plot", str(bandit / "plot.png"), "--json"),
    )
    result = CliRunner().invoke(app, list(arguments))
    assert (result.exit_code, json.loads(result.stdout)["verdict"]) == (code, verdict)
    assert (bandit / "plot.png").read_bytes().startswith(b"\x89PNG")


def test_a_plot_of_another_kind_or_a_log_that_is_none_is_refused(bandit: Path) -> None:
    uniform = str(bandit / "uniform_all.csv.gz")
    for more in (("--plot", str(bandit / "plot.gif")), ("--open-bandit", str(bandit / "none_all.csv"))):
        arguments = ["offers", "evaluate", "--open-bandit", uniform, "--target", uniform, *more]
        assert CliRunner().invoke(app, arguments).exit_code == 1
