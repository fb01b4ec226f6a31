"""docs/catalog.md: every block lints, and charging computes what it says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest
import yaml

from services.catalog.application.lint import LintReport
from services.catalog.domain.circumstances import KINDS
from services.catalog.domain.offerings import FeeKind
from services.catalog.domain.policies import CounterMeasure
from services.catalog.domain.pricing import PriceModel
from tests.support.catalog import lint_text

PAGE = (Path(__file__).parents[3] / "docs" / "catalog.md").read_text(encoding="utf-8")
_HEADING_OR_BLOCK = re.compile(
    r"^#+ (?P<heading>[^\n]+)$|^```yaml\n(?P<block>.*?)^```$", re.MULTILINE | re.DOTALL
)


def _blocks() -> list[tuple[str, str]]:
    """Each block with the heading it stands under."""
    found, heading = [], ""
    for match in _HEADING_OR_BLOCK.finditer(PAGE):
        heading = match["heading"] or heading
        if match["block"]:
            found.append((heading, match["block"]))
    return found


(_, BASE), *BLOCKS = _blocks()


def lint_block(block: str) -> LintReport:
    """The block on top of the one that all of them stand on."""
    return lint_text(BASE, block)


@pytest.mark.parametrize(("heading", "block"), BLOCKS, ids=[heading for heading, _ in BLOCKS])
def test_a_block_lints_and_its_worked_example_holds(heading: str, block: str) -> None:
    report = lint_block(block)
    assert [(f.reason.name, f.field, f.message) for f in report.errors] == []
    if "offerings" in yaml.safe_load(block):
        assert report.examples > 0, f"{heading} has prices and no worked example"


def test_a_wrong_sum_would_be_noticed() -> None:
    report = lint_block(dict(BLOCKS)["Flat"].replace('"0.14"', '"0.15"'))
    assert [finding.reason.name for finding in report.errors] == ["EXAMPLE_DIFFERS"]


def test_every_section_with_prices_works_a_sum_in_words() -> None:
    """A digit in the prose that follows the last block of a section."""
    for section in re.split(r"^#+ ", PAGE, flags=re.MULTILINE)[2:]:
        if "```yaml" in section:
            assert re.search(r"[0-9]", section.rsplit("```", 1)[1]), section.splitlines()[0]


def test_the_page_shows_every_model_condition_fee_and_counter() -> None:
    catalogs = [lint_block(block).accepted().catalog for _, block in BLOCKS]
    offerings = [offering for catalog in catalogs for offering in catalog.offerings]
    prices = [price for offering in offerings for price in offering.prices]
    allowances = [allowance for offering in offerings for allowance in offering.allowances]
    assert {type(price.model) for price in prices} == set(get_args(PriceModel))
    assert [kind for kind in KINDS if not any(price.conditions.of(kind) for price in prices)] == []
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
    for rule in ("renews", "rollover", "valid_from_first_use", "member_limit_units", "giftable", "shared"):
        assert any(getattr(allowance, rule) for allowance in allowances), rule
    fees = [fee for offering in offerings for fee in offering.fees]
    assert {fee.kind for fee in fees} == set(FeeKind)
    assert any(fee.prorated for fee in fees)
    assert any(fee.promotion_periods for fee in fees)
    assert {counter.measure for catalog in catalogs for counter in catalog.counters} == set(CounterMeasure)
    assert any(catalog.velocity_limits for catalog in catalogs)
