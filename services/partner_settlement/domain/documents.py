"""Statements as files: the states a statement can be in, the formats there are, how a file is called."""

from __future__ import annotations

from enum import Enum


class StatementState(Enum):
    """How far a statement has come. Only a final one has a sequence number."""

    ESTIMATE = "estimate"
    DRAFT = "draft"
    FINAL = "final"
    PARKED = "parked"
    SUPERSEDED = "superseded"


KEPT_STATES = frozenset({StatementState.FINAL, StatementState.PARKED, StatementState.SUPERSEDED})
"""States whose documents are kept, and so the same bytes whenever they are pulled."""


class DocumentFormat(Enum):
    """How a statement lies in a file. The value is the ending of its name, too."""

    CSV = "csv"
    PARQUET = "parquet"
    PDF = "pdf"

    @property
    def media_type(self) -> str:
        """Its name for programs (IANA)."""
        return _MEDIA_TYPES[self]


_MEDIA_TYPES = {
    DocumentFormat.CSV: "text/csv; charset=utf-8; header=present",
    DocumentFormat.PARQUET: "application/vnd.apache.parquet",
    DocumentFormat.PDF: "application/pdf",
}


def document_name(
    party_code: str,
    period: str,
    revision: int,
    sequence_number: int,
    state: StatementState,
    document_format: DocumentFormat,
) -> str:
    """Repeats the header: `melody_2026-11_r1_n000007.csv`.

    What has no sequence number leaves it out; what is not final says so, so that no two kinds of
    statement meet under one name: `melody_2026-11_estimate.pdf`, `melody_2026-11_r2_n000007_superseded.pdf`.
    """
    parts = [party_code, period]
    if revision:
        parts.append(f"r{revision}")
    if sequence_number:
        parts.append(f"n{sequence_number:06}")
    if state is not StatementState.FINAL:
        parts.append(state.value)
    return f"{'_'.join(parts)}.{document_format.value}"
