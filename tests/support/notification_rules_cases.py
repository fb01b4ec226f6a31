# ruff: noqa: E501 - a row of the table is one line
"""What is changed in small sound rules, and what lint then says: a case for every kind of finding."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    reason: str
    field: str
    says: str
    rules: tuple[tuple[str, str], ...] = ()
    english: tuple[tuple[str, str], ...] = ()
    german: tuple[tuple[str, str], ...] = ()


def case(reason: str, old: str, new: str, field: str, says: str) -> Case:
    return Case(reason, field, says, rules=((old, new),))


def when(new: str, says: str) -> Case:
    """`low` with another condition."""
    old = "when: fact.balance > 0 && customer.segment != 'business'"
    return case("CONDITION_INVALID", old, f"when: {new}", "alerts.low.when", says)


def words(reason: str, old: str, new: str, field: str, says: str) -> Case:
    return Case(reason, field, says, english=((old, new),))


LOW, USED = "alerts.low", "alerts.used"
FACT = '{balance: "1.50 EUR", threshold: "2.00 EUR", bucket_id: main}'
LONG = "x" * 460

CASES = [
    # The form.
    case("YAML_INVALID", "alerts:\n", "alerts: [\n", "", "not readable as YAML"),
    case("KEY_TWICE", "rules: small\n", "rules: small\nrules: other\n", "rules", "line 1"),
    case(
        "FIELD_UNKNOWN",
        "severity: warning",
        "serverity: warning",
        f"{LOW}.serverity",
        "did you mean `severity`",
    ),
    case(
        "FIELD_UNKNOWN",
        "bucket_id: main}",
        "bucket: main}",
        f"{LOW}.examples.a-little.fact.bucket",
        "`bucket_id`",
    ),
    case("FIELD_MISSING", "    category: marketing\n", "", "alerts.pass.category", "add it"),
    case("FIELD_INVALID", "on: offer", "on: ofer", "alerts.pass.on", "did you mean offer?"),
    case("FIELD_INVALID", "digest: 30 min", "digest: 8 days", f"{USED}.digest", "up to 7 days"),
    case("FIELD_INVALID", 'from: "22:00"', 'from: "24:00"', "quiet_hours.from", "in quotes"),
    case(
        "FIELD_INVALID",
        "percent: 80,",
        'percent: "80",',
        f"{USED}.examples.much.fact.percent",
        "whole number of per cent",
    ),
    case("CODE_INVALID", "  low:\n", "  1-low:\n", "alerts.1-low", "a letter first"),
    case("CODE_INVALID", "languages: [en, de]", "languages: [en, german]", "languages.1", "de-CH"),
    case(
        "AMOUNT_INVALID",
        'balance: "1.50 EUR"',
        'balance: "1.50"',
        f"{LOW}.examples.a-little.fact.balance",
        '"4.99 EUR"',
    ),
    case(
        "SIZE_INVALID",
        "left: 1 GB",
        "left: 1 GB more",
        f"{USED}.examples.much.fact.left",
        "write a whole number",
    ),
    case(
        "AMOUNT_NOT_TEXT",
        'price: "4.99 EUR"',
        "price: 4.99",
        "alerts.pass.examples.cheap.fact.price",
        '"4.99 EUR"',
    ),
    case(
        "FIELD_INVALID",
        'price: "4.99 EUR"',
        "price: [4]",
        "alerts.pass.examples.cheap.fact.price",
        "leave out",
    ),
    case("SIZE_INVALID", "left: 1 GB", 'left: "7"', f"{USED}.examples.much.fact.left", "has no unit"),
    case(
        "DATE_INVALID",
        'price: "4.99 EUR"',
        "expires_at: tomorrow",
        "alerts.pass.examples.cheap.fact.expires_at",
        "2026-12-04 20:00",
    ),
    case(
        "TIME_ZONE_UNKNOWN",
        "time_zone: Europe/Berlin",
        "time_zone: Europe/Bielefeld",
        "time_zone",
        "Bielefeld",
    ),
    case(
        "TIME_ZONE_UNKNOWN",
        "customer: {segment: business}",
        "customer: {time_zone: Mars}",
        f"{LOW}.examples.not-for-companies.customer.time_zone",
        "Mars",
    ),
    # For all alerts.
    case(
        "LANGUAGE_TWICE", "languages: [en, de]", "languages: [en, de, en]", "languages", "en is there twice"
    ),
    case(
        "EXPIRY_HOURS_INVALID",
        "expiry_hours: [72, 24]",
        "expiry_hours: [24, 24]",
        "expiry_hours",
        "24 is there twice",
    ),
    case("LIMIT_INVALID", "per: 1 min, channel: sms", "per: 1 min", "limits.1", "says which one"),
    case(
        "LIMIT_TWICE",
        "{scope: channel, most: 100, per: 1 min, channel: sms}",
        "{scope: subscriber, most: 3, per: 60 min}",
        "limits.1",
        "limit 1 is for the same",
    ),
    # Conditions.
    when("fact.balance >", "mismatched input"),
    when("fact.balanse > 0", "did you mean 'balance'?"),
    when("fact.left > 0", "there is no fact.left"),
    when("facts.balance > 0", "did you mean 'fact'?"),
    when("customer.name == 'Ann'", "there is no customer.name"),
    when("fact.balance", "not true or false"),
    when("fact.balance > '0'", "different kinds"),
    when("fact.balance > 2000000000 && customer.value > 'x'", "`customer.value > 'x'`: it takes things"),
    when("lower(fact.bucket_id) == 'main'", "there is no function 'lower'"),
    when("(fact.balance > 0) || fact.bucket_id", "not true or false"),
    # Words.
    words(
        "WORDS_INVALID",
        "low = You have { $balance }.",
        "low = You have { $balance .",
        "words.en",
        "not readable as Fluent",
    ),
    words("WORDING_MISSING", "    .title = { $balance } left\n", "", "words.en.low", "has no title in en"),
    words(
        "WORDING_MISSING", "low = You have { $balance }.\n", "low =\n", "words.en.low", "has no body in en"
    ),
    Case("WORDING_MISSING", "words.de.low", "has no words in de", german=(("low = ", "lov = "),)),
    Case("WORDING_UNUSED", "words.de.lov", "did you mean 'low'?", german=(("low = ", "lov = "),)),
    words(
        "WORDING_UNUSED",
        "    .title = { $balance } left\n",
        "    .title = { $balance } left\n    .head = x\n",
        "words.en.low.head",
        "is not told",
    ),
    words("WORDING_INVALID", "low = You have", "low = { -brand }: you have", "words.en.low.body", "'-brand'"),
    words(
        "WORDING_INVALID",
        "low = You have { $balance }",
        "low = You have { UPPER($balance) }",
        "words.en.low.body",
        "UPPER()",
    ),
    words(
        "WORDING_INVALID",
        "low = You have { $balance }",
        'low = You have { DATETIME($balance, dateStyle: "full") }',
        "words.en.low",
        "DATETIME takes a moment",
    ),
    words("WORDING_INVALID", "low = You have", "low = { low } you have", "words.en.low", "Cyclic"),
    words(
        "VARIABLE_UNKNOWN",
        "low = You have { $balance }",
        "low = You have { $ballance }",
        "words.en.low.body",
        "did you mean 'balance'?",
    ),
    words(
        "VARIABLE_UNKNOWN",
        ".title = { $balance } left",
        ".title = { used } left",
        "words.en.low.title",
        "balance-low has no `$left`",
    ),
    words(
        "FIELD_UNPROVIDED",
        ".text = { $name }\n",
        ".text = { $name } { $price }\n",
        "words.en.pass.text",
        "{ $price -> [none]",
    ),
    words("TEXT_TOO_LONG", ".text = Only", f".text = {LONG}", "words.en.low.text", "at most 459"),
    words(
        "TEXT_TOO_LONG", ".title = { $balance } left", f".title = {LONG}", "words.en.low.title", "at most 120"
    ),
    # Alerts.
    case(
        "ALERT_DUPLICATE",
        "  pass:\n    on: offer\n",
        "  other:\n    on: offer\n    category: service\n    severity: info\n  pass:\n    on: offer\n",
        "alerts.pass",
        "other is told of the same",
    ),
    case(
        "CHANNEL_UNKNOWN",
        "channels: [web-push, sms]",
        "channels: [webpush, sms]",
        f"{LOW}.channels.0",
        "did you mean web-push?",
    ),
    case(
        "CHANNEL_TWICE",
        "channels: [web-push, sms]",
        "channels: [sms, sms]",
        f"{LOW}.channels",
        "sms is there twice",
    ),
    case(
        "CHANNEL_UNFIT",
        "channels: [web-push, sms]",
        "channels: [operator]",
        f"{LOW}.channels",
        "audience: operator",
    ),
    case(
        "COLLAPSE_INVALID",
        "collapse: balance-{about}",
        "collapse: balance-{bucket}",
        f"{LOW}.collapse",
        "{alert}",
    ),
    case(
        "REGULATORY_HAS_DIGEST",
        "    category: service\n    severity: info\n",
        "    category: regulatory\n    severity: info\n",
        f"{USED}.digest",
        "at once",
    ),
    case(
        "REGULATORY_HAS_DIGEST",
        "    category: service\n    severity: info\n",
        "    category: service\n    severity: critical\n",
        f"{USED}.digest",
        "at once",
    ),
    case(
        "MARKETING_IS_CRITICAL",
        "    category: marketing\n    severity: info\n",
        "    category: marketing\n    severity: critical\n",
        "alerts.pass.severity",
        "write info",
    ),
    case(
        "DIGEST_WITHOUT_CHANNEL",
        "    channels: [web-push]\n    digest: 30 min\n",
        "    digest: 30 min\n",
        f"{USED}.digest",
        "for channels",
    ),
    case(
        "EVERYWHERE_ALONE",
        "    channels: [web-push]\n    digest: 30 min\n",
        "    channels: [web-push]\n    everywhere: true\n",
        f"{USED}.everywhere",
        "fewer than two",
    ),
    case("FACT_UNTOLD", "rules: small", "rules: small", "alerts", "nobody is told of topped-up"),
    # Worked examples.
    case(
        "EXAMPLE_INVALID",
        '          de: {body: "Pass für 4,99 €."}\n',
        "",
        "alerts.pass.examples.cheap.told",
        "in de is missing",
    ),
    case(
        "EXAMPLE_INVALID",
        '          en: {title: "€99.00"}\n',
        '          en: {title: "€99.00"}\n          de: {title: x}\n',
        "alerts.dear.examples.very.told",
        "in en alone",
    ),
    case(
        "EXAMPLE_DIFFERS",
        "en: {body: Pass for €4.99.}",
        "en: {body: Pass for €4.98.}",
        "alerts.pass.examples.cheap.told.en.body",
        "Pass for €4.99.",
    ),
    case(
        "EXAMPLE_DIFFERS",
        'fact: {balance: "1.50 EUR"',
        'fact: {balance: "0.00 EUR"',
        f"{LOW}.examples.a-little.told",
        "it is not told",
    ),
    case(
        "EXAMPLE_DIFFERS",
        "customer: {segment: business}",
        "customer: {segment: consumer}",
        f"{LOW}.examples.not-for-companies.told",
        "it is told: '€1.50 left'",
    ),
    case(
        "ALERT_WITHOUT_EXAMPLE",
        '    examples:\n      cheap:\n        fact: {name: Pass, price: "4.99 EUR"}\n        told:\n          en: {body: Pass for €4.99.}\n          de: {body: "Pass für 4,99 €."}\n',
        "",
        "alerts.pass",
        "write one",
    ),
]
