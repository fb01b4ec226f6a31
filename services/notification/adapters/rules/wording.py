"""Words in Fluent: the messages of one language, parsed once, written for a fact."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from functools import partial
from typing import Any

from babel import Locale
from fluent.runtime import FluentBundle
from fluent.runtime.resolver import CurrentEnvironment, ResolverEnvironment
from fluent.syntax import ast

from services.notification.adapters.rules.figures import day_words, month_words
from services.notification.adapters.rules.quick_words import Quick, QuickWords
from services.notification.adapters.rules.word_files import parsed
from services.notification.adapters.rules.word_values import (
    DASH,
    LONG_CHARACTERS,
    SHORT_CHARACTERS,
    Arguments,
    MissingValue,
    datetime_words,
)
from services.notification.domain.facts import Fact
from services.notification.domain.rules import Words

TITLE_CHARACTERS = 120
TEXT_CHARACTERS = 459
"""Three text messages that belong together, of 153 characters each."""
BODY_CHARACTERS = 4_000
# What the alphabet of text messages does not have makes them hold 70 characters instead of 160.
_PLAIN_SIGNS = {"\u00a0": " ", "\u202f": " ", "\u2013": "-", "\u2026": "..."}


@dataclass(frozen=True, slots=True)
class _Pattern:
    """A part of a message, and the short way to it where there is one."""

    whole: Any
    quick: Quick | None


@dataclass(frozen=True, slots=True)
class _Patterns:
    title: _Pattern
    body: _Pattern
    text: _Pattern


class Wording:
    """The words of one language. Raises ValueError for a language that Babel does not know."""

    def __init__(self, language: str, source: str) -> None:
        self.language = language
        self.locale = Locale.parse(language, sep="-")
        self._bundle = FluentBundle(
            [language],
            functions={
                "DATETIME": datetime_words,
                "MONTH": partial(_in_words, month_words, self.locale),
                "DAY": partial(_in_words, day_words, self.locale),
            },
            use_isolating=False,
        )
        self.resource = parsed(source)
        self._bundle.add_resource(self.resource)
        self._patterns = dict(self._compiled())

    def has(self, code: str) -> bool:
        """True where title, text and body are all there."""
        return code in self._patterns

    def words(self, code: str, fact: Fact, zone: tzinfo) -> Words:
        """What an alert says of a fact, cut where it is longer than its channels take."""
        whole, _ = self.tried(code, fact, zone)
        return Words(
            cut(whole.title, TITLE_CHARACTERS),
            cut(whole.body, BODY_CHARACTERS),
            cut(whole.text, TEXT_CHARACTERS),
        )

    def tried(
        self, code: str, fact: Fact, zone: tzinfo, missing: str = DASH
    ) -> tuple[Words, list[Exception]]:
        """All that it says, and what went wrong. `missing` is written for a field that is not there."""
        patterns = self._patterns[code]
        errors: list[Exception] = []
        short = Arguments(fact, self.locale, zone, SHORT_CHARACTERS, missing)
        title = self._written(patterns.title, short, errors)
        text = self._written(patterns.text, short, errors)
        body = self._written(patterns.body, short.lengthened(LONG_CHARACTERS), errors)
        return Words(_one_line(title), body.strip(), _plain_signs(_one_line(text))), errors

    def _written(self, pattern: _Pattern, arguments: Arguments, errors: list[Exception]) -> str:
        if pattern.quick is not None:
            # Whatever goes wrong, Fluent's own resolver finds it again, and says so.
            with contextlib.suppress(Exception):
                return pattern.quick(arguments)
        # Not the bundle's `format_pattern`, which makes plain numbers of ours.
        environment = ResolverEnvironment(
            context=self._bundle, current=CurrentEnvironment(args=arguments), errors=errors
        )
        try:
            written = pattern.whole(environment)
        except (ValueError, RecursionError) as error:
            # Too many parts, or messages that refer to messages that refer to ... without an end in sight.
            errors.append(error)
            return ""
        return written if isinstance(written, str) else str(written.format(self.locale))

    def _compiled(self) -> Iterator[tuple[str, _Patterns]]:
        quick = QuickWords(self._bundle)
        for entry in self.resource.body:
            if not isinstance(entry, ast.Message):
                continue
            message = self._bundle.get_message(entry.id.name)
            attributes: Mapping[str, Any] = message.attributes
            if message.value is not None and {"title", "text"} <= attributes.keys():
                parts = (attributes["title"], message.value, attributes["text"])
                yield entry.id.name, _Patterns(*(_Pattern(part, quick.of(part)) for part in parts))


def cut(text: str, most_characters: int) -> str:
    """At most so many characters."""
    return text if len(text) <= most_characters else f"{text[: most_characters - 3].rstrip()}..."


def _one_line(text: str) -> str:
    return " ".join(text.split("\n")).strip()


def _plain_signs(text: str) -> str:
    for sign, plain in _PLAIN_SIGNS.items():
        text = text.replace(sign, plain)
    return text


def _in_words(write: Callable[[str, Locale], str], locale: Locale, value: object) -> Any:
    """A Fluent function of one text; what is missing stays missing, so that a variant can say so."""
    return value if isinstance(value, MissingValue) else write(str(value), locale)
