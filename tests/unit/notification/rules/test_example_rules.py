"""examples/notification: sound, every kind of fact told in two languages, and the schema up to date."""

from __future__ import annotations

import pytest

from services.notification.adapters.rules.json_schema import rules_schema
from services.notification.application.ports import CompiledRules
from services.notification.domain.facts import FactKind
from services.notification.domain.notifications import AlertSeverity, Category, Channel
from services.notification.domain.ruling.samples import customer_of, sample_facts
from tests.support.notification_rules import (
    EXAMPLE_FOLDER,
    compiled_rules,
    example_rules_files,
    lint_files,
)


@pytest.fixture(scope="module")
def compiled() -> CompiledRules:
    return compiled_rules(example_rules_files())


def test_the_examples_have_no_finding() -> None:
    assert [finding.words for finding in lint_files(example_rules_files()).findings] == []


def test_the_schema_is_up_to_date() -> None:
    assert (EXAMPLE_FOLDER / "rules.schema.json").read_text(encoding="utf-8") == rules_schema()


def test_everything_that_can_be_written_is_shown(compiled: CompiledRules) -> None:
    rules = compiled.rules.rules
    assert {rule.on for rule in rules} == set(FactKind)
    assert {rule.category for rule in rules} == set(Category)
    assert {rule.severity for rule in rules} == set(AlertSeverity)
    assert {channel for rule in rules for channel in rule.chain} == set(Channel)
    assert {rule.audience for rule in rules} == {"recipient", "operator"}
    assert any(rule.digest_minutes for rule in rules)
    assert any(rule.everywhere for rule in rules)
    assert not all(rule.hold for rule in rules)
    assert {limit.scope for limit in compiled.rules.limits} == {"subscriber", "channel", "tenant"}
    assert sum(len(rule.examples) for rule in rules) >= 30


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("kind", FactKind)
def test_every_fact_is_told_in_whole_sentences(
    compiled: CompiledRules, kind: FactKind, language: str
) -> None:
    """Whatever a fact of the kind holds or lacks; long values of strangers end where they are cut."""
    typical, longest, *others = sample_facts(kind)
    for fact in (typical, longest, *others):
        drafts = compiled.drafts(fact, customer_of(kind), language)
        assert drafts, fact
        for draft in drafts:
            said = (draft.title, draft.body, draft.text)
            assert all(said) and len(draft.text) <= 459
            assert not set("".join(said)) & set("{}<>\n")
            assert not any(wrong in text for text in said for wrong in ("???", "\N{EN DASH}", "  ", " ."))
            if fact is not longest:
                assert draft.body.endswith((".", "!", "?")), draft.body
                assert not any(".." in text for text in said), said


def test_text_messages_are_in_the_alphabet_of_text_messages(compiled: CompiledRules) -> None:
    """One sign outside of it, and a message holds 70 characters instead of 160."""
    alphabet = set(
        "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ"
        "ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà€[]{}|^~\\"
    )
    for kind in FactKind:
        for language in ("en", "de"):
            for draft in compiled.drafts(sample_facts(kind)[0], customer_of(kind), language):
                assert set(draft.text) <= alphabet, (draft.alert_code, set(draft.text) - alphabet)
