"""Worked examples: each is told by the rules that tell in earnest, and what differs is a finding."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from services.common.kernel.clock import DAY, Instant
from services.notification.domain.customers import Customer
from services.notification.domain.facts import Fact
from services.notification.domain.notifications import Draft
from services.notification.domain.rules import AlertExample, AlertRule, AlertRules, Words
from services.notification.domain.ruling.findings import Finding, FindingReason, error, warning
from services.notification.domain.ruling.languages import told_in
from services.notification.domain.ruling.samples import recipient_of

Drafts = Callable[[Fact, Customer | None, str], Sequence[Draft]]

_AT = Instant(20_000 * DAY)
# Babel sets figures and signs apart with blanks that do not break; people type plain ones.
_BLANKS = str.maketrans({"\u00a0": " ", "\u202f": " "})


def work_examples(rules: AlertRules, drafts: Drafts) -> Iterator[Finding]:
    """Everything that is wrong with the examples of rules without errors."""
    for rule in rules.rules:
        here = f"alerts.{rule.code}"
        for example in rule.examples:
            yield from _worked(rules, rule, example, drafts, f"{here}.examples.{example.code}")
        if not any(example.told for example in rule.examples):
            yield warning(
                FindingReason.ALERT_WITHOUT_EXAMPLE,
                here,
                "no worked example is told by it; write one that shows what people read",
            )


def fact_of(rule: AlertRule, example: AlertExample) -> Fact:
    """The fact of an example."""
    return Fact(rule.on, "example", recipient_of(rule.on), _AT, example.values, "example")


def _worked(
    rules: AlertRules, rule: AlertRule, example: AlertExample, drafts: Drafts, here: str
) -> Iterator[Finding]:
    languages = told_in(rules, rule)
    if example.told and set(example.told) != set(languages):
        yield _languages_differ(example, languages, here)
        return
    for language in languages:
        found = _draft(drafts(fact_of(rule, example), example.customer, language), rule)
        expected = example.told.get(language)
        if found is None and expected is not None:
            message = "it is not told: the condition says no, or fails on what the fact lacks"
            yield error(FindingReason.EXAMPLE_DIFFERS, f"{here}.told", message)
            return
        if found is not None and expected is None:
            yield error(FindingReason.EXAMPLE_DIFFERS, f"{here}.told", f"it is told: {found.title!r}")
            return
        if found is not None and expected is not None:
            yield from _differences(found, expected, f"{here}.told.{language}")


def _languages_differ(example: AlertExample, languages: Sequence[str], here: str) -> Finding:
    missing = [language for language in languages if language not in example.told]
    message = (
        f"what is told in {', '.join(missing)} is missing"
        if missing
        else f"it is told in {', '.join(languages)} alone"
    )
    return error(FindingReason.EXAMPLE_INVALID, f"{here}.told", message)


def _draft(drafts: Sequence[Draft], rule: AlertRule) -> Draft | None:
    return next((draft for draft in drafts if draft.alert_code == rule.code), None)


def _differences(found: Draft, expected: Words, here: str) -> Iterator[Finding]:
    for part, said, wanted in (
        ("title", found.title, expected.title),
        ("text", found.text, expected.text),
        ("body", found.body, expected.body),
    ):
        if wanted and said.translate(_BLANKS) != wanted.translate(_BLANKS).strip():
            message = f"the rules say {said.translate(_BLANKS)!r}"
            yield error(FindingReason.EXAMPLE_DIFFERS, f"{here}.{part}", message)
