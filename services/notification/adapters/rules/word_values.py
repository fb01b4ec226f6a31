"""The fields of a fact as words have them: `$balance`, `$left`, `$left_count`, `$left_unit`, ...

Each is made when it is asked for, since most words name only a few. What a fact lacks is `[none]` in a
selection and a dash in a sentence.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any

from babel import Locale
from fluent.runtime.types import FluentDateTime, FluentInt, FluentType

from services.common.kernel.clock import Instant, utc
from services.common.kernel.money import Money
from services.notification.adapters.rules.figures import minor_words, percent_words, units_words
from services.notification.domain.facts import FACT_FIELDS, Fact, FactKind, FieldKind, Units, Value

SHORT_CHARACTERS = 80
LONG_CHARACTERS = 1_000
DASH = "\N{EN DASH}"
_ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
_TAGS = str.maketrans(
    {
        "<": "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}",
        ">": "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}",
    }
)


class PercentValue(FluentInt):
    """A whole number for selections and plurals, written as per cent."""

    def format(self, locale: Locale) -> str:
        """`80%`."""
        return percent_words(int(self), locale)


class NamedValue(FluentType):
    """Something that has a variant of its own in selections, and words where it is written."""

    def __init__(self, variant: str, shown: str) -> None:
        self._variant = variant
        self._shown = shown

    def __eq__(self, other: object) -> bool:
        return other == self._variant

    def __hash__(self) -> int:
        return hash(self._variant)

    def format(self, _locale: Locale) -> str:
        """The words."""
        return self._shown


class MissingValue(NamedValue):
    """What a fact lacks: the variant `[none]`, and a mark where it is written."""

    def __init__(self, shown: str = DASH) -> None:
        super().__init__("none", shown)


def word_names(kind: FactKind) -> frozenset[str]:
    """Every variable that words of a kind may name."""
    found = set(FACT_FIELDS[kind])
    for name, field in FACT_FIELDS[kind].items():
        if field is FieldKind.UNITS:
            found |= {f"{name}_count", f"{name}_unit"}
    return frozenset(found)


class Arguments(dict[str, Any]):
    """The variables of one fact in one language. Not for two threads at a time."""

    def __init__(
        self, fact: Fact, locale: Locale, zone: tzinfo, most_characters: int, missing: str = DASH
    ) -> None:
        super().__init__()
        self._values: Mapping[str, Value] = fact.values
        self._fields = FACT_FIELDS[fact.kind]
        self._locale = locale
        self._zone = zone
        self._most_characters = most_characters
        self._missing = missing

    def lengthened(self, most_characters: int) -> Arguments:
        """The same with free texts of another, greater length."""
        if not any(
            isinstance(value, str) and len(value) > self._most_characters for value in self._values.values()
        ):
            return self
        other = Arguments.__new__(Arguments)
        dict.__init__(other, {k: v for k, v in self.items() if self._fields.get(k) is not FieldKind.TEXT})
        other._values, other._fields = self._values, self._fields
        other._locale, other._zone = self._locale, self._zone
        other._most_characters, other._missing = most_characters, self._missing
        return other

    def __missing__(self, name: str) -> Any:
        found = self._made(name)
        self[name] = found
        return found

    def _made(self, name: str) -> Any:
        field, value = self._fields.get(name), self._values.get(name)
        if field is None:
            return self._part(name)
        if value is None or value == "":
            return MissingValue(self._missing)
        if isinstance(value, str):
            return plain_words(value, self._most_characters)
        if isinstance(value, Money):
            minor = value.to_minor_units()
            words = minor_words(minor, value.currency, self._locale)
            return words if minor else NamedValue("zero", words)
        return units_words(value, self._locale) if isinstance(value, Units) else self._number(field, value)

    def _part(self, name: str) -> Any:
        """`left_count`, `left_unit`. Raises KeyError, which words turn into an error of theirs."""
        whole, _, part = name.rpartition("_")
        if self._fields.get(whole) is not FieldKind.UNITS or part not in ("count", "unit"):
            raise KeyError(name)
        units = self._values.get(whole)
        if not isinstance(units, Units):
            return MissingValue(self._missing)
        return FluentInt(units.count) if part == "count" else plain_words(units.unit, SHORT_CHARACTERS)

    def _number(self, field: FieldKind, value: int) -> Any:
        if isinstance(value, bool):
            return "yes" if value else "no"
        if field is FieldKind.PERCENT:
            return PercentValue(value)
        if field is FieldKind.INSTANT:
            return _moment(utc(Instant(value)).astimezone(self._zone))
        return FluentInt(value)


def plain_words(text: str, most_characters: int) -> str:
    """Somebody else's words as part of ours: no tags, no control or direction characters, cut where long."""
    clean = " ".join(text.split())
    if "<" in clean or ">" in clean:
        clean = clean.translate(_TAGS)
    if not clean.isprintable():
        clean = "".join(sign for sign in clean if unicodedata.category(sign)[0] != "C")
    if len(clean) <= most_characters:
        return clean
    return clean[: most_characters - 1].rstrip() + _ELLIPSIS


def datetime_words(value: Any, **styles: Any) -> Any:
    """DATETIME() of Fluent: the styles that are named and no others, so that a day may stand alone.

    Raises TypeError for another option, and for what is no moment.
    """
    if isinstance(value, MissingValue):
        return value
    unknown = sorted(styles.keys() - {"dateStyle", "timeStyle"})
    if unknown or not isinstance(value, FluentDateTime):
        raise TypeError(
            f"DATETIME takes a moment, dateStyle and timeStyle, not {', '.join(unknown) or value}"
        )
    return FluentDateTime.from_date_time(datetime.combine(value.date(), value.timetz()), **styles)


def _moment(at: datetime) -> FluentDateTime:
    """A day and a time without seconds, unless DATETIME() says otherwise."""
    return FluentDateTime.from_date_time(at, dateStyle="medium", timeStyle="short")
