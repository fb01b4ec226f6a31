"""Texts for customers: figures in braces, written as the language writes them."""

from __future__ import annotations

import pytest

from services.offers.adapters.cel.compiler import CelRuleCompilers
from services.offers.domain.imagined import imagined_variables
from services.offers.domain.rule_texts import RuleInvalidError
from services.offers.domain.rule_variables import offer_variables
from tests.support.offers_policies import SMALL_POLICIES, read_policies

SAMPLES = imagined_variables(read_policies(SMALL_POLICIES))


def words(text: str, language: str = "en", **parts: dict[str, object]) -> str | None:
    variables = dict(SAMPLES[0])
    for name, part in parts.items():
        whole = variables[name]
        assert isinstance(whole, dict)
        variables[name] = {**whole, **part}
    rules = CelRuleCompilers().for_rules({"twice": "usage.video.hour * 2"}, SAMPLES)
    wording = rules.wording(text, language)
    return wording(rules.prepare(variables).with_offer(offer_variables("pass", 499_000_000, 0, 30)))


@pytest.mark.parametrize(
    ("octets", "english", "german"),
    [
        (0, "0 B", "0 B"),
        (999, "999 B", "999 B"),
        (1_000, "1 kB", "1 kB"),
        (1_299_999_999, "1.2 GB", "1,2 GB"),
        (9_990_000, "9.9 MB", "9,9 MB"),
        (12_900_000, "12 MB", "12 MB"),
        (3_000_000_000_000, "3 TB", "3 TB"),
    ],
)
def test_octets_are_cut_and_never_rounded_up(octets: int, english: str, german: str) -> None:
    usage: dict[str, object] = {"video": {"hour": octets}}
    assert words("{usage.video.hour | octets}", usage=usage) == english
    assert words("{usage.video.hour | octets}", "de", usage=usage) == german


def test_money_is_in_the_currency_of_the_account() -> None:
    assert words("For {offer.price | money}.") == "For 4.99 EUR."
    assert words("Für {offer.price | money}.", "de-CH") == "Für 4,99 EUR."
    assert words("{offer.price | money}", balance={"currency": "JPY"}) == "499 JPY"
    assert words("{offer.price | money}", balance={"currency": ""}) is None


def test_times_and_percentages_and_plain_values() -> None:
    assert words("{7500 | time}, {300 | time}, {59 | time}, {7200 | time}") == "2 h 5 min, 5 min, 59 s, 2 h"
    assert words("{20 | percent}") == "20%"
    assert words("{20 | percent}", "de") == "20 %"
    assert words("{offer.code} for {offer.duration_days} days") == "pass for 30 days"


def test_braces_that_are_doubled_are_shown() -> None:
    assert words("{{1 + 1}} is {1 + 1}") == "{1 + 1} is 2"


def test_an_expression_may_hold_or_and_named_rules() -> None:
    assert words("{(moment.weekend || true) ? 1 : 2}") == "1"
    assert words("{twice | octets}", usage={"video": {"hour": 700}}) == "1.4 kB"


def test_a_figure_that_fails_leaves_the_text_unsaid() -> None:
    assert words("Page {context.page}") is None
    assert words("Page {context.page}", context={"page": "home"}) == "Page home"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{usage.video.hour", "stands alone"),
        ("a } b", "write }}"),
        ("{usage.video.hour | gallons}", "'gallons'"),
        ("{}", "it is empty"),
        ("{moment.weekend}", "say how"),
        ("{place.fences | octets}", "cannot be written as octets"),
    ],
)
def test_what_cannot_be_written_is_told(text: str, says: str) -> None:
    with pytest.raises(RuleInvalidError, match=says):
        words(text)
