"""Sentences in languages: Fluent for words and plurals, Babel for money, figures and days.

The files beside this one, `words/<language>.ftl`, have the same messages in each language.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time
from babel.lists import format_list
from babel.numbers import format_currency, format_decimal
from fluent.runtime import FluentBundle, FluentResource
from fluent.runtime.types import FluentType

from services.common.kernel.clock import local
from services.common.kernel.money import Money
from services.common.kernel.quantity import OCTETS, SECONDS
from services.notification.application.tools.wording import Listed, Moment, Month, Sentence, SentenceValue
from services.notification.domain.facts import Units

_FOLDER = Path(__file__).parent / "words"
_CODE_BEFORE_FIGURES = re.compile(r"(?<=[A-Za-z])(?=\d)")
_OCTETS = (("TB", 10**12), ("GB", 10**9), ("MB", 10**6), ("kB", 10**3))


class FluentWords:
    """The Words port. The first language is the default."""

    def __init__(self, languages: Sequence[str] = ("en", "de")) -> None:
        self._languages = tuple(languages)
        self._bundles = {language: _bundle(language) for language in languages}

    @property
    def languages(self) -> tuple[str, ...]:
        """Those that there are words in."""
        return self._languages

    def language(self, wished: str) -> str:
        """`de-AT` is `de`; what is unknown is the default."""
        base = wished.replace("_", "-").partition("-")[0].lower()
        return base if base in self._bundles else self._languages[0]

    def say(self, sentences: Sequence[Sentence], language: str) -> str:
        """One after the other, with blanks between. Raises KeyError for a message that is not there."""
        wished = self.language(language)
        return " ".join(self._sentence(sentence, wished) for sentence in sentences)

    def _sentence(self, sentence: Sentence, language: str) -> str:
        bundle = self._bundles[language]
        message = bundle.get_message(sentence.code)
        if message.value is None:
            raise KeyError(sentence.code)
        values: Mapping[str, str | FluentType] = {
            name: self._value(value, language) for name, value in sentence.values.items()
        }
        said, errors = bundle.format_pattern(message.value, dict(values))
        if errors:
            raise KeyError(f"{language} {sentence.code}: {errors[0]}")
        return str(said)

    def _value(self, value: SentenceValue, language: str) -> str | FluentType:
        if isinstance(value, bool | int):
            number: FluentType = value  # type: ignore[assignment]  # Fluent takes plain figures
            return number
        return self._text(value, language)

    def _text(self, value: SentenceValue, language: str) -> str:
        match value:
            case Money():
                text = money_words(value, language)
            case Units():
                text = units_words(value, language)
            case Moment():
                text = self._moment(value, language)
            case Month():
                text = month_words(value, language)
            case Sentence():
                text = self._sentence(value, language)
            case Listed():
                items = [self._text(item, language) for item in value.items]
                text = format_list(items, locale=language) if items else ""
            case _:
                text = str(value)
        return text

    def _moment(self, moment: Moment, language: str) -> str:
        """`2 December 2026 at 12:00`, `2. Dezember 2026 um 12:00 Uhr`; or the day alone."""
        when, locale = local(moment.at, moment.time_zone), _locale(language)
        day: str = format_date(when.date(), "d MMMM y" if language == "en" else "long", locale=locale)
        if moment.day_only:
            return day
        time: str = format_time(when.time(), "HH:mm", locale=locale)
        return self._sentence(Sentence("moment", {"day": day, "time": time}), language)


def money_words(money: Money, language: str) -> str:
    """`€4.99`, `4,99 €`. Rounded to the minor unit, unless nothing would be left of it."""
    exact = money.to_decimal()
    is_tiny = exact != 0 and abs(exact) < Decimal(1).scaleb(-money.currency.digits) / 2
    text: str = format_currency(
        exact, money.currency.code, locale=_locale(language), decimal_quantization=not is_tiny
    )
    # Of a currency without a sign of its own its code stands there, and should stand apart.
    return _CODE_BEFORE_FIGURES.sub("\N{NO-BREAK SPACE}", text)


def units_words(units: Units, language: str) -> str:
    """`2.4 GB`, `2,4 GB`; minutes and seconds; other units as they are called."""
    locale, size = _locale(language), abs(units.count)
    if units.unit == OCTETS:
        for name, least in _OCTETS:
            if size >= least:
                figure = Decimal(units.count) / least
                return f"{format_decimal(figure, format='#,##0.##', locale=locale)} {name}"
        return f"{units.count} B"
    if units.unit == SECONDS:
        minutes, seconds = divmod(size, 60)
        shown = f"{format_decimal(minutes, locale=locale)} min" if minutes else ""
        return f"{shown} {seconds} s".strip() if seconds or not minutes else shown
    figure_text: str = format_decimal(units.count, locale=locale)
    return figure_text if units.unit in ("events", "units") else f"{figure_text} {units.unit}"


def month_words(month: Month, language: str) -> str:
    """`December 2026`, `Dezember 2026`."""
    first_day = date.fromisoformat(f"{month.text}-01")
    text: str = format_date(first_day, format="MMMM y", locale=_locale(language))
    return text


@cache
def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        return Locale("en")


@cache
def _bundle(language: str) -> FluentBundle:
    bundle = FluentBundle([language], use_isolating=False)
    bundle.add_resource(FluentResource((_FOLDER / f"{language}.ftl").read_text(encoding="utf-8")))
    return bundle
