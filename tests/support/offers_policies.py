"""A small set of offer policies to break in one place at a time, and what lints it."""

from __future__ import annotations

from pathlib import Path

from services.catalog.adapters.messages import catalog_message
from services.common.kernel.findings import SourceFile
from services.offers.adapters.catalog_terms import catalog_terms
from services.offers.adapters.cel.compiler import CelRuleCompilers
from services.offers.adapters.yaml_source import YamlPolicyReader
from services.offers.application.policy_compile import compile_policies
from services.offers.application.policy_lint import LintReport, PolicyLinter
from services.offers.domain.catalog_terms import CatalogOffering, CatalogTerms
from services.offers.domain.compiled import CompiledPolicies, OfferTerms, UnitPrice
from services.offers.domain.policies import OfferPolicies
from tests.support.catalog import example_files, lint_text

EXAMPLE_FOLDER = Path(__file__).parents[2] / "examples" / "offers"
CENT = 1_000_000
GIGABYTE = 10**9

SMALL_POLICIES = """\
policies: small
name: Small
currency: EUR
time_zone: Europe/Berlin
languages: [en, de]
placements:
  home: {name: Home}
  push: {name: Push}
channels:
  app: {name: App}
  message: {name: Message, outbound: true}
usage_classes:
  video: {rating_groups: [107, 108], unit: octets}
  calls: {rating_groups: [200], unit: seconds}
contact:
  caps:
    - {contacts: 1, days: 1, channels: [message]}
    - {contacts: 3, days: 7, channels: [message]}
  quiet_hours: {from: "22:00", until: "08:00"}
  decline_quiet_days: 30
  repeat_quiet_hours: 24
exploration: {floor_percent: 5, draws: 256, candidates: 10, control_percent: "2.5"}
rules:
  is_fan: usage.video.hour > 1000000
  is_here: "'arena' in place.fences"
offers:
  pass:
    name: {en: Pass, de: Pass}
    action: {subscribe: pass}
    placements: [home, push]
    channels: [app, message]
    value: "2.00"
    propensity_percent: 5
    attributes: {kind: data}
    eligibility:
      - {when: "customer.segment != 'business'", reason: BUSINESS}
    suitability:
      - {when: is_fan, reason: NO_FAN}
    weights:
      - {when: moment.weekend, percent: 20}
    excluded_with: [premium]
    compared_over: [video]
    triggers:
      - {on: usage, when: is_fan}
    reasons:
      - when: usage.video.hour > 2000000
        text: {en: "{usage.video.hour | octets} of video", de: "{usage.video.hour | octets} Video"}
      - text: {en: More video, de: Mehr Video}
    budget: {acceptances: 100}
  less:
    name: {en: Less, de: Weniger}
    action: {discount: half, instead_of: premium}
    placements: [home]
    channels: [app]
    value: "3.00"
    compared_over: [video]
    suitability:
      - {when: is_fan}
    reasons:
      - text: {en: "{offer.price | money}", de: "{offer.price | money}"}
  trial:
    name: {en: Trial, de: Probe}
    action: {trial: week}
    placements: [home]
    channels: [app]
    value: "1.00"
    compared_over: [video]
    suitability:
      - {when: is_fan}
    reasons:
      - text: {en: Try it, de: Zum Probieren}
  arena:
    name: {en: Arena, de: Arena}
    action: {subscribe: pass}
    placements: [push]
    channels: [message]
    value: "1.00"
    fences: [arena]
    not_worse_off: false
    applicability:
      - {when: is_here}
    triggers:
      - {on: fence-entered, fence: arena}
    reasons:
      - text: {en: Welcome, de: Willkommen}
    immature_daily_cap: 10
  thanks:
    name: {en: Thanks, de: Danke}
    action: {reward: "2.00"}
    placements: [home]
    channels: [app]
    value: "1.50"
    personalised: false
    until: 2027-01-01
    reasons:
      - text: {en: Thank you, de: Danke}
    budget: {acceptances: 10, amount: "20.00"}
experiments:
  halves:
    name: Halves
    salt: halves-1
    placements: [home]
    arms:
      one: {percent: 50, ranking: rules}
      other: {percent: 50, without: [less], levers: {pass: 10}}
examples:
  a-fan:
    facts:
      customer: {offerings: [plan], tenure_days: 28}
      usage: {video: {hour: 5 MB, month: 1 GB}}
      balance: {money: "9.00"}
      moment: {at: 2026-12-02 20:00}
    placement: home
    channel: app
    expected: [pass, less, thanks, trial]
    dropped: {arena: WRONG_PLACEMENT}
  in-the-arena:
    facts:
      moment: {at: 2026-12-02 20:00}
      place: {fences: [arena]}
      raised: {by: fence-entered, fence: arena}
    placement: push
    channel: message
    expected: [arena]
    dropped: {pass: NOT_TRIGGERED}
"""

