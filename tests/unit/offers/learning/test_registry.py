"""The registry on disk: whole or not at all, never changed, damaged ones refused."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import numpy as np
import pytest

from services.common.kernel.clock import Instant
from services.offers.adapters.learning.model_files import frozen_parts, frozen_parts_of, model_of
from services.offers.adapters.learning.models import OnlineModel
from services.offers.adapters.learning.registry import ModelRegistry, line_of
from services.offers.adapters.learning.scaling import first_scaling
from services.offers.application.learning_ports import (
    ModelDamagedError,
    ModelDescription,
    ModelKind,
    ModelUnknownError,
)
from tests.support.offers_learning import BEGIN, rewards, spec
from tests.unit.offers.learning.test_scoring import model

ONLINE = ModelDescription(ModelKind.ONLINE, "f", examples=3, figures={"auc": 0.7})


def saved(registry: ModelRegistry, count: int = 60, at: int = 0, **more: object) -> str:
    """A real version with so many rewards in it."""
    parts = frozen_parts(spec(), first_scaling(spec()), None).with_posterior(model(count))
    values = {"examples": count, **more}
    description = ModelDescription(ModelKind.ONLINE, spec().version, **values)  # type: ignore[arg-type]
    return registry.save(description, parts, Instant(BEGIN + at))


def test_what_is_loaded_scores_as_what_was_saved(tmp_path: Path) -> None:
    registry = ModelRegistry(tmp_path)
    version = saved(registry, 500)
    stored = registry.load(version)
    loaded, wanted = model_of(stored), model(500)
    assert isinstance(loaded, OnlineModel)
    found = rewards(40, 9)
    context = np.array([each.features for each in found])
    offers = np.array([each.offer_features for each in found])
    codes = [each.offer_code for each in found]
    one, other = loaded.beliefs(context, codes, offers), wanted.beliefs(context, codes, offers)
    assert np.array_equal(one.propensities, other.propensities)
    assert np.array_equal(one.variances, other.variances)
    assert loaded.guesses == wanted.guesses
    assert frozen_parts_of(stored).with_posterior(loaded) == stored.parts


def test_the_same_content_has_the_same_name_wherever_and_whenever(tmp_path: Path) -> None:
    one, other = ModelRegistry(tmp_path / "one"), ModelRegistry(tmp_path / "other")
    assert saved(one, at=0) == saved(other, at=99) == saved(one, at=5)
    assert saved(one, 61) != saved(one, 60)
    assert [model.made_at for model in other.versions()] == [BEGIN + 99]


def test_versions_come_newest_first_with_what_is_known_of_them(tmp_path: Path) -> None:
    registry = ModelRegistry(tmp_path)
    older, newer = saved(registry, 10, at=1), saved(registry, 11, at=2)
    registry.set_champion(older)
    assert [(m.version, m.champion, m.description.examples) for m in registry.versions()] == [
        (newer, False, 11),
        (older, True, 10),
    ]


@pytest.mark.parametrize("name", ["posterior.npz", "scaling.npz", "features.json", "metadata.json"])
@pytest.mark.parametrize("damage", ["flipped", "cut", "gone"])
def test_a_damaged_version_is_refused_by_name(tmp_path: Path, name: str, damage: str) -> None:
    registry = ModelRegistry(tmp_path)
    version = saved(registry)
    path = tmp_path / "versions" / version / name
    octets = bytearray(path.read_bytes())
    octets[len(octets) // 2] ^= 1
    path.unlink()
    if damage != "gone":
        path.write_bytes(octets if damage == "flipped" else octets[: len(octets) // 2])
    with pytest.raises(ModelDamagedError, match=name):
        registry.load(version)
    with pytest.raises(ModelDamagedError):
        registry.set_champion(version)


def test_a_version_whose_parts_make_no_model_is_damaged(tmp_path: Path) -> None:
    registry = ModelRegistry(tmp_path)
    version = registry.save(ONLINE, {"features.json": b"{}"}, BEGIN)
    with pytest.raises(ModelDamagedError, match=version):
        model_of(registry.load(version))


@pytest.mark.parametrize("version", ["", "..", "online-nothing", "/etc", ".draft-1"])
def test_what_is_no_version_is_unknown(tmp_path: Path, version: str) -> None:
    with pytest.raises(ModelUnknownError):
        ModelRegistry(tmp_path).load(version)


def test_a_version_that_was_never_finished_is_not_there(tmp_path: Path) -> None:
    registry = ModelRegistry(tmp_path)
    version = saved(registry)
    left = tmp_path / "versions" / f".draft-1-0-{version}"
    left.mkdir()
    (left / "metadata.json").write_text("{")
    assert [each.version for each in registry.versions()] == [version]


def test_a_champion_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    registry = ModelRegistry(tmp_path)
    assert registry.champion() == ""
    (tmp_path / "champion.json").write_text("{")
    with pytest.raises(ModelDamagedError, match="champion"):
        registry.champion()


def test_a_reader_always_finds_one_champion_or_the_other(tmp_path: Path) -> None:
    registry = ModelRegistry(tmp_path)
    versions = [saved(registry, count) for count in (5, 6)]
    registry.set_champion(versions[0])
    found, stop = set(), threading.Event()

    def read() -> None:
        while not stop.is_set():
            found.add(registry.champion())

    reader = threading.Thread(target=read)
    reader.start()
    for turn in range(60):
        registry.set_champion(versions[turn % 2])
    stop.set()
    reader.join()
    assert found <= set(versions)


def test_a_line_takes_the_championship_along_only_where_it_has_it(tmp_path: Path) -> None:
    registry = ModelRegistry(tmp_path)
    one, other = saved(registry, 5), saved(registry, 6)
    registry.set_champion(one)
    snapshot = saved(registry, 7, line=one, position=7)
    assert line_of(snapshot) == one
    assert registry.succeed(snapshot)
    assert not registry.succeed(saved(registry, 8, line=other, position=8))
    assert registry.champion() == snapshot
    assert registry.line(one) == [snapshot, one]


def test_the_newest_snapshots_stay_and_so_does_what_was_trained(tmp_path: Path) -> None:
    registry = ModelRegistry(tmp_path)
    trained, other = saved(registry, 1), saved(registry, 2)
    snapshots = [saved(registry, 3, at=at, line=trained, position=at) for at in range(1, 8)]
    of_other = saved(registry, 4, at=0, line=other, position=1)
    registry.set_champion(snapshots[0])
    registry.prune(3)
    left = {each.version for each in registry.versions()}
    assert left == {trained, other, of_other, snapshots[0], *snapshots[-4:]}
    # A name leads to its line when the snapshot is gone.
    assert registry.line(snapshots[2])[0] == snapshots[-1]


def test_of_what_was_trained_the_newest_stay_and_whatever_is_needed(tmp_path: Path) -> None:
    registry = ModelRegistry(tmp_path)
    champion, back, *others = [saved(registry, count, at=count) for count in range(1, 8)]
    registry.set_champion(saved(registry, 9, at=9, line=champion, position=1))
    of_others = [saved(registry, 10, at=10, line=each, position=1) for each in (others[0], others[-1])]
    removed = registry.prune_trained(2, {back})
    assert set(removed) == {*others[:-2], of_others[0]}
    left = {each.version for each in registry.versions()}
    assert left == {champion, registry.champion(), back, *others[-2:], of_others[1]}
    assert not list((tmp_path / "versions").glob(".*"))
    assert registry.prune_trained(2, {back}) == []


def test_each_kind_has_its_own_newest(tmp_path: Path) -> None:
    registry = ModelRegistry(tmp_path)
    described = ModelDescription(ModelKind.CHALLENGER, "f")
    nightly = registry.save(described, {"features.json": b"{}"}, Instant(BEGIN))
    newest = [saved(registry, count, at=count) for count in (1, 2, 3)][-1]
    registry.prune_trained(1, ())
    assert {each.version for each in registry.versions()} == {nightly, newest}


def test_metadata_names_everything_a_version_came_from(tmp_path: Path) -> None:
    registry = ModelRegistry(tmp_path)
    version = registry.save(ONLINE, {"features.json": b"{}"}, BEGIN)
    metadata = json.loads((tmp_path / "versions" / version / "metadata.json").read_text())
    assert metadata["made_at"].endswith("Z")
    assert set(metadata["content"]["description"]) >= {
        "kind",
        "feature_version",
        "examples",
        "positives",
        "seed",
        "trained_from",
        "trained_until",
        "code_version",
        "figures",
    }
    assert registry.load(version).listed.description == ONLINE
