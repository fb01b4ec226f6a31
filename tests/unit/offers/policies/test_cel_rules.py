"""Rules in CEL: named rules, what they may read, how they fail, and facts that are shared."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.runtime.cel_tokens import joined, operands, tokens_of
from services.offers.adapters.cel.compiler import CelRuleCompilers
from services.offers.adapters.cel.named_rules import written_out
from services.offers.application.policy_ports import RuleCompiler
from services.offers.domain.compiled import PlainFacts, Variables
from services.offers.domain.imagined import imagined_variables
from services.offers.domain.rule_texts import RuleInvalidError
from services.offers.domain.rule_variables import offer_variables
from tests.support.offers_policies import SMALL_POLICIES, read_policies

POLICIES = read_policies(SMALL_POLICIES)
SAMPLES = imagined_variables(POLICIES)
NAMED = {
    "is_fan": "usage.video.hour > 5",
    "is_free": "moment.weekend || is_fan",
    "is_late": "moment.hour >= 20",
}


def compiler(named: dict[str, str] = NAMED) -> RuleCompiler:
    return CelRuleCompilers().for_rules(named, SAMPLES)


def changed(**parts: dict[str, object]) -> Variables:
    """Variables of somebody who has used nothing, with some parts changed."""
    found = dict(SAMPLES[0])
    for name, part in parts.items():
        whole = found[name]
        assert isinstance(whole, dict)
        found[name] = {**whole, **part}
    return found


def holds(text: str, variables: Variables, named: dict[str, str] = NAMED) -> bool | None:
    rules = compiler(named)
    predicate = rules.condition(text)
    return predicate(rules.prepare(variables).with_offer(offer_variables("pass", 199_000_000, 0, 30)))


FAN = changed(usage={"video": {"hour": 6, "day": 6}}, moment={"hour": 20, "weekend": False})
IDLE = changed(usage={"video": {"hour": 0, "day": 0}}, moment={"hour": 8, "weekend": False})


def test_a_name_stands_for_its_text_within_brackets() -> None:
    assert holds("is_free && is_late", FAN) is True
    assert holds("is_free && is_late", IDLE) is False
    # Without brackets `||` of is_free would bind weaker than the `&&`.
    assert joined(written_out("is_free && is_late", NAMED)) == (
        "( moment . weekend || ( usage . video . hour > 5 ) ) && ( moment . hour >= 20 )"
    )


def test_a_name_in_a_text_or_behind_a_dot_stands_for_itself() -> None:
    assert holds("has(context.is_fan) || 'is_fan' == customer.segment", FAN) is False
    assert joined(written_out("context.is_fan + 'is_fan' + \"is_fan\"", NAMED)).count("usage") == 0


def test_circles_are_told_with_their_way() -> None:
    with pytest.raises(RuleInvalidError, match="one -> two -> three -> one"):
        holds("one", FAN, {"one": "two", "two": "!three", "three": "one && true"})


def test_names_that_unfold_without_end_in_sight_are_refused() -> None:
    doubling = {f"r{n}": f"r{n + 1} && r{n + 1}" for n in range(40)} | {"r40": "moment.weekend"}
    with pytest.raises(RuleInvalidError, match="too long"):
        holds("r0", FAN, doubling)


@pytest.mark.parametrize(
    "text",
    [
        "context.page == 'home'",
        "1 / usage.video.day > 0",
        "int(customer.segment) > 3",
    ],
)
def test_a_rule_that_fails_when_it_is_asked_holds_not_and_says_so(text: str) -> None:
    assert holds(text, IDLE) is None


def test_a_rule_without_prepared_facts_gives_the_same() -> None:
    rule = compiler().condition("is_fan && offer.price == 199")
    variables = {**FAN, "offer": offer_variables("pass", 199_000_000, 0, 30)}
    assert rule(PlainFacts(variables)) is True


def test_facts_of_two_offers_do_not_mix() -> None:
    rules = compiler()
    dear = rules.condition("offer.price > 100")
    facts = rules.prepare({name: part for name, part in FAN.items() if name != "offer"})
    cheap_one = facts.with_offer(offer_variables("cheap", 50_000_000, 0, 0))
    dear_one = facts.with_offer(offer_variables("dear", 500_000_000, 0, 0))
    assert [dear(cheap_one), dear(dear_one), dear(cheap_one), dear(dear_one)] == [False, True, False, True]
    # Before there is an offer nothing is known of one.
    assert dear(facts) is None
    assert dear(cheap_one) is False
    assert cheap_one.variables["offer"] == offer_variables("cheap", 50_000_000, 0, 0)


def test_only_what_rules_read_is_converted_and_whole_parts_stay_whole() -> None:
    rules = compiler()
    narrow = rules.condition("usage.video.hour > 5")
    wide = rules.condition("usage.exists(code, usage[code].day > 5)")
    facts = rules.prepare(FAN)
    assert (narrow(facts), wide(facts)) == (True, True)


def test_a_text_of_a_path_with_a_hyphen_is_read_by_its_key() -> None:
    assert holds("usage['video'].hour > 5 && customer['segment'] == ''", FAN) is True
    with pytest.raises(RuleInvalidError, match=r"there is no usage\.vidoe"):
        holds("usage['vidoe'].hour > 5", FAN)


def test_lists_may_be_looked_through() -> None:
    there = changed(place={"fences": ["arena"]})
    assert holds("place.fences.exists(f, f.startsWith('are'))", there) is True
    assert holds("place.fences.all(f, f == 'arena') && size(place.fences) == 1", there) is True


def test_mentions_tell_fences_offerings_and_rules_apart() -> None:
    said = compiler().mentions("'arena' in place.fences && !('pass' in customer.offerings) && is_free")
    assert said.fences == {"arena"}
    assert said.offerings == {"pass"}
    assert said.rules == {"is_free"}
    assert ("usage", "video", "hour") in said.paths
    entered = compiler().mentions("raised.fence == 'arena' || 'port' == raised.fence || raised.by != 'usage'")
    assert entered.fences == {"arena", "port"}


@given(st.text(alphabet="abc'\"()[]{}&|!?.,<>=+-*/ \\\n0123456789_", max_size=60))
def test_whatever_is_written_gives_a_rule_or_a_reason(text: str) -> None:
    try:
        compiler().condition(text)
    except RuleInvalidError as error:
        assert str(error)


@given(st.text(alphabet="abc'\"()[]&|!?. \n", max_size=40))
def test_no_word_of_an_expression_is_lost(text: str) -> None:
    tokens = tokens_of(text)
    kept = "".join(token.text for token in tokens)
    assert kept.replace(" ", "").replace("\n", "") == text.replace(" ", "").replace("\n", "")
    assert sum(len(side) for side in operands(tokens)) <= len(tokens)


def test_sides_are_found_through_brackets_and_not_through_choices() -> None:
    sides = [joined(side) for side in operands(tokens_of("((a && b) || (c == d && e)) && f(g || h)"))]
    assert sides == ["a", "b", "c == d", "e", "f ( g || h )"]
    assert len(operands(tokens_of("a && b ? c : d"))) == 1
