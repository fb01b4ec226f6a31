"""Conditions in the Common Expression Language: checked on samples of their kind, then run on facts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from services.common.runtime.cel_library import cel
from services.common.runtime.cel_tokens import Token, free_names, is_field, is_sign, operands, tokens_of
from services.common.runtime.cel_words import first_line, foreign_functions, instead, wrong_kinds
from services.notification.domain.customers import Customer
from services.notification.domain.facts import Fact, FactKind
from services.notification.domain.ruling.rule_variables import (
    VARIABLE_NAMES,
    all_names,
    customer_variables,
    fact_variables,
)
from services.notification.domain.ruling.samples import customer_of, sample_facts

MOST_CHARACTERS = 1_000
_FUNCTIONS = frozenset(
    {"int", "uint", "double", "string", "size", "contains", "startsWith", "endsWith", "matches", "has"}
)
_BINDING = re.compile(r"\.\s*(?:all|exists|exists_one|map|filter)\s*\(\s*([A-Za-z_]\w*)\s*,")
_WORDS = frozenset({"true", "false", "null", "in"})
_FAILURES = (ValueError, TypeError, RuntimeError, ArithmeticError, LookupError)


class ConditionInvalidError(ValueError):
    """A text that is no condition; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A compiled condition, and which fields it reads: (`fact`, `percent`); (`fact`,): all of it.

    `sides`: those of its `&&` and `||`, each on its own; none where it is all one.
    """

    program: cel.Program
    paths: frozenset[tuple[str, ...]]
    sides: tuple[Condition, ...] = ()

    def holds(self, context: cel.Context) -> bool:
        """True only for a clear yes: a condition that fails says no."""
        try:
            return self.program.execute(context) is True
        except _FAILURES:
            return False


def compile_condition(text: str, kind: FactKind) -> Condition:
    """A condition, tried on samples of a kind. Raises ConditionInvalidError, saying what to do."""
    if len(text) > MOST_CHARACTERS:
        raise ConditionInvalidError(f"it is longer than {MOST_CHARACTERS} characters; make it simpler")
    try:
        program = cel.compile(text)
    except ValueError as error:
        raise ConditionInvalidError(first_line(error)) from error
    paths = _paths_of(text)
    for path in sorted(paths):
        _check_path(path, all_names(kind))
    for name in foreign_functions(program, _FUNCTIONS):
        raise ConditionInvalidError(f"there is no function {name!r}; {instead(name, _FUNCTIONS)}")
    contexts = [context_for(fact, customer_of(kind), None) for fact in sample_facts(kind)]
    _try(program, contexts, "")
    # What stands behind `&&` is not looked at where the left side says no: each side on its own.
    sides = _sides(text)
    for side in sides:
        _try(side.program, contexts, side.program.source)
    condition = Condition(program, paths, sides)
    _check_reading(condition, kind, contexts)
    return condition


def context_for(
    fact: Fact, customer: Customer | None, read: frozenset[tuple[str, ...]] | None
) -> cel.Context:
    """What conditions are run with. `read`: all that they read, nothing else is converted; None: anything."""
    if read is None:
        return cel.Context({"fact": fact_variables(fact), "customer": customer_variables(customer)})
    reads_customer = any(path[0] == "customer" for path in read)
    return cel.Context(
        {
            "fact": _pruned("fact", fact_variables(fact), read),
            "customer": _pruned("customer", customer_variables(customer), read) if reads_customer else {},
        }
    )


def free_paths(tokens: Sequence[Token]) -> Iterator[tuple[str, ...]]:
    """`fact.percent` as ("fact", "percent"): each name that is no field and no function, and what follows."""
    for index, name in free_names(tokens):
        if name in _WORDS:
            continue
        goes_on = is_sign(tokens, index + 1, ".") and is_field(tokens, index + 2)
        yield (name, tokens[index + 2].text) if goes_on else (name,)


def sides_of(text: str) -> list[str]:
    """The sides of every `&&` and `||`, brackets around them taken off; one where there is none."""
    return [text[side[0].start : side[-1].end] for side in operands(tokens_of(text)) if side]


def _pruned(
    name: str, values: Mapping[str, object], read: frozenset[tuple[str, ...]]
) -> Mapping[str, object]:
    if (name,) in read:
        return values
    return {key: value for key, value in values.items() if (name, key) in read}


def _sides(text: str) -> tuple[Condition, ...]:
    try:
        return tuple(Condition(cel.compile(side), _paths_of(side)) for side in sides_of(text))
    except ValueError:
        # A string that our tokens do not know, with && inside: it is all one.
        return ()


def _check_reading(condition: Condition, kind: FactKind, contexts: Sequence[cel.Context]) -> None:
    """What it is known to read is all that it reads, or it would say something else in earnest."""
    for fact, whole in zip(sample_facts(kind), contexts, strict=True):
        part = context_for(fact, customer_of(kind), condition.paths)
        if condition.holds(part) != condition.holds(whole):
            raise ConditionInvalidError("it cannot be seen what it reads; write fields as fact.percent")


def _paths_of(text: str) -> frozenset[tuple[str, ...]]:
    bound = set(_BINDING.findall(text))
    return frozenset(path for path in free_paths(tokens_of(text)) if path[0] not in bound)


def _check_path(path: tuple[str, ...], known: Mapping[str, tuple[str, ...]]) -> None:
    if path[0] not in VARIABLE_NAMES:
        raise ConditionInvalidError(f"there is no variable {path[0]!r}; {instead(path[0], VARIABLE_NAMES)}")
    if len(path) > 1 and path[1] not in known[path[0]]:
        whole = ".".join(path)
        raise ConditionInvalidError(f"there is no {whole} here; {instead(path[1], known[path[0]])}")


def _try(program: cel.Program, contexts: Sequence[cel.Context], side: str) -> None:
    """Wrong types show on samples; fields that one lacks may do for others."""
    where = f"`{side}` gives" if side else "it gives"
    for context in contexts:
        try:
            result = program.execute(context)
        except TypeError as error:
            about = f"`{side}`: " if side else ""
            raise ConditionInvalidError(about + wrong_kinds(error)) from error
        except (ValueError, RuntimeError, ArithmeticError, LookupError):
            continue
        if not isinstance(result, bool):
            raise ConditionInvalidError(f"{where} {result!r}, not true or false; compare it with something")
