"""Story: an operator exports the decision log, trains from it, and finds the new versions listed."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.offers.adapters.learning.frame_reading import read_frame
from services.offers.adapters.learning.registry import ModelRegistry
from tests.support.offers_learning import logged
from tests.support.offers_learning_server import LearningServer, learning_server


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[LearningServer]:
    async with learning_server(f"sqlite:///{tmp_path / 'offers.sqlite'}", tmp_path) as running:
        running.export.portions = [logged(900, 51)]
        yield running


async def test_the_log_is_exported_trained_from_and_what_was_trained_is_listed(
    server: LearningServer, tmp_path: Path
) -> None:
    out, registry = tmp_path / "decisions.parquet", tmp_path / "models"
    exported = await server.tidemark("offers", "export-decisions", "--out", str(out))
    assert exported.exit_code == 0, exported.output
    assert exported.stdout == f"900 decisions in {out}\n"
    assert len(read_frame(out)) == 900
    trained = await server.tidemark("offers", "train", "--registry", str(registry), "--seed", "3")
    assert trained.exit_code == 0, trained.output
    versions = {each.version for each in ModelRegistry(registry).versions() if each.description.seed == 3}
    assert len(versions) == 2
    # From the file it is the same log, and the same seed: the same versions.
    arguments = ("--log", str(out), "--registry", str(registry), "--seed", "3")
    again = await server.tidemark("offers", "train", *arguments)
    assert again.exit_code == 0
    assert versions <= {each.version for each in ModelRegistry(registry).versions()}
    listed = await server.tidemark("offers", "models")
    assert listed.exit_code == 0
    for version in versions:
        assert version in listed.stdout
    assert "champion" in listed.stdout
    document = json.loads((await server.tidemark("offers", "models", "--json")).stdout)
    assert {each["version"] for each in document["models"]} >= versions


async def test_a_wrong_instant_and_a_log_that_teaches_nothing_are_one_line(
    server: LearningServer, tmp_path: Path
) -> None:
    out = tmp_path / "decisions.parquet"
    wrong = await server.tidemark("offers", "export-decisions", "--out", str(out), "--from", "yesterday")
    assert wrong.exit_code == 2
    assert not out.exists()
    server.export.portions = [logged(2, 52)]
    empty = server.export.portions[0]
    for each in empty.decisions:
        each.decision.ClearField("features")
    nothing = await server.tidemark("offers", "train", "--registry", str(tmp_path / "models"))
    assert nothing.exit_code == 1
    assert "nothing was trained" in nothing.stderr
