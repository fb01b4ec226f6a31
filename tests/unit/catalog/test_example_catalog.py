"""The example catalog: sound, complete for the demo's table of usage, and its schema current."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import get_args

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml

from services.catalog.adapters.json_schema import catalog_schema
from services.catalog.adapters.offline import offline_linter
from services.catalog.application.lint import LintReport
from services.catalog.domain.catalog import Catalog
from services.catalog.domain.circumstances import KINDS
from services.catalog.domain.lint.coverage import cover
from services.catalog.domain.moments import Timeline
from services.catalog.domain.offerings import ExistingSubscribers, FeeKind, OfferingKind
from services.catalog.domain.policies import CounterMeasure
from services.catalog.domain.pricing import PriceModel
from services.common.runtime.source_files import read_source
from tests.support.catalog import EXAMPLE_FOLDER, example_files

USAGE = EXAMPLE_FOLDER.parent / "usage" / "data_flows.csv"


@pytest.fixture(scope="module")
def report() -> LintReport:
    return offline_linter().lint_source(example_files())


@pytest.fixture(scope="module")
def catalog(report: LintReport) -> Catalog:
    return report.accepted().catalog


def test_lint_finds_nothing_but_what_is_sold_in_euro_only(report: LintReport) -> None:
    assert [finding.reason.name for finding in report.findings] == ["CURRENCY_NOT_SOLD"]
    assert report.examples >= 50


def test_every_file_works_its_prices_out(report: LintReport) -> None:
    for file in example_files():
        if re.search(r"^offerings:$", file.content, re.MULTILINE):
            assert re.search(r"^examples:$", file.content, re.MULTILINE), file.name


def test_every_category_of_the_usage_table_has_its_rating_group(catalog: Catalog) -> None:
    with USAGE.open(newline="") as table:
        categories = {row["category"] for row in csv.DictReader(table)}
    codes = {_code(category) for category in categories}
    data = {group.code for group in catalog.rating_groups if group.service == "data"}
    assert codes == data
    assert catalog.default_rating_group == _code("Unspecified")


def test_every_plan_prices_all_data_wherever_it_is_sold(catalog: Catalog) -> None:
    data = {group.code for group in catalog.rating_groups if group.service == "data"}
    for plan in (offering for offering in catalog.offerings if offering.kind is OfferingKind.PLAN):
        coverages = cover(catalog, Timeline.of(catalog), plan)
        priced = {group for coverage in coverages for group in coverage.family.rating_groups}
        assert data <= priced, plan.code
        assert [coverage.holes for coverage in coverages if coverage.holes] == [], plan.code


def test_an_allowance_for_several_rating_groups_outlasts_the_whole_usage_table(catalog: Catalog) -> None:
    with USAGE.open(newline="") as table:
        total = sum(int(r["uplink_octets"]) + int(r["downlink_octets"]) for r in csv.DictReader(table))
    for offering in catalog.offerings:
        for allowance in offering.allowances:
            if len(allowance.rating_groups) > 1:
                assert allowance.amount > 10 * total, f"{offering.code}.{allowance.code}"


def test_the_published_schema_is_current() -> None:
    published = (EXAMPLE_FOLDER / "catalog.schema.json").read_text(encoding="utf-8")
    assert published == catalog_schema(), "write it anew: python -m services.catalog.adapters.json_schema"


def test_an_editor_with_the_schema_accepts_every_file_and_refuses_an_amount_without_quotes() -> None:
    schema = jsonschema.Draft202012Validator(json.loads(catalog_schema()))
    for file in example_files():
        content = json.loads(json.dumps(yaml.safe_load(file.content), default=str))
        assert list(schema.iter_errors(content)) == [], file.name
    content = {"offerings": {"a": {"prices": {"b": {"flat": {"amount": 0.05}}}}}}
    assert any("0.05" in error.message for error in schema.iter_errors(content))


def test_it_shows_every_model_every_condition_and_every_kind_of_fee(catalog: Catalog) -> None:
    prices = [price for offering in catalog.offerings for price in offering.prices]
    models = {type(price.model) for price in prices}
    assert models == set(get_args(PriceModel))
    assert [kind for kind in KINDS if not any(price.conditions.of(kind) for price in prices)] == []
    assert {fee.kind for offering in catalog.offerings for fee in offering.fees} == set(FeeKind)
    assert {offering.existing_subscribers for offering in catalog.offerings} == set(ExistingSubscribers)
    assert {counter.measure for counter in catalog.counters} == set(CounterMeasure)
    for telling in (
        "time_band",
        "dated",
        "minimum",
        "maximum",
        "tax",
        "dynamic",
        "concurrency",
        "increments",
    ):
        assert any(getattr(price, telling) for price in prices), telling


def test_a_folder_without_files_says_so(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no \.yaml"):
        read_source(tmp_path)


def test_a_file_that_is_no_text_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match=r"a\.yaml is not UTF-8"):
        read_source(tmp_path)


def _code(category: str) -> str:
    """SocialNetwork -> social-network; abbreviations in one word."""
    words = {"VoIP": "voip", "RPC": "rpc"}
    return words.get(category) or re.sub(r"(?<=[a-z])(?=[A-Z])", "-", category).lower()
