"""Lint of words: there, about fields that there are, and sound on every sample of their kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from fluent.runtime.errors import FluentReferenceError
from fluent.syntax import ast

from services.common.kernel.clock import zone
from services.common.runtime.cel_words import instead
from services.notification.adapters.rules.compiled import CompiledAlert
from services.notification.adapters.rules.conditions import context_for
from services.notification.adapters.rules.word_values import word_names
from services.notification.adapters.rules.wording import TEXT_CHARACTERS, TITLE_CHARACTERS, Wording
from services.notification.domain.facts import Fact
from services.notification.domain.rules import AlertRule, AlertRules, Words
from services.notification.domain.ruling.findings import Finding, FindingReason, error, warning
from services.notification.domain.ruling.languages import told_in
from services.notification.domain.ruling.samples import customer_of, sample_facts

_FUNCTIONS = frozenset({"NUMBER", "DATETIME", "MONTH", "DAY"})
_PARTS = ("title", "text", "body")
_MARK = "\ufffc"
"""Stands where a field is written that a fact lacks; no words hold it."""
_ZONE = "UTC"


def alert_words(
    rules: AlertRules, alert: CompiledAlert | None, wordings: Mapping[str, Wording]
) -> Iterator[Finding]:
    """Everything that is wrong with the words of an alert; nothing where its condition is wrong."""
    if alert is None:
        return
    for language in told_in(rules, alert.rule):
        yield from _AlertWords(alert, wordings[language]).findings()


def unused_words(rules: AlertRules, wordings: Mapping[str, Wording]) -> Iterator[Finding]:
    """Messages of no alert that no other message uses, and files of languages that are not spoken."""
    codes = {rule.code for rule in rules.rules}
    for language, wording in wordings.items():
        entries = _entries(wording)
        used = {name for entry in entries.values() for name in _References(entry).names}
        for name in sorted(entries.keys() - codes - used):
            message = f"there is no alert {name!r}; {instead(name, codes)}"
            yield warning(FindingReason.WORDING_UNUSED, f"words.{language}.{name}", message)
    for language in sorted(rules.words.keys() - set(rules.languages)):
        message = f"{language} is none of the languages of these rules; add it there"
        yield warning(FindingReason.WORDING_UNUSED, f"words.{language}", message)


class _References:
    """What a message, a term or a part of one refers to."""

    def __init__(self, node: ast.BaseNode) -> None:
        self.variables: set[str] = set()
        self.names: set[str] = set()
        self.functions: set[str] = set()
        self._look(node)

    def _look(self, node: object) -> None:
        if isinstance(node, list | tuple):
            for item in node:
                self._look(item)
            return
        if not isinstance(node, ast.BaseNode):
            return
        if isinstance(node, ast.VariableReference):
            self.variables.add(node.id.name)
        elif isinstance(node, ast.MessageReference):
            self.names.add(node.id.name)
        elif isinstance(node, ast.TermReference):
            self.names.add(f"-{node.id.name}")
        elif isinstance(node, ast.FunctionReference):
            self.functions.add(node.id.name)
        for part in vars(node).values():
            self._look(part)


@dataclass(frozen=True, slots=True)
class _AlertWords:
    """The words of one alert in one language."""

    alert: CompiledAlert
    wording: Wording

    @property
    def _rule(self) -> AlertRule:
        return self.alert.rule

    @property
    def _here(self) -> str:
        return f"words.{self.wording.language}.{self._rule.code}"

    def findings(self) -> Iterator[Finding]:
        """In the order of what they build on."""
        entries = _entries(self.wording)
        message = entries.get(self._rule.code)
        if not isinstance(message, ast.Message):
            what = (
                f"{self._rule.code} has no words in {self.wording.language}; write `{self._rule.code} = ...`"
            )
            yield error(FindingReason.WORDING_MISSING, self._here, f"{what} with .title and .text")
            return
        parts = _parts_of(message)
        for part in _PARTS:
            if part not in parts:
                what = "its own text, the body," if part == "body" else f"`.{part} = ...`"
                text = f"{self._rule.code} has no {part} in {self.wording.language}; write {what} too"
                yield error(FindingReason.WORDING_MISSING, self._here, text)
        for part in sorted(parts.keys() - set(_PARTS)):
            text = f"`.{part}` is not told; there are .title and .text"
            yield warning(FindingReason.WORDING_UNUSED, f"{self._here}.{part}", text)
        wrong = [finding for part, node in parts.items() for finding in self._names(part, node, entries)]
        yield from wrong
        if not wrong and self.wording.has(self._rule.code):
            yield from self._tried()

    def _names(
        self, part: str, node: ast.BaseNode, entries: Mapping[str, ast.Message | ast.Term]
    ) -> Iterator[Finding]:
        field, found = f"{self._here}.{part}", _References(node)
        known = word_names(self._rule.on)
        for name in sorted(_variables(found, entries) - known):
            text = f"{self._rule.on.value} has no `${name}`; {instead(name, known)}"
            yield error(FindingReason.VARIABLE_UNKNOWN, field, text)
        for name in sorted(found.names - entries.keys()):
            text = f"there is no message or term {name!r}; {instead(name, entries.keys())}"
            yield error(FindingReason.WORDING_INVALID, field, text)
        for name in sorted(found.functions - _FUNCTIONS):
            text = f"there is no function {name}(); {instead(name, _FUNCTIONS)}"
            yield error(FindingReason.WORDING_INVALID, field, text)

    def _tried(self) -> Iterator[Finding]:
        typical, longest, *others = sample_facts(self._rule.on)
        choice = _choice(typical, others)
        found: dict[tuple[FindingReason, str], Finding] = {}
        for fact in (longest, *(fact for fact in (typical, *others) if self._may_be(fact, choice))):
            words, problems = self.wording.tried(self._rule.code, fact, zone(_ZONE), _MARK)
            for finding in (*_broken(problems, self._here), *self._unprovided(words, fact)):
                found.setdefault((finding.reason, finding.field), finding)
            if fact is longest:
                for finding in _too_long(words, self._here):
                    found.setdefault((finding.reason, finding.field), finding)
        yield from found.values()

    def _may_be(self, fact: Fact, choice: frozenset[tuple[str, ...]]) -> bool:
        """False where the condition keeps such a fact away because of what it lacks, or what goes with it."""
        condition = self.alert.condition
        if condition is None:
            return True
        context = context_for(fact, customer_of(fact.kind), None)
        sides = condition.sides or (condition,)
        return all(side.holds(context) for side in sides if side.paths and side.paths <= choice)

    def _unprovided(self, words: Words, fact: Fact) -> Iterator[Finding]:
        missing = sorted(word_names(fact.kind) - _present(fact))
        for part in _PARTS:
            if _MARK in getattr(words, part):
                text = (
                    f"of {', '.join(f'${name}' for name in missing)} some may be missing; give what is "
                    f"written here a variant: {{ ${missing[0]} -> [none] ... *[other] ... }}"
                )
                yield error(FindingReason.FIELD_UNPROVIDED, f"{self._here}.{part}", text)


def _entries(wording: Wording) -> dict[str, ast.Message | ast.Term]:
    return {
        f"-{entry.id.name}" if isinstance(entry, ast.Term) else entry.id.name: entry
        for entry in wording.resource.body
        if isinstance(entry, ast.Message | ast.Term)
    }


def _parts_of(message: ast.Message) -> dict[str, ast.BaseNode]:
    parts: dict[str, ast.BaseNode] = {item.id.name: item.value for item in message.attributes}
    if message.value is not None:
        parts["body"] = message.value
    return parts


def _variables(found: _References, entries: Mapping[str, ast.Message | ast.Term]) -> set[str]:
    """Those of messages that are referred to as well; terms have variables of their own."""
    variables, seen, waiting = set(found.variables), set(found.names), list(found.names)
    while waiting:
        entry = entries.get(waiting.pop())
        if isinstance(entry, ast.Message):
            inside = _References(entry)
            variables |= inside.variables
            waiting += inside.names - seen
            seen |= inside.names
    return variables


def _choice(typical: Fact, others: Sequence[Fact]) -> frozenset[tuple[str, ...]]:
    """The fields that facts of a kind may lack, and those by which one knows that they do."""
    return frozenset(
        ("fact", name)
        for fact in others
        if _present(fact) != _present(typical)
        for name in typical.values.keys() | fact.values.keys()
        if typical.values.get(name) != fact.values.get(name)
    )


def _present(fact: Fact) -> frozenset[str]:
    there = {name for name, value in fact.values.items() if value != ""}
    return frozenset(
        name for name in word_names(fact.kind) if name in there or name.rpartition("_")[0] in there
    )


def _broken(problems: Sequence[Exception], here: str) -> Iterator[Finding]:
    for problem in problems:
        kind = "" if isinstance(problem, FluentReferenceError) else f"{type(problem).__name__}: "
        text = f"it cannot be written: {kind}{problem}"
        yield error(FindingReason.WORDING_INVALID, here, text)


def _too_long(words: Words, here: str) -> Iterator[Finding]:
    for part, said, most in (
        ("title", words.title, TITLE_CHARACTERS),
        ("text", words.text, TEXT_CHARACTERS),
    ):
        if len(said) > most:
            text = (
                f"with long values it has {len(said)} characters; at most {most} are told: {said[:60]!r}..."
            )
            yield error(FindingReason.TEXT_TOO_LONG, f"{here}.{part}", text)
