"""What files of statements are called."""

from __future__ import annotations

import pytest
from tidemark.partner_settlement.v1 import statement_pb2

from services.partner_settlement.adapters.documents import document_name
from services.partner_settlement.domain.documents import DocumentFormat
from tests.support.statements import statement


@pytest.mark.parametrize(
    ("state", "numbers", "expected"),
    [
        (statement_pb2.STATEMENT_STATE_FINAL, (1, 7), "melody_2026-11_r1_n000007.pdf"),
        (statement_pb2.STATEMENT_STATE_SUPERSEDED, (2, 7), "melody_2026-11_r2_n000007_superseded.pdf"),
        (statement_pb2.STATEMENT_STATE_PARKED, (1, 0), "melody_2026-11_r1_parked.pdf"),
        (statement_pb2.STATEMENT_STATE_ESTIMATE, (0, 0), "melody_2026-11_estimate.pdf"),
        (statement_pb2.STATEMENT_STATE_UNSPECIFIED, (1, 0), "melody_2026-11_r1_draft.pdf"),
    ],
)
def test_a_name_repeats_the_header(
    state: statement_pb2.StatementState.ValueType, numbers: tuple[int, int], expected: str
) -> None:
    revision, number = numbers
    made = statement([], state=state, revision=revision, sequence_number=number)
    assert document_name(made, DocumentFormat.PDF) == expected


def test_a_format_is_the_ending_and_has_a_media_type() -> None:
    names = [document_name(statement([]), each) for each in DocumentFormat]
    assert [name.rpartition(".")[2] for name in names] == ["csv", "parquet", "pdf"]
    assert all(each.media_type for each in DocumentFormat)
