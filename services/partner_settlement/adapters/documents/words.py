"""Enumerations of a statement as words, and its instants as datetimes."""

from __future__ import annotations

from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.partner_settlement.v1 import agreement_pb2, statement_pb2

from services.partner_settlement.domain.documents import StatementState

STATES = {
    statement_pb2.STATEMENT_STATE_ESTIMATE: StatementState.ESTIMATE,
    statement_pb2.STATEMENT_STATE_DRAFT: StatementState.DRAFT,
    statement_pb2.STATEMENT_STATE_FINAL: StatementState.FINAL,
    statement_pb2.STATEMENT_STATE_PARKED: StatementState.PARKED,
    statement_pb2.STATEMENT_STATE_SUPERSEDED: StatementState.SUPERSEDED,
}


def state_of(header: statement_pb2.StatementHeader) -> StatementState:
    """The state of a statement. One that says none is a draft: nobody has vouched for it."""
    return STATES.get(header.state, StatementState.DRAFT)


def line_kind(kind: statement_pb2.LineKind.ValueType) -> str:
    """`share`, `carried-forward`, ...; '' where it is not said."""
    return _words(statement_pb2.LineKind.Name(kind), "LINE_KIND_")


def record_kind(kind: agreement_pb2.RecordKind.ValueType) -> str:
    """`usage`, `refund`, ...; '' where it is not said."""
    return _words(agreement_pb2.RecordKind.Name(kind), "RECORD_KIND_")


def moment(stamp: Timestamp) -> datetime:
    """The instant as an aware UTC datetime; microseconds."""
    return stamp.ToDatetime(UTC)


def _words(name: str, prefix: str) -> str:
    word = name.removeprefix(prefix)
    return "" if word == "UNSPECIFIED" else word.lower().replace("_", "-")
