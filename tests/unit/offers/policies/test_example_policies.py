"""examples/offers: sound beside examples/catalog, each offer worked, and the schema up to date."""

from __future__ import annotations

import pytest

from services.offers.adapters.cel.compiler import CelRuleCompilers
from services.offers.adapters.json_schema import policies_schema
from services.offers.adapters.yaml_source import YamlPolicyReader
from services.offers.application.policy_compile import compile_policies
from services.offers.application.policy_lint import PolicyLinter
from services.offers.domain.compiled import CompiledPolicies
from services.offers.domain.offer_facts import OfferFacts
from services.offers.domain.policies import ActionKind, TriggerKind
from services.offers.domain.worked_facts import asked_of, moment_of, view_of
from tests.support.offers_policies import EXAMPLE_FOLDER, example_catalog_terms, example_policy_files

CATALOG = example_catalog_terms()


@pytest.fixture(scope="module")
def policies() -> CompiledPolicies:
    read = YamlPolicyReader().read(example_policy_files()).document
    assert read is not None
    return compile_policies(read, 1, CelRuleCompilers(), CATALOG).policies


def test_the_examples_have_no_finding() -> None:
    linter = PolicyLinter(YamlPolicyReader(), CelRuleCompilers())
    report = linter.lint_source(example_policy_files(), CATALOG)
    assert [finding.words for finding in report.findings] == []


def test_the_schema_is_up_to_date() -> None:
    written = (EXAMPLE_FOLDER / "policies.schema.json").read_text(encoding="utf-8")
    assert written == policies_schema()


def test_every_action_and_every_trigger_is_shown(policies: CompiledPolicies) -> None:
    offers = policies.policies.offers
    assert {offer.action.kind for offer in offers} == set(ActionKind)
    assert {trigger.kind for offer in offers for trigger in offer.triggers} == set(TriggerKind)
    assert any(not offer.personalised for offer in offers)
    assert policies.policies.experiments
    assert {example.raised_by for example in policies.policies.examples} >= {
        kind.value for kind in TriggerKind
    }


def test_every_offer_is_expected_by_an_example(policies: CompiledPolicies) -> None:
    offers = {offer.code for offer in policies.policies.offers}
    assert {code for example in policies.policies.examples for code in example.expected} == offers
    assert len(policies.policies.examples) >= 14


def test_who_is_expected_to_get_an_offer_is_told_why_in_every_language(policies: CompiledPolicies) -> None:
    offers = {compiled.offer.code: compiled for compiled in policies.offers}
    for example in policies.policies.examples:
        view, asked = view_of(policies, example), asked_of(example, 10)
        facts = OfferFacts(policies, view, asked, moment_of(example))
        for code in example.expected:
            about = facts.about(offers[code])
            said = [reason for reason in offers[code].reasons if reason.holds(about)]
            assert said, (example.code, code)
            words = {language: wording(about) for language, wording in said[0].texts.items()}
            assert set(words) == {"en", "de"}
            assert all(words.values()), (example.code, code, words)


def test_the_cells_of_the_stadium_are_those_of_the_catalog(policies: CompiledPolicies) -> None:
    cells = {cell.cell_id for cell in policies.policies.cells}
    assert cells == {"26201-0000a1b20", "26201-0000a1b21", "26201-0000a1b22"}
