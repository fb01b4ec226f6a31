"""Compiles the rules of one set of policies: checked once, then run on prepared facts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from services.common.runtime.cel_library import cel
from services.common.runtime.cel_tokens import Token, free_names, joined, operands, shown
from services.common.runtime.cel_words import first_line, foreign_functions, instead, wrong_kinds
from services.offers.adapters.cel.facts import CelFacts, Preparation
from services.offers.adapters.cel.named_rules import mentions_of, written_out
from services.offers.domain.compiled import Facts, Predicate, Variables
from services.offers.domain.rule_texts import Mentions, RuleInvalidError
from services.offers.domain.rule_variables import VARIABLE_NAMES

_FUNCTIONS = frozenset(
    {"int", "uint", "double", "string", "size", "contains", "startsWith", "endsWith", "matches"}
)
_BINDING = re.compile(r"\. (?:all|exists|exists_one|map|filter) \( ([A-Za-z_][A-Za-z0-9_]*) ,")
_FAILURES = (ValueError, TypeError, RuntimeError, ArithmeticError, LookupError)
_OPEN = frozenset({"context"})
"""Callers say what they like in these; a key that is not there fails when it is read."""


class CelRules:
    """The RuleCompiler port for one set of policies.

    `named`: its named rules. `samples`: variables of imagined customers, on which each rule is tried;
    the first says which fields there are.
    """

    def __init__(self, named: Mapping[str, str], samples: Sequence[Variables]) -> None:
        self._named = named
        self._samples = [dict(sample) for sample in samples]
        self._contexts = [cel.Context(sample) for sample in self._samples]
        self._preparation = Preparation()

    @property
    def sample(self) -> Variables:
        """Variables of the first imagined customer."""
        return self._samples[0]

    @property
    def prepare(self) -> Preparation:
        """Makes variables ready for everything that was compiled here."""
        return self._preparation

    def mentions(self, text: str) -> Mentions:
        """What a condition speaks of. Raises RuleInvalidError where it cannot be written out."""
        return mentions_of(text, written_out(text, self._named), self._named.keys())

    def condition(self, text: str) -> Predicate:
        """A compiled condition. Raises RuleInvalidError, saying what to do."""
        written, program, paths = self._compiled(text)
        self._try_condition(program)
        # What stands behind `&&` is not looked at where the left side says no: each side on its own.
        sides = operands(written)
        if len(sides) > 1:
            for side in sides:
                self._try_condition(self._program(side, shown(side)), shown(side))
        return _predicate(program, any(path[0] == "offer" for path in paths), joined(written))

    def expression(self, text: str) -> tuple[cel.Program, bool, list[object]]:
        """Any expression: its program, whether it reads the offer, and what the samples give.

        Raises RuleInvalidError.
        """
        _, program, paths = self._compiled(text)
        reads_offer = any(path[0] == "offer" for path in paths)
        return program, reads_offer, self._results(program, "")

    def _compiled(self, text: str) -> tuple[list[Token], cel.Program, frozenset[tuple[str, ...]]]:
        if not text.strip():
            raise RuleInvalidError("it is empty; write a condition such as usage.video.hour > 1000000")
        written = written_out(text, self._named)
        program = self._program(written, text)
        paths = mentions_of(text, written, self._named.keys()).paths
        for path in sorted(paths):
            self._check_path(path)
        self._preparation.reads(paths)
        return written, program, paths

    def _program(self, written: Sequence[Token], text: str) -> cel.Program:
        expanded = joined(written)
        try:
            program = cel.compile(expanded)
        except ValueError as error:
            # Where names are written out the place is in another text; the author's own is clearer.
            raise RuleInvalidError(first_line(_compile_error(text) or error)) from error
        bound = set(_BINDING.findall(expanded))
        for _, name in free_names(written):
            if name not in VARIABLE_NAMES | bound and name not in ("true", "false", "null", "in"):
                known = VARIABLE_NAMES | set(self._named)
                raise RuleInvalidError(f"there is no variable and no rule {name!r}; {instead(name, known)}")
        for name in foreign_functions(program, _FUNCTIONS):
            raise RuleInvalidError(f"there is no function {name!r}; {instead(name, _FUNCTIONS)}")
        return program

    def _check_path(self, path: tuple[str, ...]) -> None:
        here: object = self._samples[0]
        for depth, part in enumerate(path):
            if path[0] in _OPEN and depth:
                return
            if not isinstance(here, Mapping):
                raise RuleInvalidError(f"{'.'.join(path[:depth])} has no parts; it is a plain value")
            if part not in here:
                whole = ".".join(path[: depth + 1])
                raise RuleInvalidError(f"there is no {whole}; {instead(part, list(here))}")
            here = here[part]

    def _try_condition(self, program: cel.Program, side: str = "") -> None:
        for result in self._results(program, side):
            if not isinstance(result, bool):
                where = f"`{side}` gives" if side else "it gives"
                raise RuleInvalidError(f"{where} {result!r}, not true or false; compare it with something")

    def _results(self, program: cel.Program, side: str) -> list[object]:
        """What the samples give. Wrong types show there; figures that fail may do for others."""
        found = []
        for context in self._contexts:
            try:
                found.append(program.execute(context))
            except TypeError as error:
                where = f"`{side}`: " if side else ""
                raise RuleInvalidError(where + wrong_kinds(error)) from error
            except (ValueError, RuntimeError, ArithmeticError, LookupError):
                continue
        return found


def run(program: cel.Program, reads_offer: bool, facts: Facts) -> object:
    """What an expression gives; None where it fails, which is its own business."""
    context = (
        facts.context(reads_offer) if isinstance(facts, CelFacts) else cel.Context(dict(facts.variables))
    )
    try:
        return program.execute(context)
    except _FAILURES:
        return None


def _predicate(program: cel.Program, reads_offer: bool, text: str) -> Predicate:
    """What reads no offer says the same of all: many offers have it, and it is run once a decision."""

    def holds(facts: Facts) -> bool | None:
        if reads_offer or not isinstance(facts, CelFacts):
            return _truth(run(program, reads_offer, facts))
        answers = facts.answers
        if text not in answers:
            answers[text] = _truth(run(program, reads_offer, facts))
        return answers[text]

    return holds


def _truth(result: object) -> bool | None:
    return result if isinstance(result, bool) else None


def _compile_error(text: str) -> ValueError | None:
    try:
        cel.compile(text)
    except ValueError as error:
        return error
    return None
