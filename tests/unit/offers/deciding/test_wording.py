"""Words for the customer: in a language they read, only where they hold."""

from __future__ import annotations

import pytest

from services.offers.domain.compiled import CompiledReason, Facts, PlainFacts, Wording
from services.offers.domain.wording import in_language, reasons_for
from tests.support.offers_deciding import always, compiled, failing, never, offer

TEXTS = {"en": "hello", "de": "hallo", "de-AT": "servus"}


@pytest.mark.parametrize(
    ("asked", "heard"),
    [("en", "hello"), ("de-AT", "servus"), ("de-CH", "hallo"), ("fr", "hello"), ("", "hello")],
)
def test_the_closest_language_is_spoken(asked: str, heard: str) -> None:
    assert in_language(TEXTS, asked, ("en", "de")) == heard


def test_a_text_that_is_in_no_language_is_none() -> None:
    assert in_language({"fr": "bonjour"}, "de", ("en",)) is None


def test_reasons_that_hold_come_in_their_order() -> None:
    what = compiled(
        offer("one"),
        reasons=(
            CompiledReason(always, {"en": said("first")}),
            CompiledReason(never, {"en": said("never")}),
            CompiledReason(failing, {"en": said("failed")}),
            CompiledReason(always, {"en": failing}),
            CompiledReason(always, {"de": said("zuletzt"), "en": said("last")}),
        ),
    )
    facts = PlainFacts({})
    assert reasons_for(what, facts, "en", ("en",)) == ("first", "last")
    assert reasons_for(what, facts, "de", ("en", "de")) == ("first", "zuletzt")


def test_words_for_otherwise_are_read_only_where_there_are_no_others() -> None:
    otherwise = CompiledReason(always, {"en": said("otherwise")}, otherwise=True)
    facts = PlainFacts({})

    def read(*others: CompiledReason) -> tuple[str, ...]:
        return reasons_for(compiled(offer("one"), reasons=(*others, otherwise)), facts, "en", ("en",))

    assert read(CompiledReason(always, {"en": said("first")})) == ("first",)
    assert read(CompiledReason(never, {"en": said("never")})) == ("otherwise",)
    assert read(CompiledReason(always, {"en": failing})) == ("otherwise",)


def said(text: str) -> Wording:
    """A text without figures."""

    def wording(_: Facts) -> str:
        return text

    return wording
