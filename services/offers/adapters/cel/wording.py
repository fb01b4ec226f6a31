"""Texts for customers with figures in braces: `{usage.video.hour | octets}`.

`{{` and `}}` are braces themselves.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from services.common.runtime.cel_library import cel
from services.common.runtime.cel_words import instead
from services.offers.adapters.cel.figures import FIGURES, Figure
from services.offers.adapters.cel.rules import CelRules, run
from services.offers.domain.compiled import Facts, Variables, Wording
from services.offers.domain.rule_texts import RuleInvalidError

_PART = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]|[^{}]+")
_FIGURE = re.compile(r"(.*[^|])\|\s*([a-z]*)\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Insert:
    program: cel.Program
    reads_offer: bool
    figure: Figure


def expressions_in(text: str) -> list[str]:
    """The expressions of a text, without what writes their figures."""
    return [_divided(match.group(1))[0] for match in _PART.finditer(text) if match.group(1) is not None]


def compile_wording(rules: CelRules, text: str, language: str, sample: Variables) -> Wording:
    """A text with its figures written in. Raises RuleInvalidError, saying what to do."""
    parts: list[str | _Insert] = []
    for match in _PART.finditer(text):
        inside = match.group(1)
        if inside is not None:
            parts.append(_insert(rules, inside, language, sample))
        elif match.group() in "{}":
            raise RuleInvalidError(f"a brace stands alone; write {match.group() * 2} for one that is shown")
        else:
            parts.append(match.group()[0] if match.group() in ("{{", "}}") else match.group())
    return _wording(tuple(parts), language)


def _insert(rules: CelRules, inside: str, language: str, sample: Variables) -> _Insert:
    expression, name = _divided(inside)
    figure = FIGURES.get(name)
    if figure is None:
        raise RuleInvalidError(f"figures are not written as {name!r}; {instead(name, set(FIGURES) - {''})}")
    program, reads_offer, results = rules.expression(expression)
    for result in results:
        if figure(result, language, sample) is None:
            words = f"as {name}" if name else "as it is; say how: | octets, | money, | percent, | time"
            raise RuleInvalidError(f"{expression.strip()} gives {result!r}, which cannot be written {words}")
    return _Insert(program, reads_offer, figure)


def _divided(inside: str) -> tuple[str, str]:
    match = _FIGURE.fullmatch(inside)
    return (match[1], match[2]) if match else (inside, "")


def _wording(parts: tuple[str | _Insert, ...], language: str) -> Wording:
    def words(facts: Facts) -> str | None:
        found = []
        for part in parts:
            if isinstance(part, str):
                found.append(part)
                continue
            value = run(part.program, part.reads_offer, facts)
            shown = part.figure(value, language, facts.variables)
            if shown is None:
                return None
            found.append(shown)
        return "".join(found)

    return words
