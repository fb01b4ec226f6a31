"""Reasons of form that the reader of YAML reports by name are there for every kind of files."""

from __future__ import annotations

from enum import Enum

import pytest

from services.catalog.domain import findings as catalog_findings
from services.common.runtime.yaml_tree import FormReason
from services.partner_settlement.domain import findings as agreement_findings


@pytest.mark.parametrize("reasons", [catalog_findings.FindingReason, agreement_findings.FindingReason])
def test_every_reason_of_form_is_a_reason_of_the_files(reasons: type[Enum]) -> None:
    assert set(FormReason.__members__) <= set(reasons.__members__)


# Two members of the same text would be one, under the name of the first.
@pytest.mark.parametrize(
    "reasons", [FormReason, catalog_findings.FindingReason, agreement_findings.FindingReason]
)
def test_no_reason_is_another_name_of_one(reasons: type[Enum]) -> None:
    assert len(list(reasons)) == len(reasons.__members__)
