"""What rules make of facts: conditions, languages, zones, the operator, and words of strangers in ours."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.kernel.clock import instant
from services.notification.adapters.rules.word_values import plain_words
from services.notification.domain.facts import FACT_FIELDS, FactKind, FieldKind, Recipient, Units
from services.notification.domain.notifications import AlertSeverity, Category, Channel, Draft
from services.notification.domain.ruling.samples import IMAGINED, customer_of, sample_facts
from tests.support.notification_rules import (
    compiled_rules,
    lacking,
    money,
    only_alert,
    rules_files,
    sample,
)

SMALL = compiled_rules(rules_files(), version=7)
NBSP = "\u00a0"


def told(english: str, kind: FactKind, fact: object = None, language: str = "en") -> str:
    rules = only_alert(kind.value, english)
    (draft,) = rules.drafts(fact or sample_facts(kind)[0], customer_of(kind), language)  # type: ignore[arg-type]
    return draft.body.replace(NBSP, " ").replace("\u202f", " ")


def test_a_draft_has_everything_of_its_rule() -> None:
    fact = sample(FactKind.BALANCE_LOW)
    (draft,) = SMALL.drafts(fact, IMAGINED, "de")
    assert draft == Draft(
        fact=fact,
        alert_code="low",
        rules_version=7,
        category=Category.SERVICE,
        severity=AlertSeverity.WARNING,
        language="de",
        title=f"Noch 1,50{NBSP}€",
        body=f"Sie haben 1,50{NBSP}€.",
        text="Nur 1,50 €.",
        collapse_key="balance-sample",
        chain=(Channel.WEB_PUSH, Channel.SMS),
        data={"balance": "1.50 EUR", "threshold": "2.00 EUR", "bucket_id": "main"},
    )


@pytest.mark.parametrize(
    ("asked", "read"), [("", "en"), ("de", "de"), ("de-AT", "de"), ("fr", "en"), ("en-GB", "en")]
)
def test_the_nearest_language_is_read(asked: str, read: str) -> None:
    (draft,) = SMALL.drafts(sample(FactKind.BALANCE_LOW), IMAGINED, asked)
    assert draft.language == read


def test_a_condition_that_says_no_or_fails_tells_nobody() -> None:
    fact = sample(FactKind.BALANCE_LOW)
    assert not SMALL.drafts(fact, replace(IMAGINED, segment="business"), "en")
    assert not SMALL.drafts(sample(FactKind.BALANCE_LOW, balance=money(0)), IMAGINED, "en")
    assert not SMALL.drafts(lacking(FactKind.BALANCE_LOW, "balance"), IMAGINED, "en")
    # Nobody is known, so nothing of them.
    assert not SMALL.drafts(fact, None, "en")


def test_what_no_alert_is_for_tells_nobody() -> None:
    assert not SMALL.drafts(sample(FactKind.TOPPED_UP), IMAGINED, "en")


def test_the_operator_is_told_instead_in_the_rules_own_language() -> None:
    fact = replace(sample(FactKind.UNUSUAL_USAGE), recipient=Recipient("s-1", "a-1"))
    (draft,) = SMALL.drafts(fact, replace(IMAGINED, time_zone="Asia/Tokyo"), "de")
    assert draft.fact == replace(fact, recipient=Recipient(operator=True))
    assert (draft.language, draft.body) == ("en", "€24.00 on November 27, 2026")
    assert (draft.data["subscriber_id"], draft.data["account_id"]) == ("s-1", "a-1")


def test_what_is_about_the_operator_is_in_the_rules_own_language_too() -> None:
    rules = only_alert("case-opened", "{ $topic }")
    (draft,) = rules.drafts(sample(FactKind.CASE_OPENED), None, "de")
    assert (draft.language, draft.fact.recipient.key) == ("en", "operator")


def test_conditions_read_the_fields_of_the_fact_and_of_the_customer() -> None:
    when = (
        "fact.left == 1000000000 && fact.left_unit == 'octets' && fact.percent == 80 && !fact.shared"
        " && customer.value == 2 && 'prepaid-data' in customer.offerings && customer.currency == 'EUR'"
    )
    rules = only_alert("allowance-used", "x", when)
    assert rules.drafts(sample(FactKind.ALLOWANCE_USED), IMAGINED, "en")
    assert not rules.drafts(sample(FactKind.ALLOWANCE_USED, percent=81), IMAGINED, "en")


def test_money_in_conditions_is_whole_minor_units_with_a_currency() -> None:
    rules = only_alert("topped-up", "x", "fact.amount == 1000 && fact.amount_currency == 'EUR'")
    assert rules.drafts(sample(FactKind.TOPPED_UP), IMAGINED, "en")
    assert not rules.drafts(sample(FactKind.TOPPED_UP, amount=money(1_000, "CHF")), IMAGINED, "en")


def test_plurals_go_by_the_language() -> None:
    words = "{ $charges ->\n        [0] none\n        [one] one\n       *[other] { $charges }\n    }"
    for charges, said in ((0, "none"), (1, "one"), (1_234, "1,234")):
        assert told(words, FactKind.BILL_READY, sample(FactKind.BILL_READY, charges=charges)) == said


def test_a_percentage_can_be_chosen_by_and_written() -> None:
    words = "{ $percent ->\n        [100] all\n       *[other] { $percent }\n    }"
    assert told(words, FactKind.ALLOWANCE_USED) == "80%"
    assert told(words, FactKind.ALLOWANCE_USED, sample(FactKind.ALLOWANCE_USED, percent=100)) == "all"


def test_units_have_their_parts() -> None:
    words = "{ $left_unit ->\n        [events] { $left_count ->\n            [one] a message\n           *[other] { $left_count } messages\n        }\n       *[other] { $left }\n    }"  # noqa: E501
    for left, said in (
        (Units(1, "events"), "a message"),
        (Units(2_000, "events"), "2,000 messages"),
        (Units(90 * 60, "seconds"), "1 hour 30 minutes"),
    ):
        assert told(words, FactKind.ALLOWANCE_USED, sample(FactKind.ALLOWANCE_USED, left=left)) == said


def test_what_is_missing_has_its_variant_or_a_dash() -> None:
    words = "{ $price ->\n        [none] free\n       *[other] { $price }\n    }"
    assert told(words, FactKind.OFFER) == "€4.99"
    assert told(words, FactKind.OFFER, lacking(FactKind.OFFER, "price")) == "free"
    assert told("{ $price }", FactKind.OFFER, lacking(FactKind.OFFER, "price")) == "\N{EN DASH}"
    assert told("{ MONTH($month) }", FactKind.BILL_READY, lacking(FactKind.BILL_READY, "month")) == "–"  # noqa: RUF001
    empty = sample(FactKind.OFFER, reason="")
    assert told("{ $reason ->\n        [none] so\n       *[other] x\n    }", FactKind.OFFER, empty) == "so"


def test_money_that_is_none_at_all_has_its_variant() -> None:
    words = "{ $price ->\n        [zero] free\n       *[other] for { $price }\n    }"
    assert told(words, FactKind.OFFER, sample(FactKind.OFFER, price=money(0))) == "free"
    assert told(words, FactKind.OFFER, sample(FactKind.OFFER, price=money(1))) == "for €0.01"
    assert told("{ $price }", FactKind.OFFER, sample(FactKind.OFFER, price=money(0))) == "€0.00"


def test_moments_are_on_the_customers_clock_and_in_the_language() -> None:
    rules = only_alert("offer", '{ $expires_at }, { DATETIME($expires_at, dateStyle: "long") }')
    # The night in which clocks go back: 02:30 is there twice.
    first = instant(datetime(2026, 10, 25, 0, 30, tzinfo=UTC))
    fact = sample(FactKind.OFFER, expires_at=first)
    said = {}
    for time_zone in ("Europe/Berlin", "America/New_York", "", "Nowhere/At_All"):
        (draft,) = rules.drafts(fact, replace(IMAGINED, time_zone=time_zone), "de")
        said[time_zone] = draft.body
    assert said["Europe/Berlin"] == "25.10.2026, 02:30, 25. Oktober 2026"
    assert said["America/New_York"] == "24.10.2026, 20:30, 24. Oktober 2026"
    assert said[""] == said["Nowhere/At_All"] == said["Europe/Berlin"]


def test_long_words_of_others_are_cut_where_there_is_no_room() -> None:
    fact = sample(FactKind.CASE_ANSWERED, text="long " * 1_000)
    rules = only_alert("case-answered", "{ $text }\n    .more = x")
    (draft,) = rules.drafts(fact, IMAGINED, "en")
    assert len(draft.body) <= 1_000 and draft.body.endswith("\N{HORIZONTAL ELLIPSIS}")


@given(st.text(max_size=300))
def test_words_of_strangers_stay_words(text: str) -> None:
    said = plain_words(text, 80)
    assert len(said) <= 80
    assert said.isprintable()
    assert not set(said) & {"<", ">", "\n"}
    # Nothing is lost of what is harmless.
    plain = re.sub(r"[^A-Za-z0-9]", "", text)
    if len(text) <= 70:
        assert re.sub(r"[^A-Za-z0-9]", "", said) == plain


def test_a_stranger_cannot_make_variables_or_tags() -> None:
    fact = sample(FactKind.CASE_ANSWERED, text="{ $agent } <script>alert(1)</script>\r\nBcc: x\u202e")
    said = told("{ $text }", FactKind.CASE_ANSWERED, fact)
    said = said.replace("\u2039", "(").replace("\u203a", ")")
    assert said == "{ $agent } (script)alert(1)(/script) Bcc: x"


@pytest.mark.parametrize("kind", FactKind)
def test_data_is_text_without_words_of_people(kind: FactKind) -> None:
    for fact in sample_facts(kind):
        (draft,) = only_alert(kind.value, "x").drafts(fact, customer_of(kind), "en")
        free = {name for name, field in FACT_FIELDS[kind].items() if field is FieldKind.TEXT}
        assert draft.data.keys() == fact.values.keys() - free
        assert all(isinstance(value, str) for value in draft.data.values())


def test_data_is_exact() -> None:
    fact = sample(FactKind.ALLOWANCE_USED)
    (draft,) = only_alert("allowance-used", "x").drafts(fact, IMAGINED, "de")
    assert draft.data == {
        "percent": "80",
        "left": "1000000000 octets",
        "given": "5000000000 octets",
        "bucket_id": "data",
        "offering": "prepaid-data",
        "shared": "false",
    }
    (draft,) = only_alert("offer", "x").drafts(sample(FactKind.OFFER), IMAGINED, "de")
    assert draft.data["price"] == "4.99 EUR"
    assert draft.data["expires_at"].endswith("Z")


@given(st.integers(0, 10**13), st.integers(0, 10**15), st.integers(0, 100))
def test_rules_are_pure_and_never_fail(balance: int, octets: int, percent: int) -> None:
    for kind, values in (
        (FactKind.BALANCE_LOW, {"balance": money(balance)}),
        (FactKind.ALLOWANCE_USED, {"left": Units(octets, "octets"), "percent": percent}),
    ):
        fact = sample(kind, **values)
        first = SMALL.drafts(fact, IMAGINED, "de")
        assert first == SMALL.drafts(fact, IMAGINED, "de")
        assert len(first) == (1 if kind is FactKind.ALLOWANCE_USED or balance else 0)
