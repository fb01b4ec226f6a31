"""The short way to words: what Fluent's own resolver writes, and no way around its checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from fluent.runtime import FluentBundle, FluentResource
from fluent.runtime.resolver import CurrentEnvironment, ResolverEnvironment
from fluent.runtime.types import FluentInt, FluentNone
from hypothesis import given, settings
from hypothesis import strategies as st

from services.common.kernel.clock import zone
from services.notification.adapters.rules.quick_words import Quick, QuickWords
from services.notification.adapters.rules.wording import Wording
from services.notification.domain.facts import FACT_FIELDS, Fact, FieldKind, Units
from services.notification.domain.rules import AlertRule
from services.notification.domain.ruling.languages import told_in
from services.notification.domain.ruling.samples import sample_facts
from tests.support.notification_rules import EXAMPLE_FOLDER, example_rules_files, money, read_rules

RULES = read_rules(example_rules_files())
WORDINGS = {
    path.stem: (Wording(path.stem, path.read_text()), Wording(path.stem, path.read_text()))
    for path in sorted(EXAMPLE_FOLDER.glob("*.ftl"))
}
BERLIN = zone("Europe/Berlin")
WORDS = """
plain = Nothing but text.
one = { $name }
several = Dear { $name }, you have { $count ->
    [0] nothing
    [one] one thing
   *[other] { $count } things
} and { one }.
    .title = About { several } and { several.title-of-it }
    .title-of-it = it
named = { $name ->
    [Anna] Hello
    [none] Nobody
   *[Ben] Goodbye
} { "{" }{ 7 }
mixed = { $name ->
    [1] a number
   *[one] a word
}
twice = { $name ->
    [Anna] first
    [Anna] second
   *[other] third
}
calling = { UPPER($name, by: 2) } { NUMBER($count, minimumFractionDigits: 2) }
failing = { FAIL($name) }
unknown = { MISSING($name) }
itself = { itself }
round = { about }
about = { round }
term = { -brand }
-brand = Tidemark
    .gender = it
absent = { nowhere }
laugh0 = ha { $name }
laugh1 = { laugh0 }{ laugh0 }{ laugh0 }{ laugh0 }{ laugh0 }{ laugh0 }{ laugh0 }{ laugh0 }
laugh2 = { laugh1 }{ laugh1 }{ laugh1 }{ laugh1 }{ laugh1 }{ laugh1 }{ laugh1 }{ laugh1 }
laugh3 = { laugh2 }{ laugh2 }{ laugh2 }{ laugh2 }{ laugh2 }{ laugh2 }{ laugh2 }{ laugh2 }
"""
NEVER_QUICK = ("unknown", "itself", "round", "about", "term", "absent", "laugh3")


def _upper(text: Any, by: Any) -> str:
    return str(text).upper() * int(by)


def _fail(_text: Any) -> str:
    raise ValueError("never")


def a_bundle() -> FluentBundle:
    functions: dict[str, Any] = {"UPPER": _upper, "FAIL": _fail}
    bundle = FluentBundle(["en"], functions=functions, use_isolating=False)
    bundle.add_resource(FluentResource(WORDS))
    return bundle


BUNDLE = a_bundle()
QUICK = QuickWords(BUNDLE)
PATTERNS = {
    (name, attribute): pattern
    for name in BUNDLE._messages
    for attribute, pattern in (
        ("", BUNDLE.get_message(name).value),
        *BUNDLE.get_message(name).attributes.items(),
    )
}


def resolved(pattern: Any, variables: Mapping[str, Any]) -> tuple[str, list[Exception]]:
    errors: list[Exception] = []
    current = CurrentEnvironment(args=dict(variables))
    try:
        written = pattern(ResolverEnvironment(context=BUNDLE, current=current, errors=errors))
    except ValueError as error:
        return "", [error]
    return str(written.format(BUNDLE._babel_locale) if isinstance(written, FluentNone) else written), errors


def attempted(write: Quick, variables: Mapping[str, Any]) -> str | None:
    try:
        return write(variables)
    except Exception:
        return None


names = st.one_of(
    st.sampled_from(["Anna", "Ben", "none", "one", "1", ""]), st.text(max_size=20), st.just("x" * 2_501)
)
counts = st.one_of(st.integers(0, 3), st.integers(-(10**12), 10**12)).map(FluentInt)
variables = st.fixed_dictionaries(
    {},
    optional={
        "name": st.one_of(names, counts, st.just(None), st.just(FluentNone("name"))),
        "count": st.one_of(counts, names),
    },
)


@pytest.mark.parametrize("key", PATTERNS)
@given(given_variables=variables)
def test_what_it_writes_is_what_fluent_writes_without_a_complaint(
    key: tuple[str, str], given_variables: Mapping[str, Any]
) -> None:
    write = QUICK.of(PATTERNS[key])
    if write is None:
        assert key[0] in NEVER_QUICK
        return
    found = attempted(write, given_variables)
    words, errors = resolved(PATTERNS[key], given_variables)
    assert found in (words, None)
    assert not errors or found is None


@pytest.mark.parametrize("name", NEVER_QUICK)
def test_what_fluent_may_complain_of_has_no_short_way(name: str) -> None:
    assert QUICK.of(PATTERNS[name, ""]) is None


@pytest.mark.parametrize("key", [key for key in PATTERNS if key[0] not in (*NEVER_QUICK, "failing")])
def test_the_usual_is_written_the_short_way(key: tuple[str, str]) -> None:
    write = QUICK.of(PATTERNS[key])
    assert write is not None
    usual = {"name": "Anna", "count": FluentInt(2)}
    assert write(usual) == resolved(PATTERNS[key], usual)[0]


def _varied(fact: Fact, minor: int, text: str) -> Fact:
    """Other amounts, units and free texts in the fields that are there."""
    fields = FACT_FIELDS[fact.kind]
    changed = {
        name: money(minor)
        if fields[name] is FieldKind.MONEY
        else Units(abs(minor), value.unit)
        if isinstance(value, Units)
        else text
        if fields[name] is FieldKind.TEXT
        else value
        for name, value in fact.values.items()
    }
    return replace(fact, values=changed)


@pytest.mark.parametrize(
    ("rule", "language"),
    [(rule, language) for rule in RULES.rules for language in told_in(RULES, rule)],
    ids=lambda one: one.code if isinstance(one, AlertRule) else one,
)
@settings(max_examples=10)
@given(minor=st.integers(-(10**12), 10**12), text=st.text(max_size=200))
def test_alerts_of_the_examples_read_the_same(rule: AlertRule, language: str, minor: int, text: str) -> None:
    quick, slow = WORDINGS[language]
    patterns = slow._patterns[rule.code]
    slow._patterns[rule.code] = replace(
        patterns, **{part: replace(getattr(patterns, part), quick=None) for part in ("title", "body", "text")}
    )
    assert all(getattr(quick._patterns[rule.code], part).quick for part in ("title", "body", "text"))
    for fact in sample_facts(rule.on):
        for one in (fact, _varied(fact, minor, text)):
            assert quick.tried(rule.code, one, BERLIN) == slow.tried(rule.code, one, BERLIN)
