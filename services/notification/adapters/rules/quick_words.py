"""Patterns of Fluent as plain functions: what fluent.runtime would write, in a third of its time.

Only for what goes as it should. A function raises where anything is out of the ordinary (a field that is not
there, a function that fails, a part that is too long), and there is none for a pattern that may be: then
Fluent's own resolver writes, which knows what to say of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from fluent.runtime import FluentBundle, resolver
from fluent.runtime.types import FluentType

_MOST_CHARACTERS = resolver.MAX_PART_LENGTH

Expression = Callable[[Mapping[str, Any]], Any]
"""A value from the variables of a fact: text, or a type of Fluent."""
Quick = Callable[[Mapping[str, Any]], str]
"""Text from the variables of a fact. Raises OutOfTheOrdinaryError, and whatever functions raise."""


class OutOfTheOrdinaryError(ValueError):
    """Something that Fluent's own resolver has to look at."""


@dataclass(frozen=True, slots=True)
class _Part:
    """What writes a part, and how many parts it may consist of at most."""

    write: Quick | str
    parts: int


class QuickWords:
    """Makes functions of the patterns of one bundle, which has no isolating marks."""

    def __init__(self, bundle: FluentBundle) -> None:
        self._bundle = bundle
        self._locale: Any = bundle._babel_locale
        self._matching: Any = SimpleNamespace(context=bundle)
        self._messages: dict[tuple[str, str], _Part | None] = {}

    def of(self, pattern: Any) -> Quick | None:
        """What writes a pattern of the bundle's messages; None: only Fluent itself can tell."""
        try:
            part = self._pattern(pattern)
        except (OutOfTheOrdinaryError, RecursionError):
            return None
        write = part.write
        return (lambda _: write) if isinstance(write, str) else write

    def _pattern(self, pattern: Any) -> _Part:
        if not isinstance(pattern, resolver.Pattern):
            return self._element(pattern)
        elements = [self._element(element) for element in pattern.elements]
        parts = len(elements) + sum(element.parts for element in elements)
        if parts > resolver.Pattern.MAX_PARTS:
            raise OutOfTheOrdinaryError("too many parts")
        written = [element.write for element in elements]

        def write(variables: Mapping[str, Any]) -> str:
            return "".join([one if one.__class__ is str else one(variables) for one in written])  # type: ignore[operator]

        return _Part(write, parts)

    def _element(self, element: Any) -> _Part:
        """Text or a placeable."""
        if isinstance(element, resolver.TextElement | resolver.StringLiteral):
            text = element(_NOTHING)
            if len(text) > _MOST_CHARACTERS:
                raise OutOfTheOrdinaryError("a text that is too long")
            return _Part(text, 0)
        if not isinstance(element, resolver.Placeable | resolver.NeverIsolatingPlaceable):
            raise OutOfTheOrdinaryError(type(element).__name__)
        expression, parts = self._expression(element.expression)
        locale = self._locale

        def write(variables: Mapping[str, Any]) -> str:
            value = expression(variables)
            if value.__class__ is not str:
                value = value.format(locale)
            if len(value) > _MOST_CHARACTERS:
                raise OutOfTheOrdinaryError("a part that is too long")
            return value  # type: ignore[no-any-return]

        return _Part(write, parts)

    def _expression(self, node: Any) -> tuple[Expression, int]:
        match node:
            case resolver.VariableReference():
                return _variable(node.id.name), 0
            case resolver.SelectExpression():
                return self._selection(node)
            case resolver.MessageReference():
                part = self._message(node.id.name, node.attribute.name if node.attribute else "")
                return _always(part.write), part.parts
            case resolver.FunctionReference():
                return self._call(node)
            case resolver.StringLiteral() | resolver.NumberLiteral():
                return _constant(node(_NOTHING)), 0
            case resolver.Placeable() | resolver.NeverIsolatingPlaceable():
                part = self._element(node)
                return _always(part.write), part.parts
            case _:
                raise OutOfTheOrdinaryError(type(node).__name__)

    def _message(self, name: str, attribute: str) -> _Part:
        """Each once, however often it is referred to. One that refers to itself has none."""
        key = (name, attribute)
        if key not in self._messages:
            self._messages[key] = None
            try:
                message = self._bundle.get_message(name)
                pattern = message.attributes[attribute] if attribute else message.value
            except LookupError as error:
                raise OutOfTheOrdinaryError(name) from error
            self._messages[key] = self._pattern(pattern)
        part = self._messages[key]
        if part is None:
            raise OutOfTheOrdinaryError(name)
        return part

    def _selection(self, node: Any) -> tuple[Expression, int]:
        selector, inside = self._expression(node.selector)
        keys = [variant.key(_NOTHING) for variant in node.variants]
        found = [self._pattern(variant.value) for variant in node.variants]
        written = [part.write for part in found]
        (default,) = [write for write, variant in zip(written, node.variants, strict=True) if variant.default]
        by_name: dict[str, Quick | str] = {}
        for key, write in zip(keys, written, strict=True):
            by_name.setdefault(key, write)
        all_names, matching = all(isinstance(key, str) for key in keys), self._matching

        def choose(key: Any) -> Quick | str:
            if all_names and not isinstance(key, int | float):
                return by_name.get(key, default)
            for name, write in zip(keys, written, strict=True):
                if resolver.match(key, name, matching):
                    return write
            return default

        def select(variables: Mapping[str, Any]) -> str:
            write = choose(selector(variables))
            return write if isinstance(write, str) else write(variables)

        return select, inside + max(part.parts for part in found)

    def _call(self, node: Any) -> tuple[Expression, int]:
        function = self._bundle._functions.get(node.id.name)
        if function is None:
            raise OutOfTheOrdinaryError(node.id.name)
        pairs = [self._expression(argument) for argument in node.arguments.positional]
        given, parts = [expression for expression, _ in pairs], sum(inside for _, inside in pairs)
        named = {argument.name.name: argument.value(_NOTHING) for argument in node.arguments.named}

        def call(variables: Mapping[str, Any]) -> Any:
            return function(*[expression(variables) for expression in given], **named)

        return call, parts


def _variable(name: str) -> Expression:
    def read(variables: Mapping[str, Any]) -> Any:
        value = variables[name]
        if value.__class__ is str or isinstance(value, FluentType):
            return value
        raise OutOfTheOrdinaryError(name)

    return read


def _constant(value: Any) -> Expression:
    return lambda _: value


def _always(write: Quick | str) -> Expression:
    return _constant(write) if isinstance(write, str) else write


_NOTHING: Any = None
"""Literals and keys need no environment."""
