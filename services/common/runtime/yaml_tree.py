"""YAML files into one tree of plain values that remembers where each came from.

No path is opened and no tag is obeyed: mappings, lists, text, whole numbers,
booleans and nothing; a YAML float stays recognisable, so that it can be
refused where a price is written.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Generic, TypeVar

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from services.common.kernel.findings import Finding, Severity, SourceFile

Tree = dict[str, "Tree"] | list["Tree"] | str | int | float | bool | None

Why = TypeVar("Why", bound=Enum)

# YAML 1.1 reads 010 as eight, 1_0 as ten and 1:30 as ninety. Nobody who writes a price
# list or an agreement means that, so they stay text, as do numbers beyond anything that is counted here.
_WHOLE_NUMBER = re.compile("-?(0|[1-9][0-9]{0,29})")
_MAX_NODES = 200_000
_MAX_DEPTH = 32
_INT, _FLOAT = "tag:yaml.org,2002:int", "tag:yaml.org,2002:float"
_BOOL, _NULL = "tag:yaml.org,2002:bool", "tag:yaml.org,2002:null"


class FormReason(Enum):
    """What is wrong with the form of any such file.

    Each kind of files has these names among its reasons, and says there which rule they are about.
    """

    YAML_INVALID = auto()
    KEY_TWICE = auto()
    CODE_TWICE = auto()
    FIELD_UNKNOWN = auto()
    FIELD_MISSING = auto()
    FIELD_INVALID = auto()
    CODE_INVALID = auto()
    AMOUNT_INVALID = auto()
    AMOUNT_NOT_TEXT = auto()
    SIZE_INVALID = auto()
    DATE_INVALID = auto()


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a source file; lines from 1."""

    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Layout(Generic[Why]):
    """What kind of files they are.

    `sections`: mappings by code that several files may each hold a part of. `what`: "a catalog"; a file
    of one begins with `begins_with`. `reasons` has every name of FormReason.
    """

    what: str
    begins_with: str
    sections: frozenset[str]
    reasons: type[Why]


@dataclass(slots=True)
class SourceTree(Generic[Why]):
    """The merged content of all files, the position of every dotted path, and what was wrong."""

    layout: Layout[Why]
    root: dict[str, Tree] = field(default_factory=dict)
    positions: dict[str, Position] = field(default_factory=dict)
    findings: list[Finding[Why]] = field(default_factory=list)

    def locate(self, dotted: str) -> Position:
        """Position of a path, or of the nearest thing around it."""
        while dotted and dotted not in self.positions:
            dotted = dotted.rpartition(".")[0]
        return self.positions.get(dotted, Position("", 0))

    def place(self, dotted: str) -> tuple[str, int]:
        """File and line of a path, or of the nearest thing around it."""
        at = self.locate(dotted)
        return at.file, at.line

    def report(self, reason: Why, message: str, path: str, at: Position) -> None:
        """Adds an error."""
        self.findings.append(Finding(Severity.ERROR, reason, message, path, at.file, at.line))

    def report_form(self, reason: FormReason, message: str, path: str, at: Position) -> None:
        """Adds an error of form, by the name that the reason has in this kind of files."""
        self.report(self.layout.reasons[reason.name], message, path, at)


def read_tree(files: Sequence[SourceFile], layout: Layout[Why]) -> SourceTree[Why]:
    """Merges the files. Problems of form are findings in the result; nothing is raised."""
    tree = SourceTree(layout)
    for file in files:
        try:
            node = yaml.compose(file.content, Loader=yaml.SafeLoader)
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            _report_syntax(tree, file.name, error)
            continue
        if node is None:
            continue
        _FileReader(tree, file.name).read(node)
    return tree


def _report_syntax(tree: SourceTree[Why], name: str, error: Exception) -> None:
    line, problem = 1, str(error)
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        line = error.problem_mark.line + 1
        problem = " ".join(part for part in (error.problem, error.context) if part)
    elif isinstance(error, RecursionError):
        problem = "it is nested too deeply"
    problem = " ".join(problem.split())
    tree.report_form(FormReason.YAML_INVALID, f"not readable as YAML: {problem}", "", Position(name, line))


class _TooMuchError(Exception):
    """A file that unfolds into more than anybody writes."""


