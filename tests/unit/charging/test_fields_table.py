"""`docs/charging.md` is held to the contract: every field and value is named, and nothing that is none."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from tidemark.charging.v1 import charging_api_pb2, charging_data_pb2

from services.charging.domain import reasons
from services.common.kernel.outcome import Reason

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "charging.md").read_text()
FILES = (charging_data_pb2.DESCRIPTOR, charging_api_pb2.DESCRIPTOR)
MESSAGES = {name: message for file in FILES for name, message in file.message_types_by_name.items()}
FIELDS = {f"{name}.{field.name}" for name, message in MESSAGES.items() for field in message.fields}
VALUES = {value.name for file in FILES for enum in file.enum_types_by_name.values() for value in enum.values}
PREFIXES = tuple(
    re.sub("(?<!^)(?=[A-Z])", "_", name).upper() + "_" for file in FILES for name in file.enum_types_by_name
)

ROWS = [line for line in PAGE.splitlines() if line.startswith("| ")]
QUOTED = re.findall(r"`([^`]+)`", PAGE)
NAMED_FIELDS = {name for name in QUOTED if re.fullmatch(r"[A-Z]\w+\.[a-z_0-9]+", name)}
NAMED_VALUES = {name for name in QUOTED if re.fullmatch(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+", name)}
NAMED_TESTS = sorted({name for name in QUOTED if "::" in name})


def _first_cells(heading: str) -> list[str]:
    """First cells of the table rows between a heading and the next one of its level."""
    after = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = [line for line in after.splitlines() if line.startswith("| `")]
    return [row.split(" | ")[0].removeprefix("| ").strip("`") for row in rows]


def test_every_field_of_the_contract_has_one_row() -> None:
    rows = [*_first_cells("Requests"), *_first_cells("Answers")]
    assert sorted(rows) == sorted(FIELDS)


def test_every_value_of_the_contract_s_enums_is_named() -> None:
    assert set() == VALUES - NAMED_VALUES


def test_the_page_names_no_field_or_value_that_does_not_exist() -> None:
    assert set() == NAMED_FIELDS - FIELDS
    assert {name for name in NAMED_VALUES if name.startswith(PREFIXES)} - VALUES == set()


def test_every_row_says_something_in_every_cell() -> None:
    for row in ROWS:
        cells = [cell.strip() for cell in row.strip("|").split(" | ")]
        assert all(cells), row


def test_every_reason_that_the_page_names_exists() -> None:
    known = {reason.name for reason in vars(reasons).values() if isinstance(reason, Reason)}
    table = PAGE.split("\n### The whole request\n")[1].split("\n### ")[0]
    last_cells = [row.split(" | ")[-1] for row in table.splitlines() if row.startswith("| ")][1:]
    named = set(re.findall(r"\b[A-Z]+(?:_[A-Z]+)*\b", " ".join(last_cells)))
    assert named - known == set()
    assert len(named) > 15


@pytest.mark.parametrize("name", NAMED_TESTS)
def test_every_test_that_the_page_names_exists(name: str) -> None:
    path, _, function = name.partition("::")
    tree = ast.parse((ROOT / path).read_text())
    defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    assert function in defined


def test_each_rule_and_each_complaint_has_a_test() -> None:
    for heading, rows in (("The eight rules", 8), ("The complaints heard most", 9)):
        table = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
        lines = [line for line in table.splitlines() if line.startswith("| ")][1:]
        assert len(lines) == rows
        assert all("::test_" in line for line in lines)
