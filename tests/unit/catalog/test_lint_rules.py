"""Every rule of lint, by name: what is changed in a small sound catalog, and what lint then says."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from services.catalog.adapters.yaml_source import YamlSourceReader
from services.catalog.application.lint import Linter
from services.catalog.application.ports import PreparedRating, TariffRefusedError
from services.catalog.domain.catalog import Catalog
from services.catalog.domain.findings import FindingReason
from services.common.kernel.findings import Severity, SourceFile
from tests.support.catalog import SMALL_CATALOG, changed, lint_text, reasons
from tests.support.catalog_lint_cases import CASES, Case


def test_the_small_catalog_is_sound() -> None:
    report = lint_text(SMALL_CATALOG)
    assert report.findings == ()
    assert (report.offerings, report.prices, report.examples) == (3, 6, 1)


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.reason}-{c.says}")
def test_a_broken_catalog_is_told_what_is_wrong_and_where(case: Case) -> None:
    report = lint_text(changed(*case.edits))
    found = [f for f in report.findings if f.reason.name == case.reason]
    assert found, reasons(report)
    assert case.field in [f.field for f in found]
    assert any(case.says in f.message for f in found), [f.message for f in found]
    assert all(f.file == "1.yaml" and f.line > 0 for f in found)


def test_every_rule_has_a_case() -> None:
    # These cannot be provoked by one edit of one file; they have tests below.
    elsewhere = {"CODE_TWICE", "TARIFF_REFUSED", "CATALOG_TOO_LARGE"}
    assert {case.reason for case in CASES} | elsewhere == set(FindingReason.__members__)


def test_a_code_defined_in_two_files_names_both_places() -> None:
    again = "offerings:\n  extra:\n    name: Again\n"
    (finding,) = lint_text(SMALL_CATALOG, again).findings
    assert finding.reason is FindingReason.CODE_TWICE
    assert (finding.file, finding.line, finding.field) == ("2.yaml", 2, "offerings.extra")
    assert "1.yaml line 68" in finding.message


class Stubborn:
    """Rating that refuses every catalog."""

    def prepare(self, catalog: Catalog) -> Mapping[str, PreparedRating]:
        raise TariffRefusedError("NEW_RULE", f"offerings.{catalog.offerings[0].code}", "not like this")


def test_what_only_charging_knows_to_refuse_is_a_finding_too() -> None:
    linter = Linter(YamlSourceReader(), Stubborn())
    (finding,) = linter.lint_source([SourceFile("1.yaml", SMALL_CATALOG)]).findings
    assert finding.reason is FindingReason.TARIFF_REFUSED
    assert (finding.field, finding.message) == ("offerings.basic", "not like this")
    assert SMALL_CATALOG.splitlines()[finding.line - 1] == "  basic:"


def test_a_catalog_of_too_many_combinations_is_refused_before_anything_is_looked_at() -> None:
    """150 zones and others x 150 destinations and others x 1 rating group: 22,801 cells, and 4 of others."""
    zones = {f"z{n}": f'  z{n}: {{name: Z, plmns: ["{300 + n}"]}}\n' for n in range(150)}
    calls = {f"d{n}": f'  d{n}: {{name: D, prefixes: ["+{400 + n}"]}}\n' for n in range(150)}
    conditions = f"when: {{zones: [{', '.join(zones)}], destinations: [{', '.join(calls)}]}}"
    text = changed(
        ("time_bands:\n", f"{''.join(zones.values())}destinations:\n{''.join(calls.values())}time_bands:\n"),
        ("rating_groups: [text]\n", f"rating_groups: [text]\n        {conditions}\n"),
    )
    (finding,) = lint_text(text).findings
    assert finding.reason is FindingReason.CATALOG_TOO_LARGE
    assert finding.field == "offerings.basic"
    assert "22805 combinations" in finding.message


def test_an_offering_of_too_many_times_is_refused_too() -> None:
    prices = "".join(
        f"      d{n}: {{name: D, rating_groups: [text], precedence: {n + 1}, free: true, "
        f"when: {{until: {2100 + n}-01-01}}}}\n"
        for n in range(201)
    )
    text = changed(("      distance:\n", f"{prices}      distance:\n"))
    assert reasons(lint_text(text)) == ["CATALOG_TOO_LARGE"]


PLANS = """\
  other:
    name: Other
    kind: plan
    payment_mode: prepaid
    precedence: 100
    existing_subscribers: keep
    prices: {text: {name: T, rating_groups: [text], free: true}}
  both:
"""


def test_two_plans_of_equal_precedence_are_fine_until_a_bundle_brings_both() -> None:
    assert reasons(lint_text(changed(("  both:\n", PLANS)))) == []
    bundled = lint_text(changed(("  both:\n", PLANS), ("includes: [basic]", "includes: [basic, other]")))
    assert reasons(bundled) == ["PRECEDENCE_EQUAL"]
    either = ("offerings: [extra]", "offerings: [basic, other]")
    assert reasons(lint_text(changed(("  both:\n", PLANS), ("    includes: [basic]\n", ""), either))) == []


def test_among_many_codes_the_ones_that_look_alike_are_named() -> None:
    zones = "".join(f'  z{n}: {{name: Z, plmns: ["{300 + n}"]}}\n' for n in range(20))
    text = changed(("time_bands:\n", zones + "time_bands:\n"), ("zones: [home]", "zones: [hoem]"))
    (finding,) = [f for f in lint_text(text).findings if f.reason is FindingReason.ZONE_UNKNOWN]
    assert "did you mean home?" in finding.message


def test_only_warnings_leave_a_catalog_publishable() -> None:
    report = lint_text(changed(("rest_of_world: true", 'plmns: ["310"]')))
    assert [f.severity for f in report.findings] == [Severity.WARNING]
    assert report.accepted().catalog.code == "small"


def test_findings_come_in_the_order_of_files_and_lines_whatever_the_rules_order() -> None:
    broken = changed(('"0.07"', '"-0.07"'), ("[80, 100]", "[100, 80]"), ('"208"', '"20"'))
    report = lint_text(broken)
    assert reasons(report) == ["PLMN_INVALID", "AMOUNT_NEGATIVE", "THRESHOLDS_INVALID"]
    assert [f.line for f in report.findings] == sorted(f.line for f in report.findings)
    assert report.findings == lint_text(broken).findings


def test_a_finer_price_than_money_can_hold_is_fine() -> None:
    assert lint_text(changed(('amount: "0.06"', 'amount: "0.000000000000001"'))).findings == ()
