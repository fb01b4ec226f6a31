"""Rules as they are written; what holds its default is left out."""

from __future__ import annotations

from services.common.kernel.clock import Instant, instant, local
from services.common.kernel.money import Money
from services.common.runtime.yaml_figures import write_size
from services.common.runtime.yaml_times import write_clock, write_time
from services.common.runtime.yaml_tree import Tree
from services.common.runtime.yaml_writing import decimal, filled
from services.notification.domain.customers import Customer
from services.notification.domain.facts import FACT_FIELDS, FactKind, FieldKind, Units, Value
from services.notification.domain.rules import AlertExample, AlertRule, AlertRules, RateLimit

_DEFAULT_CURRENCY = "EUR"


def write_rules(rules: AlertRules) -> dict[str, Tree]:
    """Everything but the words."""
    head: dict[str, Tree] = {
        "rules": rules.code,
        "languages": list(rules.languages),
        "time_zone": rules.time_zone,
    }
    if rules.quiet_from_minute or rules.quiet_until_minute:
        head["quiet_hours"] = {
            "from": write_clock(rules.quiet_from_minute),
            "until": write_clock(rules.quiet_until_minute),
        }
    head["expiry_hours"] = list(rules.expiry_hours)
    head["unusual_usage"] = {
        "factor": rules.unusual_factor,
        "at_least_minor": rules.unusual_at_least_minor,
    }
    return head | filled(
        limits=[_limit(limit) for limit in rules.limits],
        alerts={rule.code: write_alert(rule, rules.time_zone) for rule in rules.rules},
    )


def _limit(limit: RateLimit) -> dict[str, Tree]:
    return filled(
        scope=limit.scope,
        most=limit.most,
        per=write_time(limit.minutes),
        channel=limit.channel.value if limit.channel else None,
    )


def write_alert(rule: AlertRule, time_zone: str) -> dict[str, Tree]:
    """One alert with its examples."""
    return (
        filled(
            on=rule.on.value,
            when=rule.when,
            audience=None if rule.audience == "recipient" else rule.audience,
            category=rule.category.value,
            severity=rule.severity.value,
            channels=[channel.value for channel in rule.chain],
            everywhere=rule.everywhere,
            collapse=rule.collapse,
            digest=write_time(rule.digest_minutes) if rule.digest_minutes else None,
        )
        | ({} if rule.hold else {"hold": False})
        | filled(examples={item.code: _example(item, rule.on, time_zone) for item in rule.examples})
    )


def _example(example: AlertExample, kind: FactKind, time_zone: str) -> dict[str, Tree]:
    fields = FACT_FIELDS[kind]
    written: dict[str, Tree] = {
        "fact": {name: write_value(fields[name], value, time_zone) for name, value in example.values.items()}
    }
    written |= filled(customer=_customer(example.customer) if example.customer else None)
    written["told"] = {
        language: filled(title=words.title, text=words.text, body=words.body)
        for language, words in example.told.items()
    }
    return written


def _customer(customer: Customer) -> dict[str, Tree]:
    return filled(
        segment=customer.segment,
        value=customer.customer_value or None,
        device_class=customer.device_class,
        zone=customer.zone,
        barred=customer.barred,
        offerings=[*sorted(customer.offering_codes)],
        currency=None if customer.currency_code == _DEFAULT_CURRENCY else customer.currency_code,
        time_zone=customer.time_zone,
    )


def write_value(kind: FieldKind, value: Value, time_zone: str) -> Tree:
    """A value of a fact."""
    if isinstance(value, Money):
        return f"{decimal(value.minor_micros, value.currency.code)} {value.currency.code}"
    if isinstance(value, Units):
        size = write_size(value.count, value.unit)
        return size if isinstance(size, str) else f"{size} {value.unit}"
    if kind is FieldKind.INSTANT and isinstance(value, int):
        return _moment(Instant(value), time_zone)
    return value


def _moment(at: Instant, time_zone: str) -> str:
    """Local time; with an offset where the clock shows it twice."""
    here = local(at, time_zone)
    naive = here.replace(tzinfo=None, fold=0)
    plain = instant(naive.replace(tzinfo=here.tzinfo)) == at
    shown = naive if plain else here
    short = shown.second == 0 and shown.microsecond == 0
    return shown.isoformat(" ", "minutes" if short else "auto")
