"""The decision log's Parquet into arrays: read a row group at a time, whatever version its features have."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]
from numpy.typing import NDArray

from services.offers.adapters.learning.decision_file import SCHEMA, feature_names
from services.offers.adapters.learning.frames import DecisionFrame, places_of
from services.offers.domain.decisions import REWARDS, OutcomeKind
from services.offers.domain.features import FeatureSpec, spec_of_names, widened

_COLUMNS = (
    "decision_id",
    "decided_at",
    "subscriber_pseudonym",
    "placement",
    "model_version",
    "feature_version",
    "candidates",
    "chosen",
    "arms",
    "control_group",
    "fallback",
    "features",
    "outcomes",
    "settled",
    "reward_position",
)
_WORTH = {kind.value: worth for kind, worth in REWARDS.items()}
_FLAGS = {
    "opted_out": OutcomeKind.OPTED_OUT.value,
    "complained": OutcomeKind.COMPLAINED.value,
    "reversed": OutcomeKind.REVERSED.value,
}
_MOST = 250_000


def read_frame(path: Path, most: int = _MOST, *, presented_only: bool = False) -> DecisionFrame:
    """The newest `most` decisions of a file. Raises ValueError where it is none.

    `presented_only`: without those that presented nothing.
    """
    try:
        with pq.ParquetFile(path) as file:
            specs = _specs(feature_names(file))
            reading = _Reading(_widest(specs), specs)
            for group in _newest_groups(file, most):
                reading.add(file.read_row_group(group, columns=list(_COLUMNS)), presented_only)
    except (pa.ArrowException, KeyError) as error:
        raise ValueError(f"it is no decision log: {error}") from error
    frame = reading.frame()
    return frame.take(np.arange(max(0, len(frame) - most), len(frame)))


def _newest_groups(file: pq.ParquetFile, most: int) -> list[int]:
    """Row groups from the end that have as many rows; in the order of the file."""
    found, rows = [], 0
    for group in range(file.num_row_groups - 1, -1, -1):
        if rows >= most:
            break
        found.append(group)
        rows += file.metadata.row_group(group).num_rows
    return found[::-1]


def _specs(names: Mapping[str, Mapping[str, list[str]]]) -> dict[str, FeatureSpec]:
    """Versions whose names this version of Tidemark knows; rows of others have no features."""
    specs = {}
    for version, each in names.items():
        try:
            specs[version] = spec_of_names(each["context"], each["offer"])
        except ValueError:
            continue
    return specs


def _widest(specs: Mapping[str, FeatureSpec]) -> FeatureSpec:
    widest = FeatureSpec()
    for spec in specs.values():
        widest = widened(widest, spec)
    return widest


class _Reading:
    """Arrays that grow by one row group after another."""

    def __init__(self, spec: FeatureSpec, specs: Mapping[str, FeatureSpec]) -> None:
        self._spec = spec
        self._specs = specs
        self._codes: dict[str, int] = {}
        self._offers: dict[bytes, int] = {}
        self._parts: list[dict[str, Any]] = []
        self._width = 1

    def add(self, table: pa.Table, presented_only: bool) -> None:
        if presented_only:
            table = table.filter(pc.not_equal(table["chosen"], ""))
        if table.num_rows:
            self._parts.append(self._part(table.combine_chunks()))

    def frame(self) -> DecisionFrame:
        columns: dict[str, Any] = {}
        for part in self._parts or [self._part(SCHEMA.empty_table())]:
            for name, values in part.items():
                columns.setdefault(name, []).append(values)
        joined = {name: self._joined(values) for name, values in columns.items()}
        table = np.frombuffer(b"".join(self._offers), dtype=np.float32)
        return DecisionFrame(
            spec=self._spec,
            codes=tuple(self._codes),
            offer_table=table.reshape(-1, len(self._spec.offer_names)).copy(),
            **joined,
        )

    def _joined(self, parts: list[NDArray[Any]]) -> NDArray[Any]:
        if parts[0].ndim == 2 and parts[0].dtype != np.float32:
            parts = [_padded(part, self._width) for part in parts]
        return np.concatenate(parts)

    def _part(self, table: pa.Table) -> dict[str, Any]:
        versions = table["feature_version"].to_pylist()
        context, known = self._contexts(table, versions)
        chosen = table["chosen"].to_pylist()
        candidates = self._candidates(table["candidates"].combine_chunks(), versions, chosen)
        return {
            "decision_id": _objects(table["decision_id"].to_pylist()),
            "decided_at": table["decided_at"].cast(pa.int64()).to_numpy().astype(np.int64),
            "pseudonym": _objects(table["subscriber_pseudonym"].to_pylist()),
            "placement": _objects(table["placement"].to_pylist()),
            "model_version": _objects(table["model_version"].to_pylist()),
            "fallback": _objects(table["fallback"].to_pylist()),
            "arms": _objects([dict(each) for each in table["arms"].to_pylist()]),
            "control": table["control_group"].to_numpy(),
            "settled": table["settled"].to_numpy(),
            "features_known": known,
            "context": context,
            **candidates,
            "reward_position": table["reward_position"].to_numpy().astype(np.int64),
            **_outcomes(table["outcomes"].to_pylist(), chosen),
        }

    def _contexts(
        self, table: pa.Table, versions: list[str]
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        lists = table["features"].combine_chunks()
        offsets, flat = lists.offsets.to_numpy(), lists.values.to_numpy(zero_copy_only=False)
        context = np.zeros((table.num_rows, len(self._spec.names)), dtype=np.float32)
        known = np.zeros(table.num_rows, dtype=bool)
        for version, spec in self._specs.items():
            source, target = places_of(spec.names, self._spec.names)
            rows = np.array([at for at, each in enumerate(versions) if each == version], dtype=np.intp)
            rows = rows[np.diff(offsets)[rows] == len(spec.names)]
            if len(rows):
                places = offsets[rows][:, None] + source
                context[np.ix_(rows, target)] = flat[places]
                known[rows] = True
        return context, known

    def _candidates(self, lists: pa.ListArray, versions: list[str], chosen: list[str]) -> dict[str, Any]:
        counts = np.diff(lists.offsets.to_numpy())
        width = max(1, int(counts.max(initial=0)))
        self._width = max(self._width, width)
        shape = (len(counts), width)
        found: dict[str, NDArray[Any]] = {
            "code": np.full(shape, -1, dtype=np.int32),
            "offer_row": np.full(shape, -1, dtype=np.int32),
            "probability": np.zeros(shape),
            "propensity": np.zeros(shape),
            "weights": np.zeros(shape),
            "value_minor_micros": np.zeros(shape, dtype=np.int64),
            "rank": np.zeros(shape, dtype=np.int16),
        }
        begin = lists.offsets.to_numpy()[0]
        values = lists.values.slice(begin, int(counts.sum()))
        rows = np.repeat(np.arange(len(counts)), counts)
        columns = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
        at, field = (rows, columns), _fields(values)
        codes = field("offer_code")
        found["code"][at] = [self._codes.setdefault(code, len(self._codes)) for code in codes]
        found["offer_row"][at] = self._offer_rows(values.field("features"), np.array(versions)[rows])
        for name in ("probability", "propensity", "rank", "value_minor_micros"):
            found[name][at] = field(name)
        minor = field("value_minor_micros") / 1_000_000
        found["weights"][at] = field("context_weight") * minor * field("lever")
        first = np.full(len(counts), -1, dtype=np.int32)
        for row, column, code in zip(rows.tolist(), columns.tolist(), codes, strict=True):
            if code == chosen[row]:
                first[row] = column
        return {**found, "chosen": first}

    def _offer_rows(self, lists: pa.ListArray, versions: NDArray[Any]) -> NDArray[np.int32]:
        """Rows of the table of offers; equal features are one row."""
        offsets, flat = lists.offsets.to_numpy(), lists.values.to_numpy(zero_copy_only=False)
        values = np.zeros((len(lists), len(self._spec.offer_names)), dtype=np.float32)
        for version, spec in self._specs.items():
            source, target = places_of(spec.offer_names, self._spec.offer_names)
            rows = np.flatnonzero((versions == version) & (np.diff(offsets) == len(spec.offer_names)))
            if len(rows):
                values[np.ix_(rows, target)] = flat[offsets[rows][:, None] + source]
        different, inverse = np.unique(values, axis=0, return_inverse=True)
        places = [self._offers.setdefault(row.tobytes(), len(self._offers)) for row in different]
        return np.array(places, dtype=np.int32)[inverse.ravel()]


def _outcomes(outcomes: list[list[dict[str, Any]]], chosen: list[str]) -> dict[str, NDArray[Any]]:
    """Rewards of the first places, and flags of whole decisions."""
    reward = np.full(len(chosen), np.nan)
    flags = {name: np.zeros(len(chosen), dtype=bool) for name in _FLAGS}
    for row, (each, code) in enumerate(zip(outcomes, chosen, strict=True)):
        kinds = [outcome["kind"] for outcome in each]
        for name, kind in _FLAGS.items():
            flags[name][row] = kind in kinds
        # The first that ended the waiting, as the learner counts it: reversed later, accepted all the same.
        worth = [_WORTH[o["kind"]] for o in each if o["offer_code"] == code and o["kind"] in _WORTH]
        if worth:
            reward[row] = worth[0]
    return {"reward": reward, **flags}


def _fields(values: pa.StructArray) -> Any:
    def field(name: str) -> Any:
        column = values.field(name)
        return column.to_pylist() if pa.types.is_string(column.type) else column.to_numpy()

    return field


def _objects(values: list[Any]) -> NDArray[np.object_]:
    found = np.empty(len(values), dtype=object)
    found[:] = values
    return found


def _padded(part: NDArray[Any], width: int) -> NDArray[Any]:
    fill = -1 if part.dtype == np.int32 else 0
    return np.pad(part, ((0, 0), (0, width - part.shape[1])), constant_values=fill)
