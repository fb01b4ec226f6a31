"""Training: the same log and seed make the same versions; figures are of decisions not seen."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from services.common.kernel.clock import Instant
from services.offers.adapters.learning.challenger import ChallengerModel
from services.offers.adapters.learning.frame_reading import read_frame
from services.offers.adapters.learning.model_files import FOREST, SCALING, model_of
from services.offers.adapters.learning.models import OnlineModel
from services.offers.adapters.learning.registry import ModelRegistry
from services.offers.adapters.learning.scorer import LiveScorer
from services.offers.adapters.learning.training import TrainedModel, Training, TrainingRefusedError
from services.offers.adapters.learning.training_rows import TrainingRows, training_rows
from services.offers.train import main
from tests.support.offers_learning import BEGIN, customer, eligible, logged
from tests.unit.offers.learning.test_frames import written


def rows(folder: Path, count: int, *, numbered: bool = True) -> TrainingRows:
    path = written(folder / "log.parquet", logged(count, 11, numbered=numbered))
    return training_rows(read_frame(path))


def trained(folder: Path, of: TrainingRows, seed: int = 7) -> list[TrainedModel]:
    return Training(of, seed, ModelRegistry(folder), BEGIN, "1.0").run()


def test_the_same_log_and_seed_make_the_same_versions_and_another_seed_others(tmp_path: Path) -> None:
    log = rows(tmp_path, 2_500)
    one, again = trained(tmp_path / "one", log), trained(tmp_path / "again", log)
    other = trained(tmp_path / "other", log, seed=8)
    assert [model.version for model in one] == [model.version for model in again]
    assert {model.version for model in one}.isdisjoint(model.version for model in other)
    for model in one:
        files = sorted((tmp_path / "one" / "versions" / model.version).iterdir())
        same = [tmp_path / "again" / "versions" / model.version / file.name for file in files]
        assert [file.read_bytes() for file in files] == [file.read_bytes() for file in same]


@pytest.mark.parametrize("count", [3_000, 12_000])  # calibrated by a sigmoid, and by isotonic steps
def test_both_models_know_afterwards_who_likes_what(tmp_path: Path, count: int) -> None:
    log = rows(tmp_path, count)
    assert (log.positives >= 1_000) == (count == 12_000)
    registry = ModelRegistry(tmp_path / "models")
    models = [model_of(registry.load(each.version)) for each in trained(tmp_path / "models", log)]
    assert [type(model) for model in models] == [OnlineModel, ChallengerModel]
    for model in models:
        fan = LiveScorer(model).scores(customer(0.95), eligible(), Instant(BEGIN), 64, 1)
        assert fan.propensities[0] > 0.3 > 0.1 > fan.propensities[2]


@pytest.mark.parametrize("count", [3_000, 12_000])
def test_arrays_score_as_the_pipelines_that_are_kept_beside_them(tmp_path: Path, count: int) -> None:
    log = rows(tmp_path, count)
    registry = ModelRegistry(tmp_path / "models")
    for each in trained(tmp_path / "models", log):
        stored = registry.load(each.version)
        # As versions were before they had arrays: only what scikit-learn fitted.
        parts = {name: part for name, part in stored.parts.items() if name not in (SCALING, FOREST)}
        assert len(parts) == len(stored.parts) - 1
        arrays, pipelines = model_of(stored), model_of(replace(stored, parts=parts))
        shown = log.context[:200], log.codes[:200].tolist(), log.offers[:200]
        assert np.array_equal(arrays.propensities(*shown), pipelines.propensities(*shown))


def test_what_was_trained_is_loaded_without_scikit_learn(tmp_path: Path) -> None:
    trained(tmp_path / "models", rows(tmp_path, 1_500))
    program = (
        "import pathlib, sys\n"
        "from services.offers.adapters.learning.model_files import model_of\n"
        "from services.offers.adapters.learning.registry import ModelRegistry\n"
        f"registry = ModelRegistry(pathlib.Path({str(tmp_path / 'models')!r}))\n"
        "print(*(model_of(registry.load(each.version)).kind for each in registry.versions()))\n"
        "assert not {'sklearn', 'skops'} & sys.modules.keys()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert all(kind in done.stdout for kind in ("ONLINE", "CHALLENGER"))


def test_it_says_from_what_and_how_good(tmp_path: Path) -> None:
    log = rows(tmp_path, 4_000)
    for model in trained(tmp_path / "models", log):
        described = model.description
        assert (described.seed, described.examples, described.positives) == (7, len(log), log.positives)
        assert described.trained_from < described.trained_until
        figures = described.figures
        assert figures["held_out_rows"] == round(len(log) * 0.2)
        assert figures["log_loss"] < figures["log_loss_constant"]
        assert {"brier", "auc", "calibration_error"} <= set(figures)


def test_the_online_model_says_up_to_which_reward_it_has_learnt(tmp_path: Path) -> None:
    numbered = rows(tmp_path, 800)
    online = trained(tmp_path / "one", numbered)[0]
    assert online.description.position == int(numbered.positions.max())
    # A log of elsewhere: whatever this service learns of its own comes on top.
    foreign = rows(tmp_path, 800, numbered=False)
    assert trained(tmp_path / "other", foreign)[0].description.position == 0


def test_rewards_that_the_learner_had_not_numbered_are_left_to_it(tmp_path: Path) -> None:
    log = rows(tmp_path, 800)
    late = np.arange(len(log)) % 3 == 0
    log.positions[late] = 0
    version = trained(tmp_path / "models", log)[0].version
    model = model_of(ModelRegistry(tmp_path / "models").load(version))
    assert isinstance(model, OnlineModel)
    assert model.posterior.rewards.sum() == (~late).sum()


def test_without_acceptances_there_is_no_challenger_and_no_cold_start(tmp_path: Path) -> None:
    log = rows(tmp_path, 300)
    few = log.take(np.flatnonzero((log.accepted == 0) | (np.cumsum(log.accepted) <= 5)))
    (online,) = trained(tmp_path / "models", few)
    model = model_of(ModelRegistry(tmp_path / "models").load(online.version))
    assert isinstance(model, OnlineModel)
    assert model.cold_start is None
    assert set(model.guesses.values()) == {0.02}


def test_a_log_without_rewards_is_refused(tmp_path: Path) -> None:
    log = rows(tmp_path, 100)
    with pytest.raises(TrainingRefusedError):
        trained(tmp_path / "models", log.take(slice(0, 0)))


def test_the_command_trains_from_a_file_and_prints_the_figures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path / "log.parquet", logged(1_500, 12))
    registry = tmp_path / "models"
    assert main(["--log", str(path), "--registry", str(registry), "--json"]) == 0
    models = json.loads(capsys.readouterr().out)["models"]
    assert [model["kind"] for model in models] == ["online", "challenger"]
    assert {model["version"] for model in models} == {
        each.version for each in ModelRegistry(registry).versions()
    }
    assert main(["--log", str(path), "--registry", str(registry)]) == 0
    assert models[0]["version"] in capsys.readouterr().out


def test_in_another_process_it_makes_the_same_versions(tmp_path: Path) -> None:
    path = written(tmp_path / "log.parquet", logged(1_200, 13))
    found = []
    for registry in ("one", "other"):
        command = [sys.executable, "-m", "services.offers.train", "--log", str(path), "--json"]
        run = subprocess.run(
            [*command, "--registry", str(tmp_path / registry)], capture_output=True, text=True, check=True
        )
        found.append([model["version"] for model in json.loads(run.stdout)["models"]])
    assert found[0] == found[1]


def test_nothing_to_train_from_is_one_line_and_exit_code_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--log", str(tmp_path / "gone.parquet"), "--registry", str(tmp_path / "models")]) == 1
    assert "gone.parquet" in capsys.readouterr().err
    # SQLite belongs to the service: its log comes from the service, not out of its file.
    assert main(["--registry", str(tmp_path / "models")]) == 1
    assert "tidemark offers train" in capsys.readouterr().err
