"""All rules from their form and their words."""

from __future__ import annotations

from collections.abc import Mapping

from services.notification.adapters.yaml_build.scope import Scope
from services.notification.adapters.yaml_build.values import build_values
from services.notification.adapters.yaml_form import alerts as alert_form
from services.notification.adapters.yaml_form import rules as form
from services.notification.domain.customers import Customer
from services.notification.domain.facts import FactKind
from services.notification.domain.rules import AlertExample, AlertRule, AlertRules, RateLimit, Words
from services.notification.domain.ruling.samples import customer_of

_NOBODY = "example"


def build_rules(scope: Scope, written: form.RulesForm, words: Mapping[str, str]) -> AlertRules:
    """Everything, alerts and examples in order of code; channels stay in the order of writing."""
    scope.check_zone(written.time_zone, "time_zone")
    quiet = written.quiet_hours
    return AlertRules(
        code=written.rules,
        languages=tuple(written.languages),
        time_zone=written.time_zone,
        quiet_from_minute=quiet.from_ if quiet else 0,
        quiet_until_minute=quiet.until if quiet else 0,
        expiry_hours=tuple(written.expiry_hours),
        unusual_factor=written.unusual_usage.factor,
        unusual_at_least_minor=written.unusual_usage.at_least_minor,
        limits=tuple(RateLimit(item.scope, item.most, item.per, item.channel) for item in written.limits),
        rules=tuple(_alert(scope, code, alert) for code, alert in sorted(written.alerts.items())),
        words=dict(sorted(words.items())),
    )


def _alert(scope: Scope, code: str, alert: alert_form.AlertForm) -> AlertRule:
    return AlertRule(
        code=code,
        on=alert.on,
        category=alert.category,
        severity=alert.severity,
        when=alert.when or "",
        audience=alert.audience,
        collapse=alert.collapse,
        chain=tuple(alert.channels),
        everywhere=alert.everywhere,
        digest_minutes=alert.digest or 0,
        hold=alert.hold,
        examples=tuple(
            _example(scope, alert.on, name, example, f"alerts.{code}.examples.{name}")
            for name, example in sorted(alert.examples.items())
        ),
    )


def _example(
    scope: Scope, kind: FactKind, code: str, example: alert_form.ExampleForm, field: str
) -> AlertExample:
    return AlertExample(
        code=code,
        values=build_values(scope, kind, example.fact, f"{field}.fact"),
        told={
            language: Words(words.title or "", words.body or "", words.text or "")
            for language, words in sorted(example.told.items())
        },
        customer=build_customer(scope, example.customer, f"{field}.customer") if customer_of(kind) else None,
    )


def build_customer(scope: Scope, customer: alert_form.CustomerForm, field: str) -> Customer:
    """An imagined customer, in the rules' zone where none is named."""
    if customer.time_zone:
        scope.check_zone(customer.time_zone, f"{field}.time_zone")
    return Customer(
        subscriber_id=_NOBODY,
        account_id=_NOBODY,
        currency_code=customer.currency,
        time_zone=customer.time_zone,
        segment=customer.segment,
        device_class=customer.device_class,
        customer_value=customer.value,
        zone=customer.zone,
        barred=customer.barred,
        offering_codes=frozenset(customer.offerings),
    )
