"""docs/notification.md: every block lints, its examples are told as they say, every key is shown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.common.kernel.findings import SourceFile
from services.notification.adapters.rules.json_schema import rules_schema
from services.notification.application.ruling.lint import LintReport
from services.notification.domain.facts import FACT_FIELDS, FactKind
from services.notification.domain.notifications import AlertSeverity, Category, Channel
from services.notification.domain.ruling.rule_variables import CUSTOMER_NAMES
from tests.support.notification_rules import lint_files

PAGE = (Path(__file__).parents[4] / "docs" / "notification.md").read_text(encoding="utf-8")
_HEADING = re.compile(r"^#+ (?P<heading>[^\n]+)$", re.MULTILINE)
_BLOCK = re.compile(
    r"^```yaml\n(?P<rules>.*?)^```\n(?P<words>(?:\n```ftl(?: [a-z]+)?\n.*?^```\n)+)", re.MULTILINE | re.DOTALL
)
_WORDS = re.compile(r"^```ftl ?(?P<language>[a-z]*)\n(?P<words>.*?)^```$", re.MULTILINE | re.DOTALL)


def _blocks() -> Iterator[tuple[str, str, dict[str, str]]]:
    """Each block of rules with the heading it stands under and the words behind it, by language."""
    for match in _BLOCK.finditer(PAGE):
        heading = [found["heading"] for found in _HEADING.finditer(PAGE[: match.start()])][-1]
        words = {found["language"] or "en": found["words"] for found in _WORDS.finditer(match["words"])}
        yield heading, match["rules"], words


(_, BASE, BASE_WORDS), *BLOCKS = _blocks()
IDS = [f"{heading}-{number}" for number, (heading, _, _) in enumerate(BLOCKS)]


def lint_block(block: str, words: dict[str, str]) -> LintReport:
    """The block on top of the one that all of them stand on; what it has itself is not taken from there."""
    own = yaml.safe_load(block)
    parts = re.split(r"^(?=[a-z])", BASE, flags=re.MULTILINE)
    twice = {"alerts"} if "topped-up" in own.get("alerts", {}) else set()
    base = "".join(part for part in parts if part.partition(":")[0] not in own.keys() - {"alerts"} | twice)
    english = words.get("en", "") if twice else BASE_WORDS["en"] + words.get("en", "")
    files = [SourceFile("base.yaml", base), SourceFile("block.yaml", block), SourceFile("en.ftl", english)]
    files += [SourceFile(f"{code}.ftl", text) for code, text in words.items() if code != "en"]
    return lint_files(files)


def wrong(report: LintReport) -> list[str]:
    return [f.words for f in report.findings if f.reason.name != "FACT_UNTOLD"]


def test_what_all_blocks_stand_on_is_sound() -> None:
    assert wrong(lint_files([SourceFile("a.yaml", BASE), SourceFile("en.ftl", BASE_WORDS["en"])])) == []


@pytest.mark.parametrize(("heading", "block", "words"), BLOCKS, ids=IDS)
def test_a_block_lints_and_its_worked_examples_hold(heading: str, block: str, words: dict[str, str]) -> None:
    assert wrong(lint_block(block, words)) == []
    assert all(alert.get("examples") for alert in yaml.safe_load(block)["alerts"].values()), heading


def test_a_wrong_expectation_would_be_noticed() -> None:
    _, block, words = next(item for item in BLOCKS if item[0] == "Conditions")
    changed = block.replace("€1.50 left", "€1.60 left")
    assert {f.reason.name for f in lint_block(changed, words).errors} == {"EXAMPLE_DIFFERS"}


def test_every_key_of_the_form_is_shown() -> None:
    shown = set(_keys([yaml.safe_load(text) for text in (BASE, *(block for _, block, _ in BLOCKS))]))
    assert set(_properties(yaml.safe_load(rules_schema()))) - shown == set()


def test_every_field_of_every_fact_is_named() -> None:
    for kind in FactKind:
        (row,) = re.findall(rf"^\| `{kind.value}` .*$", PAGE, re.MULTILINE)
        assert all(f"`{name}`" in row for name in FACT_FIELDS[kind]), row


def test_every_choice_and_every_part_of_a_customer_is_named() -> None:
    for choice in (*Category, *AlertSeverity, *Channel):
        assert f"`{choice.value}`" in PAGE, choice
    (row,) = re.findall(r"^\| `customer` .*$", PAGE, re.MULTILINE)
    assert all(f"`{name}`" in row for name in CUSTOMER_NAMES)


def _keys(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        for key, value in part.items():
            # YAML 1.1 takes a bare `on` for true; the reader of rules does not.
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
