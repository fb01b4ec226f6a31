"""The example agreements: sound, beside the example catalog too, and their schema current."""

from __future__ import annotations

import json
from typing import get_args

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml

from services.catalog.adapters.messages import catalog_message
from services.catalog.adapters.offline import offline_linter
from services.partner_settlement.adapters.catalog_view import catalog_view
from services.partner_settlement.adapters.json_schema import agreements_schema
from services.partner_settlement.adapters.yaml_source import YamlAgreementReader
from services.partner_settlement.application.agreement_lint import Linter, LintReport
from services.partner_settlement.application.agreement_ports import NOTHING_PUBLISHED
from services.partner_settlement.domain.agreements import BasisKind, Funding, Step
from services.partner_settlement.domain.catalog_view import CatalogView
from services.partner_settlement.domain.periods import PeriodKind
from tests.support.agreement_files import EXAMPLE_FOLDER, example_agreement_files
from tests.support.catalog import example_files


@pytest.fixture(scope="module")
def catalog() -> CatalogView:
    return catalog_view(catalog_message(offline_linter().lint_source(example_files()).accepted().catalog), 1)


@pytest.fixture(scope="module")
def report(catalog: CatalogView) -> LintReport:
    return Linter(YamlAgreementReader()).lint_source(example_agreement_files(), NOTHING_PUBLISHED, catalog)


def test_lint_finds_nothing_and_the_catalog_has_all_that_is_named(report: LintReport) -> None:
    assert report.findings == ()


def test_every_agreement_that_the_catalog_names_is_there(report: LintReport, catalog: CatalogView) -> None:
    named = {offering.agreement_code for offering in catalog.offerings.values()} - {""}
    assert named == set(report.accepted().agreements_by_code())


def test_every_agreement_works_its_sums_out(report: LintReport) -> None:
    document = report.accepted()
    assert {example.agreement_code for example in document.examples} == set(document.agreements_by_code())


def test_a_week_is_enough_to_settle_each(report: LintReport) -> None:
    """So that a demo can close one."""
    assert {agreement.period for agreement in report.accepted().agreements} == {PeriodKind.WEEK}


def test_it_shows_every_step_and_funding(report: LintReport) -> None:
    terms = [term for agreement in report.accepted().agreements for term in agreement.terms]
    shown = {type(step).__name__ for term in terms for step in term.waterfall}
    # A fixed fee is in the handbook.
    assert shown == {step.__name__ for step in get_args(Step)} - {"FixedStep"}
    assert {term.funding for term in terms} == set(Funding)
    assert {term.basis.kind for term in terms} == set(BasisKind) - {BasisKind.HIGHER_OF}


def test_the_published_schema_is_current() -> None:
    published = (EXAMPLE_FOLDER / "agreements.schema.json").read_text(encoding="utf-8")
    assert published == agreements_schema(), (
        "write it anew: python -m services.partner_settlement.adapters.json_schema"
    )


def test_an_editor_with_the_schema_accepts_every_file_and_refuses_an_amount_without_quotes() -> None:
    schema = jsonschema.Draft202012Validator(json.loads(agreements_schema()))
    for file in example_agreement_files():
        content = json.loads(json.dumps(yaml.safe_load(file.content), default=str))
        assert list(schema.iter_errors(content)) == [], file.name
    content = {"agreements": {"a": {"terms": {"b": {"waterfall": [{"fixed": {"amount": 0.05}}]}}}}}
    assert any("0.05" in str(error.context or error.message) for error in schema.iter_errors(content))
