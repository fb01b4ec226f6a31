"""The decision log as Parquet and as arrays: everything there, whatever version its features have."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest
from tidemark.offers.v1 import decision_pb2
from tidemark.offers.v1 import learning_api_pb2 as api

from services.offers.adapters.decision_messages import stamp
from services.offers.adapters.learning.decision_file import DecisionFile
from services.offers.adapters.learning.frame_reading import read_frame
from services.offers.adapters.learning.training_rows import training_rows
from services.offers.domain.features import FeatureSpec, widened
from tests.support.offers_learning import BEGIN, OFFERS, logged, spec


def written(path: Path, *answers: api.ExportDecisionsResponse) -> Path:
    with DecisionFile(path) as file:
        for answer in answers:
            file.add(answer)
        file.complete()
    return path


def outcome(answer: api.ExportDecisionsResponse, at: int, kind: int, offer_code: str = "") -> None:
    decision = answer.decisions[at]
    decision.outcomes.add(
        decision_id=decision.decision.decision_id,
        offer_code=offer_code or decision.decision.presented_offer_codes[0],
        kind=kind,
        at=stamp(BEGIN),
    )


def test_every_decision_comes_back_as_it_was_logged(tmp_path: Path) -> None:
    answer = logged(300, 1)
    frame = read_frame(written(tmp_path / "log.parquet", answer))
    assert len(frame) == 300
    assert frame.spec == spec()
    for at in (0, 1, 3, 7, 250):
        item = answer.decisions[at]
        decision = item.decision
        assert frame.decision_id[at] == decision.decision_id
        assert frame.pseudonym[at] == decision.subscriber_pseudonym
        assert frame.arms[at] == dict(decision.arms)
        assert frame.control[at] == decision.control_group
        assert frame.settled[at] == item.settled
        assert frame.reward_position[at] == item.reward_position
        assert frame.context[at].tolist() == list(decision.features)
        codes = [each.offer_code for each in decision.candidates]
        count = len(codes)
        assert frame.offer_codes(np.full(count, at), np.arange(count)) == codes
        assert frame.code[at, count:].tolist() == [-1] * (frame.candidates - count)
        for column, candidate in enumerate(decision.candidates):
            row, place = np.array([at]), np.array([column])
            assert frame.offer_features(row, place)[0].tolist() == list(candidate.features)
            assert frame.probability[at, column] == candidate.probability
            assert frame.weights[at, column] == candidate.factors.value_minor_micros / 1_000_000
        presented = list(decision.presented_offer_codes)
        assert frame.chosen[at] == (codes.index(presented[0]) if presented else -1)


def test_equal_features_of_offers_are_one_row(tmp_path: Path) -> None:
    frame = read_frame(written(tmp_path / "log.parquet", logged(200, 2)))
    assert frame.offer_table.shape == (len(OFFERS), len(spec().offer_names))


def test_what_is_not_settled_is_not_known_and_zero_is_no_answer_to_it(tmp_path: Path) -> None:
    frame = read_frame(written(tmp_path / "log.parquet", logged(200, 3)))
    assert np.isnan(frame.reward[~frame.settled]).all()
    assert set(frame.reward[frame.settled & (frame.chosen >= 0)].tolist()) == {0.0, 1.0}


def test_models_learn_from_no_control_group_and_no_unknown_reward(tmp_path: Path) -> None:
    answer = logged(400, 4)
    rows = training_rows(read_frame(written(tmp_path / "log.parquet", answer)))
    wanted = [
        item
        for item in answer.decisions
        if item.settled and not item.decision.control_group and item.decision.presented_offer_codes
    ]
    assert rows.codes.tolist() == [item.decision.presented_offer_codes[0] for item in wanted]
    assert rows.positions.tolist() == [item.reward_position for item in wanted]
    assert 0 < rows.positives < len(rows)


def test_a_reversed_acceptance_stays_one_and_raises_a_flag(tmp_path: Path) -> None:
    answer = logged(60, 5)
    accepted = next(
        at
        for at, item in enumerate(answer.decisions)
        if any(each.kind == decision_pb2.OUTCOME_KIND_ACCEPTED for each in item.outcomes)
    )
    outcome(answer, accepted, decision_pb2.OUTCOME_KIND_REVERSED)
    outcome(answer, 10, decision_pb2.OUTCOME_KIND_COMPLAINED)
    outcome(answer, 11, decision_pb2.OUTCOME_KIND_OPTED_OUT)
    frame = read_frame(written(tmp_path / "log.parquet", answer))
    assert frame.reward[accepted] == 1
    assert np.flatnonzero(frame.reversed).tolist() == [accepted]
    assert np.flatnonzero(frame.complained).tolist() == [10]
    assert np.flatnonzero(frame.opted_out).tolist() == [11]


def test_an_outcome_of_a_second_offer_is_no_reward_of_the_first(tmp_path: Path) -> None:
    answer = logged(30, 6)
    del answer.decisions[5].outcomes[:]
    second = answer.decisions[5].decision.candidates[1].offer_code
    outcome(answer, 5, decision_pb2.OUTCOME_KIND_ACCEPTED, second)
    frame = read_frame(written(tmp_path / "log.parquet", answer))
    assert np.isnan(frame.reward[5])


def test_rows_of_older_features_stand_in_the_order_of_all(tmp_path: Path) -> None:
    older, newer = logged(20, 7), logged(20, 8)
    wide = widened(spec(), FeatureSpec(("games",), attributes=(("kind", "games"),)))
    newer.feature_names.clear()
    newer.feature_names[wide.version].context.extend(wide.names)
    newer.feature_names[wide.version].offer.extend(wide.offer_names)
    for item in newer.decisions:
        item.decision.feature_version = wide.version
        known = dict(zip(spec().names, item.decision.features, strict=True))
        item.decision.features[:] = [known.get(name, 5.0) for name in wide.names]
        for candidate in item.decision.candidates:
            of_offer = dict(zip(spec().offer_names, candidate.features, strict=True))
            candidate.features[:] = [of_offer.get(name, 0.0) for name in wide.offer_names]
    frame = read_frame(written(tmp_path / "log.parquet", older, newer))
    assert frame.spec == wide
    assert frame.features_known.all()
    column, new = wide.names.index("video.week"), wide.names.index("games.week")
    assert frame.context[3, column] == older.decisions[3].decision.features[spec().names.index("video.week")]
    assert frame.context[23, column] == newer.decisions[3].decision.features[column]
    assert (frame.context[3, new], frame.context[23, new]) == (0.0, 5.0)


def test_a_decision_without_features_is_there_and_says_so(tmp_path: Path) -> None:
    answer = logged(10, 9)
    answer.decisions[4].decision.ClearField("features")
    answer.decisions[4].decision.feature_version = ""
    frame = read_frame(written(tmp_path / "log.parquet", answer))
    assert np.flatnonzero(~frame.features_known).tolist() == [4]
    assert not frame.learnable[4]


def test_the_newest_are_read_where_there_are_too_many(tmp_path: Path) -> None:
    path = written(tmp_path / "log.parquet", *(logged(3_000, seed) for seed in range(4)))
    frame = read_frame(path, most=100)
    assert frame.decision_id.tolist() == [f"d-{at}" for at in range(2_900, 3_000)]
    assert len(read_frame(path)) == 12_000
    presented = read_frame(path, presented_only=True)
    assert len(presented) == 12_000 - 4
    assert (presented.chosen >= 0).all()


def test_an_empty_log_is_an_empty_frame(tmp_path: Path) -> None:
    frame = read_frame(written(tmp_path / "log.parquet", api.ExportDecisionsResponse()))
    assert len(frame) == 0
    assert len(training_rows(frame)) == 0


def test_what_is_no_decision_log_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.parquet"
    path.write_bytes(b"no Parquet")
    with pytest.raises(ValueError, match="no decision log"):
        read_frame(path)
    pq.write_table(pq.read_table(written(tmp_path / "log.parquet", logged(3, 1))).select(["seed"]), path)
    with pytest.raises(ValueError, match="no decision log"):
        read_frame(path)


def test_a_file_that_is_not_completed_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), DecisionFile(tmp_path / "log.parquet") as file:
        file.add(logged(20, 1))
        raise RuntimeError("the service went away")
    assert list(tmp_path.iterdir()) == []