SMALL_PLACES = """\
{"type": "FeatureCollection", "features": [
  {"type": "Feature", "properties": {"fence": "arena", "name": "The arena", "dwell_seconds": 30},
   "geometry": {"type": "Polygon", "coordinates": [
     [[13.23, 52.51], [13.25, 52.51], [13.25, 52.52], [13.23, 52.51]]]}},
  {"type": "Feature", "properties": {"cell": "26201-1", "radius_metres": 300},
   "geometry": {"type": "Point", "coordinates": [13.24, 52.515]}}
]}
"""


def _sold(code: str, price: int = 0, **terms: object) -> CatalogOffering:
    of = OfferTerms(price_minor_micros=price * CENT, currency_code="EUR", duration_days=28, **terms)  # type: ignore[arg-type]
    return CatalogOffering(code, {"EUR": of})


_VIDEO = frozenset({107, 108})

CATALOG = CatalogTerms(
    version=1,
    currency_codes=("EUR", "CHF"),
    offerings={
        "plan": _sold("plan"),
        "pass": _sold("pass", rating_groups=_VIDEO, allowances={"octets": 5 * GIGABYTE}),
        "premium": _sold("premium", 799, rating_groups=_VIDEO, allowances={"octets": 20 * GIGABYTE}),
        "half": _sold("half", 399, rating_groups=_VIDEO, allowances={"octets": 20 * GIGABYTE}),
        "week": _sold("week", trial_days=7, rating_groups=_VIDEO, allowances={"octets": 20 * GIGABYTE}),
        "francs": CatalogOffering("francs", {"CHF": OfferTerms(currency_code="CHF")}),
        "choice": CatalogOffering(
            "choice", {"EUR": OfferTerms(currency_code="EUR")}, choice=(1, 1, frozenset({"pass"}))
        ),
    },
    rating_groups={107: "octets", 108: "octets", 200: "seconds"},
    unit_prices={"EUR": {"plan": {(107, ""): UnitPrice(5 * CENT, 10**6)}}},
    home_zone="home",
)


def policy_files(*texts: str, places: str = SMALL_PLACES) -> list[SourceFile]:
    """Texts as the files `1.yaml`, `2.yaml`, ..., and places where there are any."""
    files = [SourceFile(f"{number}.yaml", text) for number, text in enumerate(texts, start=1)]
    return [*files, SourceFile("places.geojson", places)] if places else files


def lint_policy_text(
    *texts: str, places: str = SMALL_PLACES, catalog: CatalogTerms | None = CATALOG
) -> LintReport:
    """What lint says of texts as one set."""
    linter = PolicyLinter(YamlPolicyReader(), CelRuleCompilers())
    return linter.lint_source(policy_files(*texts, places=places), catalog)


def edited(*edits: tuple[str, str]) -> str:
    """The small set with each old text, which must be there, replaced once."""
    text = SMALL_POLICIES
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def read_policies(*texts: str, places: str = SMALL_PLACES) -> OfferPolicies:
    """Texts that have no errors of form."""
    reading = YamlPolicyReader().read(policy_files(*texts, places=places))
    assert reading.document is not None, [finding.words for finding in reading.findings]
    return reading.document


def compiled_policies(*texts: str, places: str = SMALL_PLACES) -> CompiledPolicies:
    """Texts without errors, compiled beside the small catalog."""
    compilation = compile_policies(read_policies(*texts, places=places), 1, CelRuleCompilers(), CATALOG)
    assert compilation.problems == ()
    return compilation.policies


def example_policy_files() -> list[SourceFile]:
    """The files of examples/offers."""
    return [
        SourceFile(file.name, file.read_text(encoding="utf-8"))
        for file in sorted(EXAMPLE_FOLDER.iterdir())
        if file.suffix in (".yaml", ".geojson")
    ]


def example_catalog_terms() -> CatalogTerms:
    """What offers look at in examples/catalog."""
    texts = [file.content for file in example_files()]
    return catalog_terms(catalog_message(lint_text(*texts).accepted().catalog), 1)
