"""The decision log as Parquet: a row a decision, with candidates and outcomes as nested lists.

Metadata `tidemark.feature_names` is JSON: feature version -> {"context": [...], "offer": [...]}. Columns have
the names of tidemark.offers.v1.Decision; enums are texts, instants microseconds in UTC.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]
from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.offers.v1 import decision_pb2
from tidemark.offers.v1 import learning_api_pb2 as api

from services.common.runtime.columns import SCHEMA_VERSION_KEY, Row
from services.offers.adapters.decision_enums import OUTCOME_KINDS

NAMES_KEY = "tidemark.feature_names"
SCHEMA_VERSION = 1
_ROWS_IN_A_GROUP = 5_000
_AT = pa.timestamp("us", tz="UTC")
_CANDIDATE = pa.struct(
    [
        ("offer_code", pa.string()),
        ("probability", pa.float64()),
        ("rank", pa.int16()),
        ("propensity", pa.float64()),
        ("context_weight", pa.float64()),
        ("value_minor_micros", pa.int64()),
        ("lever", pa.float64()),
        ("priority", pa.float64()),
        ("price_minor_micros", pa.int64()),
        ("currency_code", pa.string()),
        ("features", pa.list_(pa.float32())),
    ]
)
_OUTCOME = pa.struct(
    [
        ("offer_code", pa.string()),
        ("kind", pa.string()),
        ("at", _AT),
        ("rating", pa.int32()),
        ("reason", pa.string()),
        ("value_minor_micros", pa.int64()),
    ]
)
_TEXTS = pa.map_(pa.string(), pa.string())
_DROPPED = pa.struct([("offer_code", pa.string()), ("reason", pa.string()), ("stage", pa.string())])
SCHEMA = pa.schema(
    [
        ("decision_id", pa.string()),
        ("decided_at", _AT),
        ("subscriber_pseudonym", pa.string()),
        ("placement", pa.string()),
        ("channel", pa.string()),
        ("raised_by", pa.string()),
        ("policy_version", pa.int32()),
        ("model_version", pa.string()),
        ("feature_version", pa.string()),
        ("feature_seq", pa.uint64()),
        ("candidates", pa.list_(_CANDIDATE)),
        ("dropped", pa.list_(_DROPPED)),
        ("chosen", pa.string()),
        ("seed", pa.uint64()),
        ("arms", _TEXTS),
        ("control_group", pa.bool_()),
        ("reason", pa.string()),
        ("fallback", pa.string()),
        ("features", pa.list_(pa.float32())),
        ("reward_window_ends", _AT),
        ("context", _TEXTS),
        ("consents", pa.list_(pa.string())),
        ("outcomes", pa.list_(_OUTCOME)),
        ("settled", pa.bool_()),
        ("reward_position", pa.int64()),
    ],
    metadata={SCHEMA_VERSION_KEY: str(SCHEMA_VERSION)},
)


class DecisionFile:
    """A Parquet file in the making, under a name of its own until it is whole; gone where it never is.

    `presented_only`: without decisions that presented nothing, which teach nothing.
    """

    def __init__(self, path: Path, *, presented_only: bool = False) -> None:
        self._path = path
        self._presented_only = presented_only
        self._part = path.with_name(f".{path.name}.{os.getpid()}.part")
        self._rows: list[Row] = []
        self._names: dict[str, Any] = {}
        self.decisions = 0

    def __enter__(self) -> DecisionFile:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._part.open("wb")
        self._writer = pq.ParquetWriter(self._file, SCHEMA, compression="zstd")
        return self

    def add(self, answer: api.ExportDecisionsResponse) -> None:
        """Appends a portion of the log."""
        for version, names in answer.feature_names.items():
            self._names[version] = {"context": list(names.context), "offer": list(names.offer)}
        wanted = [
            each
            for each in answer.decisions
            if not self._presented_only or each.decision.presented_offer_codes
        ]
        self._rows += [row_of(each) for each in wanted]
        self.decisions += len(wanted)
        if len(self._rows) >= _ROWS_IN_A_GROUP:
            self._write()

    def complete(self) -> None:
        """Gives the file its name, once it is on disk."""
        self._write()
        self._writer.add_key_value_metadata({NAMES_KEY: json.dumps(self._names, sort_keys=True)})
        self._writer.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._part.replace(self._path)

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        # A writer that is not closed would try again when it is forgotten.
        with contextlib.suppress(OSError, ValueError, pa.ArrowException):
            self._writer.close()
        self._file.close()
        self._part.unlink(missing_ok=True)

    def _write(self) -> None:
        if self._rows:
            self._writer.write_table(pa.Table.from_pylist(self._rows, schema=SCHEMA))
            self._rows = []


def feature_names(file: pq.ParquetFile) -> Mapping[str, Mapping[str, list[str]]]:
    """Names of features by version, as a file has them. Raises ValueError where it has none."""
    metadata = file.metadata.metadata or {}
    if NAMES_KEY.encode() not in metadata:
        raise ValueError("it is no decision log: `tidemark offers export-decisions` writes one")
    names: Mapping[str, Mapping[str, list[str]]] = json.loads(metadata[NAMES_KEY.encode()])
    return names


def row_of(logged: api.LoggedDecision) -> Row:
    """One row."""
    decision = logged.decision
    presented = decision.presented_offer_codes
    return {
        "decision_id": decision.decision_id,
        "decided_at": _micros(decision.decided_at),
        "subscriber_pseudonym": decision.subscriber_pseudonym,
        "placement": decision.placement,
        "channel": decision.channel,
        "raised_by": decision.raised_by,
        "policy_version": decision.policy_version,
        "model_version": decision.model_version,
        "feature_version": decision.feature_version,
        "feature_seq": decision.feature_seq,
        "candidates": [_candidate(each) for each in decision.candidates],
        "dropped": [
            {"offer_code": each.offer_code, "reason": each.reason, "stage": each.stage}
            for each in decision.dropped
        ],
        "chosen": presented[0] if presented else "",
        "seed": decision.seed,
        "arms": sorted(decision.arms.items()),
        "control_group": decision.control_group,
        "reason": decision.reason,
        "fallback": decision.fallback,
        "features": list(decision.features),
        "reward_window_ends": _micros(decision.reward_window_ends)
        if decision.HasField("reward_window_ends")
        else None,
        "context": sorted(decision.context.items()),
        "consents": list(decision.consents),
        "outcomes": [_outcome(each) for each in logged.outcomes],
        "settled": logged.settled,
        "reward_position": logged.reward_position,
    }


def _candidate(candidate: decision_pb2.Candidate) -> Row:
    factors = candidate.factors
    return {
        "offer_code": candidate.offer_code,
        "probability": candidate.probability,
        "rank": candidate.rank,
        "propensity": factors.propensity,
        "context_weight": factors.context_weight,
        "value_minor_micros": factors.value_minor_micros,
        "lever": factors.lever,
        "priority": factors.priority,
        "price_minor_micros": candidate.price_minor_micros,
        "currency_code": candidate.currency_code,
        "features": list(candidate.features),
    }


def _outcome(outcome: decision_pb2.Outcome) -> Row:
    return {
        "offer_code": outcome.offer_code,
        "kind": OUTCOME_KINDS[outcome.kind].value,
        "at": _micros(outcome.at),
        "rating": outcome.rating,
        "reason": outcome.reason,
        "value_minor_micros": outcome.value_minor_micros,
    }


def _micros(at: Timestamp) -> int:
    return at.seconds * 1_000_000 + at.nanos // 1_000
