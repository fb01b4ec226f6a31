"""The words of a CEL condition, as far as lint needs them: which paths it reads, and its sides."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto

_TOKEN = re.compile(
    r"""
      (?P<BLANK>\s+|//[^\n]*)
    | (?P<STRING>[rRbB]{0,2}(?:'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"))
    | (?P<NAME>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<NUMBER>[0-9][0-9A-Za-z_]*(?:\.[0-9]+)?)
    | (?P<SIGN>&&|\|\||[=!<>]=|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_WORDS = frozenset({"true", "false", "null", "in"})


class Kind(Enum):
    """What a token is."""

    STRING = auto()
    NAME = auto()
    NUMBER = auto()
    SIGN = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a condition, with its place in the text."""

    kind: Kind
    text: str
    start: int
    end: int


def tokens_of(text: str) -> list[Token]:
    """All words but blanks and comments."""
    return [
        Token(Kind[match.lastgroup], match.group(), match.start(), match.end())
        for match in _TOKEN.finditer(text)
        if match.lastgroup and match.lastgroup != "BLANK"
    ]


def free_paths(tokens: Sequence[Token]) -> Iterator[tuple[str, ...]]:
    """`fact.percent` as ("fact", "percent"): each name that is no field and no function, and what follows."""
    for index, token in enumerate(tokens):
        is_field = _is_sign(tokens, index - 1, ".")
        is_function = _is_sign(tokens, index + 1, "(")
        if token.kind is not Kind.NAME or is_field or is_function or token.text in _WORDS:
            continue
        follows = tokens[index + 2] if _is_sign(tokens, index + 1, ".") and index + 2 < len(tokens) else None
        if follows is None or follows.kind is not Kind.NAME or _is_sign(tokens, index + 3, "("):
            yield (token.text,)
        else:
            yield (token.text, follows.text)


def sides_of(text: str) -> list[str]:
    """The sides of every `&&` and `||`, brackets around them taken off; one where there is none."""
    tokens = _unbracketed(tokens_of(text))
    sides: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        if token.kind is Kind.SIGN:
            depth += (token.text in "([{") - (token.text in ")]}")
            if depth == 0 and token.text == "?":
                return [text]
            if depth == 0 and token.text in ("&&", "||"):
                sides.append([])
                continue
        sides[-1].append(token)
    written = [text[side[0].start : side[-1].end] for side in sides if side]
    return written if len(written) < 2 else [part for side in written for part in sides_of(side)]


def _unbracketed(tokens: list[Token]) -> list[Token]:
    while _is_sign(tokens, 0, "(") and _closing(tokens) == len(tokens) - 1:
        tokens = tokens[1:-1]
    return tokens


def _closing(tokens: Sequence[Token]) -> int:
    """Where the bracket that opens first is closed; -1 where it is not."""
    depth = 0
    for index, token in enumerate(tokens):
        if token.kind is Kind.SIGN:
            depth += (token.text in "([{") - (token.text in ")]}")
            if depth == 0 and token.text in ")]}":
                return index
    return -1


def _is_sign(tokens: Sequence[Token], index: int, sign: str) -> bool:
    return 0 <= index < len(tokens) and tokens[index].text == sign and tokens[index].kind is Kind.SIGN
