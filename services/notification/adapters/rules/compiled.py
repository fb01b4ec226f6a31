"""The CompiledRules port: what is to be told because of a fact, in about a tenth of a millisecond each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo

from services.common.kernel.clock import zone
from services.notification.adapters.rules.conditions import Condition, context_for
from services.notification.adapters.rules.wording import Wording
from services.notification.domain.customers import Customer
from services.notification.domain.facts import Fact, FactKind, Recipient
from services.notification.domain.notifications import Draft
from services.notification.domain.rules import AlertRule, AlertRules
from services.notification.domain.ruling.rule_variables import data_of

_OPERATOR = Recipient(operator=True)


@dataclass(frozen=True, slots=True)
class CompiledAlert:
    """An alert and its condition; None: always."""

    rule: AlertRule
    condition: Condition | None

    @property
    def for_operator(self) -> bool:
        """True where the operator is told instead of whom the fact concerns."""
        return self.rule.audience == "operator"


@dataclass(frozen=True, slots=True)
class FluentRules:
    """A version of the alert rules, conditions compiled and words parsed. Made by `compile_rules`."""

    version: int
    rules: AlertRules
    wordings: Mapping[str, Wording]
    alerts: Mapping[FactKind, tuple[CompiledAlert, ...]]
    read: Mapping[FactKind, frozenset[tuple[str, ...]]]
    """What the conditions of a kind read."""

    def drafts(self, fact: Fact, customer: Customer | None, language: str) -> Sequence[Draft]:
        """What is to be told because of a fact, in a language (empty: the default); pure and quick.

        Who has a language that is not there reads the general one of it (`de` for `de-AT`), else the
        default; the operator always reads the default.
        """
        alerts = self._that_hold(fact, customer)
        if not alerts:
            return ()
        data = data_of(fact)
        if fact.recipient.operator:
            language, customer = "", None
        wording, here = self._wording(language), self._zone(customer)
        return tuple(
            self._for_operator(alert.rule, fact, data)
            if alert.for_operator
            else self._draft(alert.rule, fact, wording, here, data)
            for alert in alerts
        )

    def _that_hold(self, fact: Fact, customer: Customer | None) -> list[CompiledAlert]:
        alerts = self.alerts.get(fact.kind, ())
        if all(alert.condition is None for alert in alerts):
            return list(alerts)
        context = context_for(fact, customer, self.read[fact.kind])
        return [alert for alert in alerts if alert.condition is None or alert.condition.holds(context)]

    def _for_operator(self, rule: AlertRule, fact: Fact, data: Mapping[str, str]) -> Draft:
        """In the rules' own language and zone; whom it concerns is told to programs."""
        concerns = {
            name: value
            for name, value in (
                ("subscriber_id", fact.recipient.subscriber_id),
                ("account_id", fact.recipient.account_id),
                ("party_code", fact.recipient.party_code),
            )
            if value
        }
        turned = replace(fact, recipient=_OPERATOR)
        return self._draft(rule, turned, self._wording(""), zone(self.rules.time_zone), {**data, **concerns})

    def _draft(
        self, rule: AlertRule, fact: Fact, wording: Wording, here: tzinfo, data: Mapping[str, str]
    ) -> Draft:
        words = wording.words(rule.code, fact, here)
        return Draft(
            fact=fact,
            alert_code=rule.code,
            rules_version=self.version,
            category=rule.category,
            severity=rule.severity,
            language=wording.language,
            title=words.title,
            body=words.body,
            text=words.text,
            collapse_key=rule.collapse.replace("{about}", fact.about).replace("{alert}", rule.code),
            chain=rule.chain,
            everywhere=rule.everywhere,
            digest_minutes=rule.digest_minutes,
            data=data,
        )

    def _wording(self, language: str) -> Wording:
        found = self.wordings.get(language) or self.wordings.get(language.partition("-")[0])
        return found or self.wordings[self.rules.languages[0]]

    def _zone(self, customer: Customer | None) -> tzinfo:
        if customer is not None and customer.time_zone:
            try:
                return zone(customer.time_zone)
            except ValueError:
                # Charging's journal named a zone that this machine does not know.
                pass
        return zone(self.rules.time_zone)
