"""Presentations of the exported decision log, for the replay of the rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]
from tidemark.offers.v1 import decision_pb2

from services.common.kernel.clock import Instant, instant
from services.offers.domain.evaluation.replay import Shown
from services.offers.domain.policies import Purpose

_PURPOSES = {purpose.value: purpose for purpose in Purpose}
_COLUMNS = [
    "decision_id",
    "decided_at",
    "subscriber_pseudonym",
    "channel",
    "raised_by",
    "policy_version",
    "consents",
    "candidates",
]


def shown_in(decisions: Iterable[decision_pb2.Decision]) -> Iterator[Shown]:
    """Every offer that was presented. A purpose that this version does not know is no consent."""
    for decision in decisions:
        consents = _known(decision.consents)
        for code in decision.presented_offer_codes:
            yield Shown(
                decision.decision_id,
                Instant(decision.decided_at.ToMicroseconds()),
                decision.subscriber_pseudonym,
                code,
                decision.channel,
                decision.raised_by,
                decision.policy_version,
                consents,
            )


def shown_in_file(path: Path) -> Iterator[Shown]:
    """The same of a file of `tidemark offers export-decisions`.

    Raises ValueError where it is none, or was written before consents were logged.
    """
    try:
        with pq.ParquetFile(path) as file:
            if "consents" not in file.schema_arrow.names:
                raise ValueError("it does not say who had consented; export the log again")
            for batch in file.iter_batches(columns=_COLUMNS):
                for row in batch.to_pylist():
                    yield from _shown(row)
    except pa.ArrowException as error:
        raise ValueError(f"it is no decision log: {error}") from error


def _shown(row: dict[str, Any]) -> Iterator[Shown]:
    consents, at = _known(row["consents"]), instant(row["decided_at"])
    presented = sorted((each for each in row["candidates"] if each["rank"]), key=lambda each: each["rank"])
    for each in presented:
        yield Shown(
            row["decision_id"],
            at,
            row["subscriber_pseudonym"],
            each["offer_code"],
            row["channel"],
            row["raised_by"],
            row["policy_version"],
            consents,
        )


def _known(texts: Iterable[str]) -> frozenset[Purpose]:
    return frozenset(_PURPOSES[text] for text in texts if text in _PURPOSES)
