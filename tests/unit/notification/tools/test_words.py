"""Every sentence that tools can say is there in every language, with the same values."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from fluent.syntax import FluentParser
from fluent.syntax import ast as ftl
from hypothesis import given
from hypothesis import strategies as st

from services.common.kernel.clock import Instant
from services.common.kernel.money import Money, currency
from services.notification.adapters.tools.words import FluentWords, money_words, units_words
from services.notification.application.tools.wording import Listed, Moment, Month, Sentence, refuse, say
from services.notification.domain.facts import Units
from tests.support.notification_tools_peers import NOW, euro

TOOLS = Path("services/notification/application/tools")
FILES = Path("services/notification/adapters/tools/words")
WORDS = FluentWords()


def messages(language: str) -> dict[str, set[str]]:
    """The variables of each message."""
    resource = FluentParser().parse((FILES / f"{language}.ftl").read_text(encoding="utf-8"))
    found = {}
    for entry in resource.body:
        assert not isinstance(entry, ftl.Junk), entry.content
        if isinstance(entry, ftl.Message):
            found[entry.id.name] = _variables(entry)
    return found


def _variables(value: object) -> set[str]:
    if isinstance(value, ftl.VariableReference):
        return {value.id.name}
    if isinstance(value, ftl.BaseNode):
        return _variables(list(vars(value).values()))
    return {name for part in value for name in _variables(part)} if isinstance(value, list) else set()


def said_in_code() -> dict[str, set[str] | None]:
    """Codes of sentences and refusals, with the names of their values; None: they are given otherwise."""
    found: dict[str, set[str] | None] = {}
    for path in TOOLS.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or not node.args:
                continue
            if node.func.id not in ("say", "refuse", "Sentence"):
                continue
            names = {word.arg for word in node.keywords if word.arg}
            is_plain = all(word.arg for word in node.keywords) and node.func.id != "Sentence"
            for text in ast.walk(node.args[0]):
                if isinstance(text, ast.Constant) and isinstance(text.value, str):
                    code = text.value
                    if code in ("_", "-"):
                        continue
                    if node.func.id == "refuse":
                        code = refuse(code).sentence.code
                    found[code] = names if is_plain else None
    return found


def test_languages_have_the_same_messages_with_the_same_values() -> None:
    english, german = messages("en"), messages("de")
    assert english.keys() == german.keys()
    assert {code for code in english if english[code] != german[code]} == set()


def test_whatever_the_code_says_has_words_and_gets_its_values() -> None:
    known = messages("en")
    built = {"period-", "roaming-", "-abroad", "refusal-roaming-already-", "refusal-"}
    for code, names in said_in_code().items():
        if code in built:
            assert any(code.strip("-") in item for item in known), code
            continue
        assert code in known, code
        if names is not None:
            assert known[code] <= names, f"{code} needs {known[code]}, gets {names}"


def test_every_message_can_be_said_in_every_language() -> None:
    counts = ("count", "days", "months", "most", "unread")
    for language in WORDS.languages:
        for code, names in messages(language).items():
            values = {name: 3 if name in counts else "x" for name in names}
            text = WORDS.say([Sentence(code, values)], language)
            assert text.strip(), code
            assert "{" not in text, code


def test_a_message_or_a_value_that_is_missing_is_a_fault_of_ours() -> None:
    with pytest.raises(KeyError):
        WORDS.say([say("no-such-message")], "en")
    with pytest.raises(KeyError):
        WORDS.say([say("balance-money")], "en")


@pytest.mark.parametrize(
    ("count", "english", "german"),
    [
        (0, "There are no further messages.", "Es gibt keine weiteren Nachrichten."),
        (1, "There is one message; 1 unread in all.", "Es gibt eine Nachricht; insgesamt 1 ungelesen."),
        (2, "There are 2 messages; 1 unread in all.", "Es gibt 2 Nachrichten; insgesamt 1 ungelesen."),
    ],
)
def test_plurals(count: int, english: str, german: str) -> None:
    sentence = say("notifications-found", count=count, unread=1)
    assert WORDS.say([sentence], "en-GB") == english
    assert WORDS.say([sentence], "de_CH") == german


@pytest.mark.parametrize(
    ("amount", "code", "english", "german"),
    [
        ("4.99", "EUR", "€4.99", "4,99\xa0€"),
        ("1234.5", "EUR", "€1,234.50", "1.234,50\xa0€"),
        ("0.524288", "EUR", "€0.52", "0,52\xa0€"),
        ("0.0000512", "EUR", "€0.0000512", "0,0000512\xa0€"),
        ("0", "EUR", "€0.00", "0,00\xa0€"),
        ("500", "JPY", "¥500", "500\xa0¥"),
        ("1.234", "KWD", "KWD\xa01.234", "1,234\xa0KWD"),
    ],
)
def test_money_in_words(amount: str, code: str, english: str, german: str) -> None:
    unit = currency(code)
    whole, _, rest = amount.partition(".")
    micros = int(whole) * unit.micros_per_unit + (
        int(rest) * unit.micros_per_unit // 10 ** len(rest) if rest else 0
    )
    money = Money(micros, unit)
    assert money_words(money, "en") == english
    assert money_words(money, "de") == german


@given(st.integers(-(2**53), 2**53), st.sampled_from(["octets", "seconds", "events", "kilometres"]))
def test_units_never_fail_and_name_what_they_are(count: int, unit: str) -> None:
    for language in ("en", "de"):
        text = units_words(Units(count, unit), language)
        assert text
        assert unit in ("events",) or any(letter.isalpha() for letter in text)


def test_moments_months_and_lists() -> None:
    moment = Moment(NOW, "Europe/Berlin")
    said = say("usage-line", used="x", name=Listed(("a", euro("1"), moment)))
    assert WORDS.say([said], "en") == "x of a, €1.00, and 2 December 2026 at 12:00"
    assert WORDS.say([say("as-it-is", text=Month("2026-12"))], "de") == "Dezember 2026"
    day = Moment(Instant(NOW + 13 * 3_600_000_000), "Europe/Berlin", day_only=True)
    assert WORDS.say([say("declined", until=day)], "de").endswith("vor dem 3. Dezember 2026 nicht wieder.")
    assert WORDS.say([say("as-it-is", text=Listed(()))], "en") == ""
    # Words of customers and catalogs are only text.
    assert WORDS.say([say("as-it-is", text="{ $money } {0}")], "en") == "{ $money } {0}"
