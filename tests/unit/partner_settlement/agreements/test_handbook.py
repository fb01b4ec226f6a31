"""docs/agreements.md: every block lints, and settlement computes what it says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest
import yaml

from services.partner_settlement.application.agreement_lint import LintReport
from services.partner_settlement.domain.agreements import (
    BasisKind,
    Funding,
    RecipientKind,
    SplitStep,
    Step,
)
from tests.support.agreement_files import lint_agreement_text

PAGE = (Path(__file__).parents[4] / "docs" / "agreements.md").read_text(encoding="utf-8")
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
    return lint_agreement_text(BASE, block)


@pytest.mark.parametrize(("heading", "block"), BLOCKS, ids=[heading for heading, _ in BLOCKS])
def test_a_block_lints_and_its_worked_example_holds(heading: str, block: str) -> None:
    report = lint_block(block)
    # A block uses some of the parties only.
    findings = [f for f in report.findings if f.reason.name != "PARTY_UNUSED"]
    assert [(f.reason.name, f.field, f.message) for f in findings] == []
    if "agreements" in yaml.safe_load(block):
        assert report.accepted().examples, f"{heading} has an agreement and no worked example"


def test_a_wrong_sum_would_be_noticed() -> None:
    report = lint_block(dict(BLOCKS)["Remainder"].replace('"34.00"', '"34.01"'))
    assert [finding.reason.name for finding in report.errors] == ["EXAMPLE_DIFFERS"]


def test_every_section_with_a_block_works_a_sum_in_words() -> None:
    """A digit in the prose that follows the last block of a section."""
    for section in re.split(r"^#+ ", PAGE, flags=re.MULTILINE)[2:]:
        if "```yaml" in section:
            assert re.search(r"[0-9]", section.rsplit("```", 1)[1]), section.splitlines()[0]


def _recipients(step: Step) -> set[RecipientKind]:
    if isinstance(step, SplitStep):
        return {recipient.kind for recipient, _ in step.shares}
    to = getattr(step, "to", None)
    return {to.kind} if to else set()


def test_the_page_shows_every_step_basis_and_funding() -> None:
    documents = [lint_block(block).accepted() for _, block in BLOCKS]
    terms = [term for document in documents for agreement in document.agreements for term in agreement.terms]
    steps = [step for term in terms for step in term.waterfall]
    assert {type(step) for step in steps} == set(get_args(Step))
    assert {term.basis.kind for term in terms} == set(BasisKind)
    assert {term.funding for term in terms} == set(Funding)
    recipients = set().union(*(_recipients(step) for step in steps))
    assert recipients == {RecipientKind.PAY, RecipientKind.KEEP, RecipientKind.BEAR}
    assert any(agreement.loyalty_programs for document in documents for agreement in document.agreements)
