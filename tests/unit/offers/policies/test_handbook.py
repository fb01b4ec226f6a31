"""docs/offers.md: every block lints, its examples are decided as they say, and every key is shown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.offers.adapters.cel.compiler import CelRuleCompilers
from services.offers.adapters.json_schema import policies_schema
from services.offers.adapters.yaml_form.places import CellProperties, FenceProperties
from services.offers.application.policy_compile import compile_policies
from services.offers.application.policy_lint import LintReport
from services.offers.domain.offer_facts import OfferFacts
from services.offers.domain.policies import ActionKind, Ranking, TriggerKind
from services.offers.domain.rule_variables import VARIABLE_NAMES
from services.offers.domain.worked_facts import asked_of, moment_of, view_of
from tests.support.offers_policies import example_catalog_terms, lint_policy_text, read_policies

PAGE = (Path(__file__).parents[4] / "docs" / "offers.md").read_text(encoding="utf-8")
_HEADING_OR_BLOCK = re.compile(
    r"^#+ (?P<heading>[^\n]+)$|^```yaml\n(?P<block>.*?)^```$", re.MULTILINE | re.DOTALL
)
CATALOG = example_catalog_terms()


def _blocks() -> list[tuple[str, str]]:
    """Each block with the heading it stands under."""
    found, heading = [], ""
    for match in _HEADING_OR_BLOCK.finditer(PAGE):
        heading = match["heading"] or heading
        if match["block"]:
            found.append((heading, match["block"]))
    return found


(_, BASE), *BLOCKS = _blocks()
PLACES = re.findall(r"^```json\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)[0]


def base_for(block: str) -> str:
    """What all blocks stand on, without a part that the block has in another way."""
    own = yaml.safe_load(block).keys() - {"rules", "offers", "experiments", "examples"}
    parts = re.split(r"^(?=[a-z])", BASE, flags=re.MULTILINE)
    return "".join(part for part in parts if part.partition(":")[0] not in own)


def lint_block(block: str) -> LintReport:
    """The block on top of the one that all of them stand on."""
    places = PLACES if "fence" in block.partition("examples:")[0] else ""
    return lint_policy_text(base_for(block), block, places=places, catalog=CATALOG)


def test_what_all_blocks_stand_on_is_sound() -> None:
    report = lint_policy_text(BASE, places="", catalog=CATALOG)
    assert [finding.words for finding in report.findings] == []


@pytest.mark.parametrize(("heading", "block"), BLOCKS, ids=[heading for heading, _ in BLOCKS])
def test_a_block_lints_and_its_worked_examples_hold(heading: str, block: str) -> None:
    report = lint_block(block)
    # The example of the base may see further offers now; a block may show offers that no example expects.
    base_examples = {f"examples.{code}.expected" for code in yaml.safe_load(BASE)["examples"]}
    findings = [f for f in report.findings if f.field not in base_examples]
    assert [finding.words for finding in findings] == []
    assert yaml.safe_load(block).get("examples"), f"{heading} has no worked example"


def test_a_wrong_expectation_would_be_noticed() -> None:
    block = dict(BLOCKS)["Not worse off"].replace("month: 100 MB", "month: 200 MB")
    assert {finding.reason.name for finding in lint_block(block).errors} == {"EXAMPLE_DIFFERS"}


def test_every_key_of_the_form_is_shown() -> None:
    shown = set(_keys([yaml.safe_load(text) for text in (BASE, *(block for _, block in BLOCKS))]))
    assert set(_properties(yaml.safe_load(policies_schema()))) - shown == set()
    for form in (FenceProperties, CellProperties):
        assert all(f'"{name}"' in PLACES for name in form.model_fields)


def test_every_kind_of_action_trigger_and_ranking_is_shown() -> None:
    blocks = [yaml.safe_load(block) for _, block in BLOCKS]
    offers = [offer for block in blocks for offer in block.get("offers", {}).values()]
    actions = {kind for offer in offers for kind in offer["action"]}
    assert actions >= {kind.value for kind in ActionKind}
    # YAML 1.1 takes a bare `on` for true; the reader of policies does not.
    triggers = {trigger[True] for offer in offers for trigger in offer.get("triggers", ())}
    assert triggers == {kind.value for kind in TriggerKind}
    arms = [
        arm
        for block in blocks
        for item in block.get("experiments", {}).values()
        for arm in item["arms"].values()
    ]
    assert {arm.get("ranking", "model") for arm in arms} == {ranking.value for ranking in Ranking}


def test_every_variable_is_named() -> None:
    for name in VARIABLE_NAMES:
        assert re.search(rf"^\| `{name}[`.]", PAGE, re.MULTILINE), name


def test_the_sentence_of_the_handbook_is_what_the_customer_reads() -> None:
    block = dict(BLOCKS)["Words"]
    policies = read_policies(base_for(block), block, places="")
    compiled = compile_policies(policies, 1, CelRuleCompilers(), CATALOG).policies
    example = next(item for item in policies.examples if item.code == "back-after-two-hours")
    offer = next(item for item in compiled.offers if item.offer.code == "worded")
    view, asked = view_of(compiled, example), asked_of(example, 1)
    facts = OfferFacts(compiled, view, asked, moment_of(example)).about(offer)
    said = [reason.texts["en"](facts) for reason in offer.reasons if reason.holds(facts)]
    assert said == ["Back after 2 h: 1.99 EUR.", "0 days with us {and counting}."]
    assert f"reads `{said[0]}`" in PAGE


def _keys(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        for key, value in part.items():
            yield "on" if key is True else str(key)
            yield from _keys(value)
    elif isinstance(part, list):
        for value in part:
            yield from _keys(value)


def _properties(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        properties = schema.get("properties")
        yield from properties if isinstance(properties, dict) else ()
        for part in schema.values():
            yield from _properties(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _properties(part)