class _FileReader(Generic[Why]):
    """Adds one file's nodes to the tree."""

    def __init__(self, tree: SourceTree[Why], name: str) -> None:
        self._tree = tree
        self._name = name
        self._nodes = 0

    def read(self, node: Node) -> None:
        if not isinstance(node, MappingNode):
            self._tree.report_form(
                FormReason.YAML_INVALID,
                f"the file is no mapping; begin with `{self._tree.layout.begins_with}`",
                "",
                self._at(node),
            )
            return
        try:
            for key, key_node, value in self._pairs(node, ""):
                self._top(key, key_node, value)
        except _TooMuchError:
            self._tree.report_form(
                FormReason.YAML_INVALID,
                f"more than {_MAX_NODES} entries or {_MAX_DEPTH} levels; {self._tree.layout.what} is smaller",
                "",
                Position(self._name, 1),
            )

    def _top(self, key: str, key_node: Node, value: Node) -> None:
        root = self._tree.root
        if key in self._tree.layout.sections and isinstance(value, MappingNode):
            section = root.setdefault(key, {})
            self._tree.positions.setdefault(key, self._at(key_node))
            if isinstance(section, dict):
                for code, code_node, item in self._pairs(value, key):
                    self._define(section, code, f"{key}.{code}", code_node, item)
            return
        self._define(root, key, key, key_node, value)

    def _define(self, into: dict[str, Tree], key: str, path: str, key_node: Node, value: Node) -> None:
        if key in into:
            first = self._tree.locate(path)
            self._tree.report_form(
                FormReason.CODE_TWICE,
                f"{path} is there already, in {first.file} line {first.line}; keep one of them",
                path,
                self._at(key_node),
            )
            return
        self._tree.positions[path] = self._at(key_node)
        into[key] = self._value(value, path, 1)

    def _value(self, node: Node, path: str, depth: int) -> Tree:
        self._nodes += 1
        if depth > _MAX_DEPTH or self._nodes > _MAX_NODES:
            raise _TooMuchError
        if isinstance(node, MappingNode):
            values: dict[str, Tree] = {}
            for key, key_node, value in self._pairs(node, path):
                here = f"{path}.{key}"
                self._tree.positions[here] = self._at(key_node)
                values[key] = self._value(value, here, depth + 1)
            return values
        if isinstance(node, SequenceNode):
            for index, item in enumerate(node.value):
                self._tree.positions[f"{path}.{index}"] = self._at(item)
            return [self._value(item, f"{path}.{i}", depth + 1) for i, item in enumerate(node.value)]
        return _scalar(node.tag, self._whole(node, path))

    def _whole(self, node: Node, path: str) -> str:
        """The text of a scalar. `"\\ud800"` is half a character, which no message and no database takes."""
        text = str(node.value)
        try:
            text.encode()
        except UnicodeEncodeError:
            message = "half a character (a surrogate) is written here; write the whole one"
            self._tree.report_form(FormReason.YAML_INVALID, message, path, self._at(node))
            return text.encode(errors="replace").decode()
        return text

    def _pairs(self, node: MappingNode, path: str) -> list[tuple[str, Node, Node]]:
        """Key text, key node and value node of a mapping, each key once."""
        pairs: dict[str, tuple[str, Node, Node]] = {}
        for key_node, value in node.value:
            key = self._whole(key_node, path) if isinstance(key_node, ScalarNode) else "?"
            if key in pairs:
                dotted = f"{path}.{key}" if path else key
                message = f"{key} stands twice here; the first is in line {self._at(pairs[key][1]).line}"
                self._tree.report_form(FormReason.KEY_TWICE, message, dotted, self._at(key_node))
                continue
            pairs[key] = (key, key_node, value)
        return list(pairs.values())

    def _at(self, node: Node) -> Position:
        return Position(self._name, node.start_mark.line + 1)


def _scalar(tag: str, text: str) -> Tree:
    if tag == _INT:
        return int(text) if _WHOLE_NUMBER.fullmatch(text) else text
    if tag == _FLOAT:
        try:
            return float(text)
        except ValueError:
            return text
    if tag == _BOOL:
        return {"true": True, "false": False}.get(text.lower(), text)
    return None if tag == _NULL else text
