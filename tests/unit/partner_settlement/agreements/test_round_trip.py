"""Export and storage: the same content gives the same bytes, and reads back as the same content."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tidemark.partner_settlement.v1 import agreement_pb2

from services.partner_settlement.adapters.agreement_messages import (
    agreement_message,
    agreement_of,
    party_message,
    party_of,
)
from services.partner_settlement.adapters.yaml_source import YamlAgreementReader
from services.partner_settlement.adapters.yaml_writer import CanonicalAgreementWriter
from services.partner_settlement.domain.agreement_document import AgreementDocument
from services.partner_settlement.domain.decimals import decimal_text, fraction
from tests.support.agreement_files import example_agreement_files, lint_agreement_text
from tests.support.agreement_strategies import documents

WRITER, READER = CanonicalAgreementWriter(), YamlAgreementReader()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(documents())
def test_what_is_exported_reads_back_equal_and_exports_to_the_same_bytes(document: AgreementDocument) -> None:
    file = WRITER.source(document)
    reading = READER.read([file])
    assert reading.findings == ()
    assert reading.document == document
    assert WRITER.source(reading.document) == file


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(documents())
def test_what_is_stored_reads_back_equal(document: AgreementDocument) -> None:
    for agreement in document.agreements:
        stored = agreement_message(agreement).SerializeToString(deterministic=True)
        again = agreement_of(agreement_pb2.Agreement.FromString(stored), 7)
        assert again == replace(agreement, version=7)
        assert agreement_message(again).SerializeToString(deterministic=True) == stored
    for party in document.parties:
        assert party_of(party_message(party)) == party


def test_the_examples_export_to_one_file_that_lints_clean_and_is_the_same() -> None:
    original = lint_agreement_text(*(file.content for file in example_agreement_files())).accepted()
    file = WRITER.source(original)
    report = lint_agreement_text(file.content)
    assert report.findings == ()
    assert report.document == original
    assert WRITER.source(report.accepted()) == file


def test_an_agreement_is_written_alone_with_its_examples() -> None:
    """Parties are versions of their own; the file of an agreement does not hold them."""
    document = lint_agreement_text(*(file.content for file in example_agreement_files())).accepted()
    games = document.agreements_by_code()["games-2026"]
    mine = [example for example in document.examples if example.agreement_code == games.code]
    written = WRITER.agreement(games, mine)
    assert (
        READER.read([WRITER.source(AgreementDocument((), (games,), tuple(mine)))]).document
        == READER.read([replace(WRITER.source(document), content=written.source)]).document
    )
    assert written.content_sha256 == WRITER.agreement(games, []).content_sha256


@given(st.integers(-(10**12), 10**12), st.integers(0, 12))
def test_a_decimal_is_written_shortest_and_reads_back(number: int, digits: int) -> None:
    value = Fraction(number, 10**digits)
    text = decimal_text(value)
    assert fraction(text) == value
    assert "." not in text or not text.endswith(("0", "."))


def test_a_third_is_no_decimal() -> None:
    with pytest.raises(ValueError, match="no finite decimal"):
        decimal_text(Fraction(1, 3))
