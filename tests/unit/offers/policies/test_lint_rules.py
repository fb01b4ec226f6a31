"""Every rule of lint, by name: what is changed in a small sound set of policies, and what lint says."""

from __future__ import annotations

import pytest

from services.offers.domain.findings import FindingReason
from services.offers.domain.lint import size
from tests.support.offers_policies import SMALL_POLICIES, edited, lint_policy_text
from tests.support.offers_policy_cases import CASES, Case

# These need two files, no catalog, or an unusual size; they have tests of their own.
ELSEWHERE = {"CODE_TWICE", "POLICIES_TOO_LARGE", "CATALOG_UNREACHABLE", "EXAMPLES_NOT_WORKED"}


def test_the_small_set_is_sound() -> None:
    report = lint_policy_text(SMALL_POLICIES)
    assert [finding.words for finding in report.findings] == []
    assert report.accepted().code == "small"


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.reason}-{case.says}")
def test_a_broken_policy_is_told_what_is_wrong_and_where(case: Case) -> None:
    report = lint_policy_text(edited(*case.edits), places=case.places)
    all_of_it = [(f.reason.name, f.field, f.message) for f in report.findings]
    found = [f for f in report.findings if f.reason.name == case.reason and f.field == case.field]
    assert found, all_of_it
    assert any(case.says in f.message for f in found), all_of_it
    assert all(f.file in ("1.yaml", "places.geojson") and f.line > 0 for f in found)


def test_every_rule_has_a_case() -> None:
    assert {case.reason for case in CASES} | ELSEWHERE == set(FindingReason.__members__)


def test_an_offer_that_two_files_define_is_told_with_both_places() -> None:
    again = "offers:\n  thanks:\n    name: {en: Thanks, de: Danke}\n"
    report = lint_policy_text(SMALL_POLICIES, again)
    (found,) = (f for f in report.findings if f.reason is FindingReason.CODE_TWICE)
    assert (found.field, found.file, found.line) == ("offers.thanks", "2.yaml", 2)
    assert "in 1.yaml" in found.message


def test_a_fence_that_is_there_twice_is_told_with_its_line() -> None:
    place = (
        '{"type": "Feature", "properties": {"fence": "arena", "name": "A", "radius_metres": 9},\n'
        '   "geometry": {"type": "Point", "coordinates": [1, 2]}}'
    )
    places = f'{{"type": "FeatureCollection", "features": [\n  {place},\n  {place}\n]}}'
    report = lint_policy_text(SMALL_POLICIES, places=places)
    (found,) = report.findings
    assert (found.reason, found.file, found.line) == (FindingReason.CODE_TWICE, "places.geojson", 4)
    assert "line 2" in found.message


def test_more_than_one_decision_can_look_at_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(size, "MAX_OFFERS", 2)
    report = lint_policy_text(SMALL_POLICIES)
    assert [(f.reason.name, f.field) for f in report.findings] == [("POLICIES_TOO_LARGE", "offers")]
    monkeypatch.setattr(size, "MAX_OFFERS", 500)
    monkeypatch.setattr(size, "MAX_RULES", 3)
    report = lint_policy_text(SMALL_POLICIES)
    assert [(f.reason.name, f.field) for f in report.findings] == [("POLICIES_TOO_LARGE", "offers.pass")]


def test_without_a_catalog_no_example_is_worked_and_the_author_is_told() -> None:
    report = lint_policy_text(edited(("expected: [arena]", "expected: []")), catalog=None)
    assert report.errors == ()
    assert [finding.reason.name for finding in report.warnings] == ["EXAMPLES_NOT_WORKED"]
    assert "2 examples" in report.warnings[0].message


def test_what_names_a_protected_attribute_in_part_of_a_word_is_let_through() -> None:
    report = lint_policy_text(
        edited(("is_fan: usage.video.hour > 1000000", "is_fan: context.page == 'usage'"))
    )
    assert not [f for f in report.findings if f.reason is FindingReason.PROTECTED_ATTRIBUTE]


@pytest.mark.parametrize("rule", ["customer.segment == 'youth'", "customer.segment in ['gold', 'youth']"])
def test_a_rule_that_asks_for_a_protected_segment_is_refused(rule: str) -> None:
    report = lint_policy_text(
        edited(
            ("is_fan: usage.video.hour > 1000000", f"is_fan: {rule}"),
            ("time_zone:", "protected_segments: [youth]\ntime_zone:"),
        )
    )
    found = [f.message for f in report.findings if f.reason is FindingReason.PROTECTED_ATTRIBUTE]
    assert found and all("'youth' is protected" in message for message in found)
