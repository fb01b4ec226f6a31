"""The RulesCompiler port: conditions compiled, words parsed, both tried on samples."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from babel import UnknownLocaleError

from services.notification.adapters.rules.compiled import CompiledAlert, FluentRules
from services.notification.adapters.rules.conditions import (
    Condition,
    ConditionInvalidError,
    compile_condition,
)
from services.notification.adapters.rules.word_checks import alert_words, unused_words
from services.notification.adapters.rules.wording import Wording
from services.notification.application.ruling.ports import Compilation
from services.notification.domain.facts import FactKind
from services.notification.domain.rules import AlertRule, AlertRules
from services.notification.domain.ruling.findings import Finding, FindingReason, error
from services.notification.domain.ruling.languages import told_in


class FluentCompiler:
    """Compiles rules with CEL and Fluent."""

    def compile(self, rules: AlertRules, version: int) -> Compilation:
        """Computing, no I/O."""
        findings: list[Finding] = []
        wordings = _wordings(rules, findings)
        if set(wordings) != set(rules.languages):
            return Compilation(None, tuple(findings))
        alerts: dict[FactKind, list[CompiledAlert]] = defaultdict(list)
        for rule in rules.rules:
            compiled = _alert(rule, findings)
            findings += alert_words(rules, compiled, wordings)
            if compiled is not None and _has_words(rules, rule, wordings):
                alerts[rule.on].append(compiled)
        findings += unused_words(rules, wordings)
        done = FluentRules(
            version=version,
            rules=rules,
            wordings=wordings,
            alerts={kind: tuple(found) for kind, found in alerts.items()},
            read={kind: _read(found) for kind, found in alerts.items()},
        )
        return Compilation(done, tuple(findings))


def _wordings(rules: AlertRules, findings: list[Finding]) -> dict[str, Wording]:
    found: dict[str, Wording] = {}
    for language in rules.languages:
        source = rules.words.get(language)
        if source is None:
            message = f"there are no words in {language}; write a file {language}.ftl"
            findings.append(error(FindingReason.WORDING_MISSING, "languages", message))
            continue
        try:
            found[language] = Wording(language, source)
        except (UnknownLocaleError, ValueError):
            message = f"{language!r} is no language of the Unicode CLDR, so its plurals are not known"
            findings.append(error(FindingReason.LANGUAGE_UNKNOWN, "languages", message))
    return found


def _alert(rule: AlertRule, findings: list[Finding]) -> CompiledAlert | None:
    """None: its condition is wrong, and it is never told."""
    condition: Condition | None = None
    if rule.when:
        try:
            condition = compile_condition(rule.when, rule.on)
        except ConditionInvalidError as problem:
            where = f"alerts.{rule.code}.when"
            findings.append(error(FindingReason.CONDITION_INVALID, where, str(problem)))
            return None
    return CompiledAlert(rule, condition)


def _has_words(rules: AlertRules, rule: AlertRule, wordings: Mapping[str, Wording]) -> bool:
    return all(wordings[language].has(rule.code) for language in told_in(rules, rule))


def _read(alerts: list[CompiledAlert]) -> frozenset[tuple[str, ...]]:
    return frozenset().union(*(alert.condition.paths for alert in alerts if alert.condition))
