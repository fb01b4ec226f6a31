# ruff: noqa: E501 - a row of the table is one line
"""Every rule of lint, by name: what is changed in a small sound catalog, and what lint then says."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from services.catalog.adapters.yaml_source import YamlSourceReader
from services.catalog.application.lint import Linter
from services.catalog.application.ports import PreparedRating, SourceFile, TariffRefusedError
from services.catalog.domain.catalog import Catalog
from services.catalog.domain.findings import FindingReason, Severity
from tests.support.catalog import SMALL_CATALOG, changed, lint_text, reasons

DATA_QUOTA = "{initial: 4096, minimum: 1024, maximum: 9000, maximum_validity: 1 h}"


@dataclass(frozen=True)
class Case:
    reason: str
    edits: tuple[tuple[str, str], ...]
    field: str
    says: str


def case(reason: str, old: str, new: str, field: str, says: str) -> Case:
    return Case(reason, ((old, new),), field, says)


CASES = [
    # The form.
    case("YAML_INVALID", "offerings:\n", "offerings: [\n", "", "not readable as YAML"),
    case("YAML_INVALID", SMALL_CATALOG, "- just a list", "", "the file is no mapping"),
    case("KEY_TWICE", "    name: Basic\n", "    name: Basic\n    name: Basis\n", "offerings.basic.name", "line 23"),
    case("FIELD_UNKNOWN", "precedence: 100", "precedense: 100", "offerings.basic.precedense", "did you mean `precedence`"),
    case("FIELD_MISSING", "    precedence: 100\n", "", "offerings.basic.precedence", "add it"),
    case("FIELD_INVALID", "kind: plan", "kind: plane", "offerings.basic.kind", "'plan'"),
    case("FIELD_INVALID", 'plmns: ["262"]', "plmns: [262]", "zones.home.plmns.0", 'in quotes: "262"'),
    case("FIELD_INVALID", "30 days", "a month", "offerings.basic.allowances.data-1mb.validity", "write 30 days"),
    case("CODE_INVALID", "  extra:\n", "  Extra:\n", "offerings.Extra", "lower-case"),
    case("AMOUNT_INVALID", '"0.05"', '"5e-2"', "offerings.basic.prices.data.per_unit.amount", "plain decimal"),
    case("AMOUNT_INVALID", '"0.05"', '"99999999999999999"', "offerings.basic.prices.data.per_unit.amount", "can hold"),
    case("AMOUNT_NOT_TEXT", '"0.05"', "0.05", "offerings.basic.prices.data.per_unit.amount", 'in quotes: "0.05"'),
    case("SIZE_INVALID", "amount: 1 MB", "amount: lots", "offerings.basic.allowances.data-1mb.amount", "5 GB"),
    case("UNIT_DIFFERS", "per: 1 min", "per: 1 MB", "offerings.basic.prices.voice-peak.per_unit.per", "seconds"),
    case("PRICE_MODEL_INVALID", '        flat: {amount: "0.07"}\n', "", "offerings.basic.prices.text", "exactly one"),
    case("PRICE_MODEL_INVALID", 'flat: {amount: "0.07"}', 'flat: {amount: "0.07"}\n        free: true', "offerings.basic.prices.text", "exactly one"),
    case("TIME_WINDOW_INVALID", "mon-fri 07:00-19:00", "mon-fri 19:00-07:00", "time_bands.peak.windows.0", "as two"),
    case("TIME_WINDOW_INVALID", "mon-fri 07:00-19:00", "workdays", "time_bands.peak.windows.0", "mon-fri"),
    # References.
    case("CURRENCY_UNKNOWN", "currency: EUR", "currency: EURO", "currency", "ISO 4217"),
    case("TIME_ZONE_UNKNOWN", "Europe/Berlin", "Europe/Bonn", "time_zone", "IANA"),
    case("RATING_GROUP_UNKNOWN", "default_rating_group: data", "default_rating_group: date", "default_rating_group", "'date'"),
    case("RATING_GROUP_UNKNOWN", "rating_groups: [text]", "rating_groups: [texts]", "offerings.basic.prices.text.rating_groups", "'texts'"),
    case("RATING_GROUP_UNKNOWN", "- {rating_group: data", "- {rating_group: date", "examples.two-megabytes.usage.0.rating_group", "'date'"),
    case("ZONE_UNKNOWN", "zones: [home]", "zones: [house]", "offerings.basic.prices.data-peak.zones", "france, home, rest"),
    case("ZONE_UNKNOWN", "at: 2026-03-02", "zone: spain, at: 2026-03-02", "examples.two-megabytes.usage.0.zone", "'spain'"),
    case("TIME_BAND_UNKNOWN", "time_band: peak", "time_band: rush", "offerings.basic.prices.data-peak.time_band", "'rush'"),
    case("OFFERING_UNKNOWN", "includes: [basic]", "includes: [basics]", "offerings.both.includes", "'basics'"),
    case("OFFERING_UNKNOWN", "offerings: [basic]", "offerings: [basics]", "examples.two-megabytes.offerings", "'basics'"),
    case("UNIT_UNKNOWN", "unit: kilometres", "unit: miles", "rating_groups.distance.unit", "'miles'"),
    case("REFERENCE_TWICE", "rating_groups: [text]", "rating_groups: [text, text]", "offerings.basic.prices.text.rating_groups", "once"),
    case("RATING_GROUP_NUMBER_TWICE", "number: 3", "number: 2", "rating_groups.voice.number", "of text already"),
    case("UNIT_BUILT_IN", "  kilometres: {name: Kilometres}", "  kilometres: {name: Kilometres}\n  octets: {name: Octets}", "units.octets", "built in"),
    # Places and times.
    case("HOME_ZONE_INVALID", "home: true, ", "", "zones", "no zone is home"),
    case("HOME_ZONE_INVALID", "name: France", "name: France, home: true", "zones.home.home", "france is the home zone"),
    case("REST_OF_WORLD_INVALID", "name: France", "name: France, rest_of_world: true", "zones.rest.rest_of_world", "only one"),
    case("REST_OF_WORLD_MISSING", 'rest_of_world: true', 'plmns: ["310"]', "zones", "rest_of_world"),
    case("ZONE_EMPTY", '{name: France, plmns: ["208"]}', "{name: France}", "zones.france", "no network"),
    case("PLMN_INVALID", '"208"', '"20"', "zones.france.plmns", '"26201"'),
    case("PLMN_TWICE", '"208"', '"262"', "zones.home.plmns", "france already"),
    case("TIME_BAND_EMPTY", 'windows: ["mon-fri 07:00-19:00"]', "windows: []", "time_bands.peak", "needs a window"),
    case("TIME_WINDOWS_OVERLAP", '["mon-fri 07:00-19:00"]', '["mon-fri 07:00-19:00", "wed 18:00-20:00"]', "time_bands.peak.windows", "wed 18:00"),
    # Figures.
    case("AMOUNT_NEGATIVE", '"0.07"', '"-0.07"', "offerings.basic.prices.text.flat.amount", "negative"),
    case("AMOUNT_NEGATIVE", 'threshold: "2.00"', 'threshold: "-2.00"', "low_balance_threshold", "below"),
    case("AMOUNT_TOO_FINE", '"0.07"', '"0.000000001"', "offerings.basic.prices.text.flat.amount", "fewer digits"),
    case("PER_UNITS_INVALID", "per: 1 min", "per: 0", "offerings.basic.prices.voice-peak.per_unit.per", "1 unit or more"),
    case("INCREMENTS_INVALID", "first: 60, next: 1", "first: 60, next: 0", "offerings.basic.prices.voice-peak.increments", "1 unit or more"),
    case("INCREMENTS_INVALID", 'flat: {amount: "0.07"}', 'increments: {first: 10, next: 1}\n        flat: {amount: "0.07"}', "offerings.basic.prices.text.increments", "event"),
    case("TIERS_INVALID", "{up_to: 100, amount", "{amount", "offerings.basic.prices.distance.tiered.tiers.0", "only the last"),
    case("TIERS_INVALID", '{amount: "0.20"}', '{up_to: 200, amount: "0.20"}', "offerings.basic.prices.distance.tiered.tiers.1", "no `up_to`"),
    case("TIERS_INVALID", '{amount: "0.20"}', '{up_to: 100, amount: "0.20"}, {amount: "0.10"}', "offerings.basic.prices.distance.tiered.tiers.1", "not above 100"),
    case("TIERS_INVALID", '[{up_to: 100, amount: "0.30"}, {amount: "0.20"}]', "[]", "offerings.basic.prices.distance.tiered.tiers", "at least one"),
    case("QUOTA_INVALID", "minimum: 1024", "minimum: 5000", "rating_groups.data.quota", "ascend"),
    case("QUOTA_INVALID", "maximum_validity: 1 h", "maximum_validity: 0", "rating_groups.data.quota.maximum_validity", "second"),
    case("THRESHOLDS_INVALID", "[80, 100]", "[100, 80]", "offerings.basic.allowances.data-1mb.thresholds_percent", "ascend"),
    case("THRESHOLDS_INVALID", "[80, 100]", "[80, 120]", "offerings.basic.allowances.data-1mb.thresholds_percent", "100"),
    case("ALLOWANCE_EMPTY", "amount: 1 MB", "amount: 0", "offerings.basic.allowances.data-1mb", "1 unit or more"),
    case("ALLOWANCE_UNIT_DIFFERS", "amount: 1 MB", "amount: 1 min", "offerings.basic.allowances.data-1mb.amount", "seconds"),
    case("PRICE_UNITS_MIXED", "rating_groups: [text]", "rating_groups: [text, distance]", "offerings.basic.prices.text.rating_groups", "events and kilometres"),
    case("REDIRECT_ADDRESS_MISSING", "unit: octets,", "unit: octets, final_unit_action: redirect,", "rating_groups.data", "redirect_address"),
    # Offerings.
    case("OFFERING_EMPTY", "    includes: [basic]\n    choice: {minimum: 0, maximum: 1, offerings: [extra]}\n", "", "offerings.both", "brings no price"),
    case("PAYMENT_MODE_MISSING", "    payment_mode: prepaid\n", "", "offerings.basic", "postpaid"),
    case("BUNDLE_CYCLE", "    kind: add-on\n", "    kind: add-on\n    includes: [both]\n", "offerings.both", "both -> extra -> both"),
    case("CHOICE_INVALID", "maximum: 1, offerings", "maximum: 2, offerings", "offerings.both.choice", "0 to 2 of 1"),
    case("CHOICE_INVALID", "minimum: 0, maximum: 1, offerings", "minimum: 2, maximum: 1, offerings", "offerings.both.choice", "2 to 1"),
    case("CHOICE_INVALID", "includes: [basic]", "includes: [basic, extra]", "offerings.both.choice.offerings", "included already"),
    case("PRICE_HOLE", '"sat-sun 00:00-24:00"', '"sat 00:00-24:00"', "offerings.basic.prices", "voice: no price in zone home, sun 00:00 to sun 24:00"),
    case("PRICE_HOLE", "rating_groups: [text]\n", "rating_groups: [text]\n        zones: [home, france]\n", "offerings.basic.prices", "text: no price in zone rest, all week"),
    case("PRICE_OVERLAP", "        zones: [home]\n        time_band: peak\n", "", "offerings.basic.prices.data-peak", "data and data-peak are equally specific"),
    case("PRICE_UNREACHABLE", "    existing_subscribers: keep\n    prices", "    existing_subscribers: keep\n    denied_zones: [home]\n    prices", "offerings.basic.prices.data-peak", "never applies"),
    case("PRECEDENCE_EQUAL", "    kind: add-on\n    precedence: 50\n", '    kind: add-on\n    precedence: 100\n    prices: {text: {name: Texts, rating_groups: [text], flat: {amount: "0.01"}}}\n', "offerings.extra.precedence", "basic has precedence 100 too"),
    case("RATING_GROUP_UNPRICED", "rating_groups: [distance]\n        tiered: {scope: month, tiers: [{up_to: 100, amount: \"0.30\"}, {amount: \"0.20\"}]}", "rating_groups: [text]\n        zones: [home]\n        free: true", "rating_groups.distance", "always be refused"),
    # Worked examples.
    case("EXAMPLE_DIFFERS", 'amount: "0.10", from', 'amount: "0.11", from', "examples.two-megabytes.usage.0.amount", "expected 0.11 EUR, computed 0.10 EUR"),
    case("EXAMPLE_DIFFERS", "from_allowance: 1 MB", "from_allowance: 2 MB", "examples.two-megabytes.usage.0.from_allowance", "expected 2000000 octets, computed 1000000 octets"),
    case("EXAMPLE_DIFFERS", "from_allowance: 1 MB", "refusal: no price", "examples.two-megabytes.usage.0.refusal", "computed rated at 0.10 EUR"),
    case("EXAMPLE_DIFFERS", "    offerings: [basic]\n    usage", "    offerings: [extra]\n    usage", "examples.two-megabytes.usage.0", "computed refused"),
    case("EXAMPLE_CHECKS_NOTHING", ', amount: "0.10", from_allowance: 1 MB', "", "examples.two-megabytes", "expects nothing"),
]  # fmt: skip


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

    def prepare(self, catalog: Catalog) -> PreparedRating:
        raise TariffRefusedError("NEW_RULE", f"offerings.{catalog.offerings[0].code}", "not like this")


def test_what_only_charging_knows_to_refuse_is_a_finding_too() -> None:
    linter = Linter(YamlSourceReader(), Stubborn())
    (finding,) = linter.lint_source([SourceFile("1.yaml", SMALL_CATALOG)]).findings
    assert finding.reason is FindingReason.TARIFF_REFUSED
    assert (finding.field, finding.message) == ("offerings.basic", "not like this")
    assert SMALL_CATALOG.splitlines()[finding.line - 1] == "  basic:"


def test_a_catalog_of_too_many_combinations_is_refused_before_anything_is_looked_at() -> None:
    zones = "".join(f'  z{n}: {{name: Z, plmns: ["{200_00 + n}"]}}\n' for n in range(8_000))
    bands = "".join(
        f'  b{n}: {{name: B, windows: ["mon 00:{n % 60:02d}-{1 + n // 60:02d}:59"]}}\n' for n in range(300)
    )
    text = changed(("time_bands:\n", f"{zones}time_bands:\n{bands}"))
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
