"""Conditions in the Common Expression Language: checked on samples of their kind, then run on facts."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from services.common.runtime.cel_library import cel
from services.notification.adapters.rules.cel_tokens import free_paths, sides_of, tokens_of
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
_OPERATOR_SIGNS = ("_", "!", "-", "@")
_BINDING = re.compile(r"\.\s*(?:all|exists|exists_one|map|filter)\s*\(\s*([A-Za-z_]\w*)\s*,")
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
        raise ConditionInvalidError(_first_line(error)) from error
    paths = _paths_of(text)
    for path in sorted(paths):
        _check_path(path, all_names(kind))
    for name in program.functions():
        if name not in _FUNCTIONS and not name.startswith(_OPERATOR_SIGNS):
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


def instead(name: str, known: Collection[str]) -> str:
    """What could have been meant."""
    close = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {close[0]!r}?" if close else f"there are {', '.join(sorted(known)) or 'none'}"


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
            raise ConditionInvalidError(about + _wrong_kinds(error)) from error
        except (ValueError, RuntimeError, ArithmeticError, LookupError):
            continue
        if not isinstance(result, bool):
            raise ConditionInvalidError(f"{where} {result!r}, not true or false; compare it with something")


def _wrong_kinds(error: TypeError) -> str:
    if str(error).startswith(("No such overload", "Unsupported operation")):
        return "it takes things of different kinds together, such as a text and a number"
    return _first_line(error)


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
