"""Files of all kinds, the hostile ones too: nothing raises, everything is a finding with its place."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.catalog.adapters.yaml_source import YamlSourceReader
from services.common.kernel.findings import SourceFile
from tests.support.catalog import SMALL_CATALOG, changed, lint_text, reasons, small_catalog


def test_a_catalog_may_be_spread_over_files_in_any_order() -> None:
    head, offerings = SMALL_CATALOG.split("offerings:\n", 1)
    split = lint_text("offerings:\n" + offerings, head)
    assert split.findings == ()
    assert split.document == lint_text(SMALL_CATALOG).document


def test_the_order_in_which_things_are_written_does_not_matter() -> None:
    swapped = small_catalog(("zones: [home]", "zones: [rest, home]"))
    assert swapped == small_catalog(("zones: [home]", "zones: [home, rest]"))


def test_an_empty_file_is_no_problem() -> None:
    assert lint_text(SMALL_CATALOG, "# nothing here yet\n").findings == ()


def test_a_file_of_no_catalog_says_what_is_missing() -> None:
    report = lint_text("offerings: {}\n")
    assert set(reasons(report)) == {"FIELD_MISSING"}
    assert [f.field for f in report.findings] == ["catalog", "currency", "name", "time_zone"]


def test_a_header_given_in_two_files_is_refused() -> None:
    (finding,) = lint_text(SMALL_CATALOG, "currency: USD\n").findings
    assert (finding.reason.name, finding.field, finding.file) == ("CODE_TWICE", "currency", "2.yaml")


def test_the_line_is_that_of_the_offending_node() -> None:
    report = lint_text(changed(("precedence: 100", "precedence: -1")))
    (finding,) = report.findings
    assert SMALL_CATALOG.splitlines()[finding.line - 1].strip() == "precedence: 100"


def test_lists_may_be_shared_by_anchor() -> None:
    edits = (("zones: [home]", "zones: &here [home]"), ("zones: [home]", "zones: *here"))
    assert small_catalog(*edits) == small_catalog()


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join([f'*{chr(97 + i)}'] * 9)}]\n" for i in range(9)
)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (BOMB, "a catalog is smaller"),
        ("offerings: &o {again: *o}\n", "a catalog is smaller"),
        ("offerings: " + "{a: " * 5_000 + "1" + "}" * 5_000, "nested too deeply"),
        ("zones: [" * 60 + "]" * 60, "a catalog is smaller"),
        ("name: \x00", "not readable"),
        ("--- 1\n--- 2\n", "not readable"),
        ("name: *nobody\n", "not readable"),
        ("just text", "no mapping"),
        ("name: '\n", "not readable"),
        (changed(("name: Small", 'name: "\\ud800"')), "half a character"),
        (changed(("name: Basic", 'name: Basic\n    description: "\\ud800"')), "half a character"),
        (changed(("currency: EUR", 'currency: "\\udfff"')), "half a character"),
        (changed(("  extra:", '  "\\ud800":')), "half a character"),
        (changed(("precedence: 100", "precedence: " + "9" * 5_000)), "valid integer"),
    ],
    ids=[
        "alias bomb",
        "alias of itself",
        "deep maps",
        "deep lists",
        "zero",
        "two documents",
        "no anchor",
        "text",
        "quote",
        "surrogate",
        "surrogate in description",
        "surrogate in currency",
        "surrogate as code",
        "endless number",
    ],
)
def test_a_hostile_file_is_a_finding_and_nothing_else(text: str, says: str) -> None:
    report = lint_text(text)
    assert any(says in f.message for f in report.findings), [f.message for f in report.findings]
    assert all(f.file == "1.yaml" for f in report.findings if f.reason.name == "YAML_INVALID")
    assert report.document is None
    for finding in report.findings:
        (finding.message + finding.field).encode()


def test_a_python_tag_is_not_obeyed() -> None:
    report = lint_text(changed(("name: Small", "name: !!python/object/apply:os.getcwd []")))
    assert [f.field for f in report.findings] == ["name"]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_damage_to_a_catalog_raises(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(SMALL_CATALOG)))
    end = data.draw(st.integers(start, min(start + 40, len(SMALL_CATALOG))))
    damaged = SMALL_CATALOG[:start] + data.draw(st.text(max_size=12)) + SMALL_CATALOG[end:]
    report = lint_text(damaged)
    assert report.document is not None or report.errors


def test_a_merge_key_is_refused_because_a_price_must_be_readable_where_it_stands() -> None:
    text = changed(
        ("  extra:\n    name: Extra\n", "  extra:\n    <<: {description: hidden}\n    name: Extra\n")
    )
    assert reasons(lint_text(text)) == ["FIELD_UNKNOWN"]


def test_reading_nothing_gives_no_document() -> None:
    reading = YamlSourceReader().read([SourceFile("empty.yaml", "")])
    assert reading.document is None
