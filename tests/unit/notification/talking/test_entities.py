"""What is named in an utterance, in both languages; the day is a Saturday in Berlin."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.kernel.clock import instant
from services.notification.adapters.understanding.amounts import amount_in, exact
from services.notification.adapters.understanding.entities import entities_in
from services.notification.adapters.understanding.text import normal
from services.notification.adapters.understanding.understanding import OwnUnderstanding
from tests.support.charging_world import ManualClock
from tests.support.notification_talking import shipped_model

TODAY = datetime(2026, 11, 28, 10, 0)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("lade 20 Euro auf", "20 EUR"),
        ("€4,99", "4.99 EUR"),
        ("4.99€ please", "4.99 EUR"),
        ("ten euros", "10 EUR"),
        ("zwanzig Euro", "20 EUR"),
        ("EUR 7.5", "7.50 EUR"),
        ("1.234,50 €", "1234.50 EUR"),
        ("1,234.50 dollars", "1234.50 USD"),
        ("5 Franken", "5 CHF"),
        ("80 cent", "0.80"),
        ("warum 2,99 gestern", "2.99"),
        ("fünfzehn euro", "15 EUR"),
        ("5 gb", ""),
        ("am 3.11. um 22:00", ""),
        ("12.34.56", ""),
        ("80 %", ""),
    ],
)
def test_amounts_are_exact_with_the_currency_that_was_named(text: str, amount: str) -> None:
    assert entities_in(text, TODAY, "de").get("amount", "") == amount


@pytest.mark.parametrize(
    ("text", "language", "day"),
    [
        ("yesterday", "en", "2026-11-27"),
        ("gestern", "de", "2026-11-27"),
        ("vorgestern", "de", "2026-11-26"),
        ("letzten Montag", "de", "2026-11-23"),
        ("what about last monday", "en", "2026-11-23"),
        ("am 3.11. wurde", "de", "2026-11-03"),
        ("vom 3.11", "de", "2026-11-03"),
        ("on 3 november", "en", "2026-11-03"),
        ("november 3rd", "en", "2026-11-03"),
        ("am 3. März", "de", "2026-03-03"),
        ("24.12.", "de", "2025-12-24"),
        ("vor 3 Tagen", "de", "2026-11-25"),
        ("2026-11-05", "en", "2026-11-05"),
        ("31.02.", "de", ""),
        ("3.11.2030", "de", ""),
        ("my balance", "en", ""),
    ],
)
def test_days_are_the_last_ones_that_there_were(text: str, language: str, day: str) -> None:
    assert entities_in(text, TODAY, language).get("day", "") == day


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("last 14 days", "days", "14"),
        ("diesen Monat", "days", "30"),
        ("von 22 Uhr bis 7 Uhr", "from", "22:00"),
        ("between 10pm and 7am", "until", "07:00"),
        ("from 10 to 6", "from", "22:00"),
        ("22:30-06:15", "until", "06:15"),
        ("das zweite", "ordinal", "2"),
        ("the last one", "ordinal", "last"),
        ("20", "number", "20"),
        ("80 Prozent", "percent", "80"),
        ("auf Englisch bitte", "language", "en"),
        ("I don't understand German", "language", "en"),
        ("kein Limit mehr", "lifted", "yes"),
    ],
)
def test_other_things_are_found(text: str, name: str, value: str) -> None:
    assert entities_in(text, TODAY, "de")[name] == value


def test_yesterday_is_the_customers_yesterday() -> None:
    """Half past eleven at night in London is tomorrow in Berlin."""
    clock = ManualClock(instant(datetime.fromisoformat("2026-11-27T23:30:00+00:00")))
    understanding = OwnUnderstanding(shipped_model(), clock)
    for zone, day in (("Europe/London", "2026-11-26"), ("Europe/Berlin", "2026-11-27")):
        assert understanding.understand("charged yesterday", "en", zone).entities["day"] == day


@given(st.integers(0, 999_999), st.integers(0, 99), st.sampled_from([",", "."]))
def test_no_cent_is_lost(whole: int, cents: int, point: str) -> None:
    written = f"{whole}{point}{cents:02d}"
    assert amount_in(f"{written} euro") == f"{whole}.{cents:02d} EUR"
    assert exact(written) == f"{whole}.{cents:02d}"


@given(st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    entities_in(text, TODAY, "en")
    assert normal(normal(text)) == normal(text)
