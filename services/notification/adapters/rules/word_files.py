"""Files of words: which language they are of, where each message stands, one way to write them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import PurePosixPath

from fluent.syntax import FluentParser, FluentSerializer, ast

from services.common.kernel.findings import Finding, Severity, SourceFile
from services.notification.domain.ruling.findings import FindingReason

SUFFIX = ".ftl"
_MOST_BRACES = 20


@dataclass(slots=True)
class WordFiles:
    """Canonical words by language, the place of every `words.<language>.<message>`, and what was wrong."""

    words: dict[str, str] = field(default_factory=dict)
    places: dict[str, tuple[str, int]] = field(default_factory=dict)
    findings: list[Finding[FindingReason]] = field(default_factory=list)

    def locate(self, dotted: str) -> tuple[str, int] | None:
        """The place of a field, or of the nearest thing around it; None: it is none of words."""
        while dotted and dotted not in self.places:
            dotted = dotted.rpartition(".")[0]
        return self.places.get(dotted)


def read_words(files: Sequence[SourceFile]) -> WordFiles:
    """Every file is the words of the language that it is named after."""
    found = WordFiles()
    for file in files:
        language = PurePosixPath(file.name).name.removesuffix(SUFFIX)
        if language in found.words:
            first = found.places[f"words.{language}"][0]
            message = f"{language} has words in {first} already; put them into one file"
            _report(found, FindingReason.LANGUAGE_TWICE, message, f"words.{language}", (file.name, 1))
            continue
        found.places[f"words.{language}"] = (file.name, 1)
        text = file.content.replace("\r\n", "\n")
        deep = _too_deep(text)
        if deep:
            message = f"more than {_MOST_BRACES} braces within each other; make it simpler"
            _report(found, FindingReason.WORDS_INVALID, message, f"words.{language}", (file.name, deep))
            continue
        resource = parsed(text)
        _read(found, resource, language, file.name, text)
        found.words[language] = FluentSerializer().serialize(resource)
    return found


@lru_cache(maxsize=16)
def parsed(source: str) -> ast.Resource:
    """Fluent text as a tree, which nobody changes: reading takes a quarter of a second for fifty alerts."""
    return FluentParser().parse(source)


def messages_of(source: str) -> Mapping[str, Mapping[str, str]]:
    """Messages and terms by name, each by parts (`title`, `text`, `body`), as they are written in Fluent."""
    serializer = FluentSerializer()
    found: dict[str, dict[str, str]] = {}
    for entry in parsed(source).body:
        if not isinstance(entry, ast.Message | ast.Term):
            continue
        parts = {item.id.name: _pattern(serializer, item.value) for item in entry.attributes}
        if entry.value is not None:
            parts["body"] = _pattern(serializer, entry.value)
        found[_name(entry)] = parts
    return found


def _too_deep(text: str) -> int:
    """The line in which braces are nested deeper than Fluent's parser can go; 0: nowhere."""
    depth = 0
    for number, line in enumerate(text.split("\n"), start=1):
        # A message begins at the margin, whatever was left open before it.
        depth = 0 if line[:1].strip(" }[*.") else depth
        for sign in line:
            depth = max(0, depth + (sign == "{") - (sign == "}"))
            if depth > _MOST_BRACES:
                return number
    return 0


def _read(found: WordFiles, resource: ast.Resource, language: str, name: str, text: str) -> None:
    for entry in resource.body:
        at = (name, _line(text, entry))
        if isinstance(entry, ast.Junk):
            what = "; ".join(str(note.message) for note in entry.annotations) or "it is no message"
            first = (entry.content or "").strip().partition("\n")[0][:60]
            where = entry.annotations[0].span if entry.annotations else entry.span
            at = (name, text.count("\n", 0, where.start if where else 0) + 1)
            message = f"not readable as Fluent: {what} (in `{first}`)"
            _report(found, FindingReason.WORDS_INVALID, message, f"words.{language}", at)
        elif isinstance(entry, ast.Message | ast.Term):
            _place(found, entry, f"words.{language}.{_name(entry)}", at, text)


def _place(
    found: WordFiles, entry: ast.Message | ast.Term, path: str, at: tuple[str, int], text: str
) -> None:
    if path in found.places:
        message = f"{_name(entry)} is there already, in line {found.places[path][1]}; keep one of them"
        _report(found, FindingReason.CODE_TWICE, message, path, at)
        return
    found.places[path] = at
    for attribute in entry.attributes:
        found.places[f"{path}.{attribute.id.name}"] = (at[0], _line(text, attribute))
    if entry.value is not None:
        found.places[f"{path}.body"] = at


def _pattern(serializer: FluentSerializer, value: ast.Pattern) -> str:
    """A pattern alone; lines that go on are written as one."""
    written = serializer.serialize_entry(ast.Message(ast.Identifier("x"), value))
    return " ".join(written.removeprefix("x =").split())


def _name(entry: ast.Message | ast.Term) -> str:
    return f"-{entry.id.name}" if isinstance(entry, ast.Term) else entry.id.name


def _line(text: str, node: ast.SyntaxNode) -> int:
    # An entry with a comment begins with it; its name is what people look for.
    span = node.id.span if isinstance(node, ast.Message | ast.Term | ast.Attribute) else node.span
    return text.count("\n", 0, span.start if span else 0) + 1


def _report(found: WordFiles, reason: FindingReason, message: str, path: str, at: tuple[str, int]) -> None:
    found.findings.append(Finding(Severity.ERROR, reason, message, path, at[0], at[1]))
