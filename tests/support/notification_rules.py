"""A small set of alert rules to break in one place at a time, and what lints and compiles it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from services.common.kernel.findings import SourceFile
from services.common.kernel.money import MICROS_PER_MINOR_UNIT, Money, currency
from services.notification.adapters.rules.compiler import FluentCompiler
from services.notification.adapters.rules.yaml_source import YamlRulesReader
from services.notification.application.ports import CompiledRules
from services.notification.application.ruling.lint import LintReport, RulesLinter
from services.notification.domain.facts import Fact, FactKind, Value
from services.notification.domain.rules import AlertRules
from services.notification.domain.ruling.samples import sample_facts

EXAMPLE_FOLDER = Path(__file__).parents[2] / "examples" / "notification"

SMALL_RULES = """\
rules: small
languages: [en, de]
time_zone: Europe/Berlin
quiet_hours: {from: "22:00", until: "07:00"}
expiry_hours: [72, 24]
unusual_usage: {factor: 5, at_least_minor: 1000}
limits:
  - {scope: subscriber, most: 6, per: 1 h}
  - {scope: channel, most: 100, per: 1 min, channel: sms}
alerts:
  low:
    on: balance-low
    when: fact.balance > 0 && customer.segment != 'business'
    category: service
    severity: warning
    channels: [web-push, sms]
    collapse: balance-{about}
    examples:
      a-little:
        fact: {balance: "1.50 EUR", threshold: "2.00 EUR", bucket_id: main}
        told:
          en: {title: €1.50 left, text: Only €1.50., body: You have €1.50.}
          de: {title: "Noch 1,50 €"}
      not-for-companies:
        fact: {balance: "1.50 EUR", threshold: "2.00 EUR", bucket_id: main}
        customer: {segment: business}
        told: {}
  used:
    on: allowance-used
    category: service
    severity: info
    channels: [web-push]
    digest: 30 min
    examples:
      much:
        fact: {percent: 80, left: 1 GB, given: 5 GB, allowance: Data, bucket_id: d}
        told:
          en: {body: "80% used, 1 GB left."}
          de: {body: "80 % verbraucht, noch 1 GB."}
  pass:
    on: offer
    category: marketing
    severity: info
    channels: [web-push]
    examples:
      cheap:
        fact: {name: Pass, price: "4.99 EUR"}
        told:
          en: {body: Pass for €4.99.}
          de: {body: "Pass für 4,99 €."}
  dear:
    on: unusual-usage
    audience: operator
    category: service
    severity: warning
    channels: [operator]
    examples:
      very:
        fact: {spent: "99.00 EUR", usual: "3.00 EUR", factor: 33, day: "2026-12-04"}
        told:
          en: {title: "€99.00"}
"""
SMALL_ENGLISH = """\
low = You have { $balance }.
    .title = { $balance } left
    .text = Only { $balance }.
used = { $percent } used, { $left } left.
    .title = { $allowance }
    .text = { $percent } of { $allowance } used.
pass = { $name }{ $price ->
        [none] .
       *[other] { " " }for { $price }.
    }
    .title = { $name }
    .text = { $name }
dear = { $spent } on { DAY($day) }
    .title = { $spent }
    .text = { $spent }
"""
SMALL_GERMAN = """\
low = Sie haben { $balance }.
    .title = Noch { $balance }
    .text = Nur { $balance }.
used = { $percent } verbraucht, noch { $left }.
    .title = { $allowance }
    .text = { $percent } von { $allowance } verbraucht.
pass = { $name }{ $price ->
        [none] .
       *[other] { " " }für { $price }.
    }
    .title = { $name }
    .text = { $name }
"""


def rules_files(
    rules: str = SMALL_RULES, english: str = SMALL_ENGLISH, german: str = SMALL_GERMAN
) -> list[SourceFile]:
    """Texts as the files of one set of rules."""
    return [
        SourceFile("rules.yaml", rules),
        SourceFile("en.ftl", english),
        SourceFile("de.ftl", german),
    ]


def example_rules_files() -> list[SourceFile]:
    """`examples/notification`."""
    found = [path for path in sorted(EXAMPLE_FOLDER.iterdir()) if path.suffix in (".yaml", ".ftl")]
    return [SourceFile(path.name, path.read_text(encoding="utf-8")) for path in found]


def edited(text: str, *edits: tuple[str, str]) -> str:
    """A text with something else in places that are there."""
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def lint_files(files: list[SourceFile]) -> LintReport:
    """What lint says."""
    return RulesLinter(YamlRulesReader(), FluentCompiler()).lint_source(files)


def read_rules(files: list[SourceFile]) -> AlertRules:
    """Rules that are sound."""
    reading = YamlRulesReader().read(files)
    assert reading.document is not None, [finding.words for finding in reading.findings]
    return reading.document


def compiled_rules(files: list[SourceFile], version: int = 1) -> CompiledRules:
    """Rules ready to be used."""
    compilation = FluentCompiler().compile(read_rules(files), version)
    assert compilation.compiled is not None
    return compilation.compiled


def only_alert(on: str, english: str, when: str = "", german: str = "") -> CompiledRules:
    """One alert `it` of a kind, with these bodies."""
    head = SMALL_RULES.partition("alerts:\n")[0]
    condition = f"    when: {when!r}\n" if when else ""
    alert = f"alerts:\n  it:\n    on: {on}\n{condition}    category: service\n    severity: info\n"
    parts = "\n    .title = t\n    .text = s\n"
    return compiled_rules(
        rules_files(head + alert, f"it = {english}{parts}", f"it = {german or english}{parts}")
    )


def sample(kind: FactKind, **values: Value) -> Fact:
    """The typical fact of a kind with other values."""
    fact = sample_facts(kind)[0]
    return replace(fact, values={**fact.values, **values})


def lacking(kind: FactKind, *names: str) -> Fact:
    """The typical fact of a kind without some fields."""
    fact = sample_facts(kind)[0]
    kept: Mapping[str, Value] = {name: value for name, value in fact.values.items() if name not in names}
    return replace(fact, values=kept)


def money(minor: int, code: str = "EUR") -> Money:
    """Whole minor units."""
    return Money(minor * MICROS_PER_MINOR_UNIT, currency(code))
