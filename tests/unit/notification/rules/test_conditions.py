"""Conditions: which paths they read, their sides, and what is converted for them."""

from __future__ import annotations

import cel
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.runtime.cel_tokens import tokens_of
from services.notification.adapters.rules.conditions import (
    ConditionInvalidError,
    compile_condition,
    context_for,
    free_paths,
    sides_of,
)
from services.notification.domain.facts import FactKind
from services.notification.domain.ruling.samples import IMAGINED, customer_of, sample_facts


def paths(text: str) -> set[tuple[str, ...]]:
    return set(free_paths(tokens_of(text)))


def test_paths_are_read_as_far_as_they_are_written() -> None:
    assert paths("fact.percent >= 80 && customer.segment.startsWith('b')") == {
        ("fact", "percent"),
        ("customer", "segment"),
    }
    assert paths("'fact.gone' in customer.offerings && size(fact.bucket_id) > 3 // fact.no") == {
        ("customer", "offerings"),
        ("fact", "bucket_id"),
    }
    assert paths("fact['left'] > 3 && true && !false") == {("fact",)}


@pytest.mark.parametrize(
    ("text", "sides"),
    [
        ("a", ["a"]),
        ("a && b || !c", ["a", "b", "!c"]),
        ("(a && (b || c))", ["a", "b", "c"]),
        ("f(a && b) > 3", ["f(a && b) > 3"]),
        ("a == '&&' && b", ["a == '&&'", "b"]),
        ("a && b ? c : d", ["a && b ? c : d"]),
        ("(a) && (b)", ["a", "b"]),
    ],
)
def test_sides_are_those_of_and_and_or(text: str, sides: list[str]) -> None:
    assert sides_of(text) == sides


@given(st.text(max_size=60))
def test_any_text_is_a_condition_or_says_what_to_do(text: str) -> None:
    try:
        compile_condition(text, FactKind.BALANCE_LOW)
    except ConditionInvalidError as error:
        assert str(error)


def test_a_long_condition_is_refused() -> None:
    with pytest.raises(ConditionInvalidError, match="longer than 1000"):
        compile_condition("fact.balance > 0 && " * 60 + "true", FactKind.BALANCE_LOW)


def test_names_that_a_condition_binds_itself_are_no_variables() -> None:
    condition = compile_condition(
        "customer.offerings.exists(code, code.startsWith('prepaid'))", FactKind.BALANCE_LOW
    )
    assert condition.paths == {("customer", "offerings")}
    fact = sample_facts(FactKind.BALANCE_LOW)[0]
    assert condition.holds(context_for(fact, IMAGINED, condition.paths))


def test_only_what_is_read_is_converted() -> None:
    fact = sample_facts(FactKind.ALLOWANCE_USED)[0]
    read = frozenset({("fact", "percent"), ("customer", "segment")})
    context = context_for(fact, customer_of(fact.kind), read)
    assert context.variables == {"fact": {"percent": 80}, "customer": {"segment": "consumer"}}
    whole = context_for(fact, None, frozenset({("fact",)}))
    assert cel.compile("fact['left'] == 1000000000").execute(whole) is True


def test_what_cannot_be_seen_is_refused() -> None:
    with pytest.raises(ConditionInvalidError, match=r"write fields as fact\.percent"):
        compile_condition(
            "customer.offerings.exists(fact, fact == 'x') || fact.balance > 0", FactKind.BALANCE_LOW
        )
