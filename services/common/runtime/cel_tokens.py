"""The words of an expression in the Common Expression Language, as far as lint and named rules need them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto

_TOKEN = re.compile(
    r"""
      (?P<BLANK>\s+|//[^\n]*)
    | (?P<STRING>[rRbB]{0,2}(?:'''(?:\\.|[^\\])*?'''|\"\"\"(?:\\.|[^\\])*?\"\"\"
        |'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"))
    | (?P<NAME>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<NUMBER>[0-9][0-9A-Za-z_]*(?:\.[0-9]+)?)
    | (?P<SIGN>&&|\|\||[=!<>]=|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_QUOTES = ("'''", '"""', "'", '"')


class Kind(Enum):
    """What a token is."""

    STRING = auto()
    NAME = auto()
    NUMBER = auto()
    SIGN = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """A word of an expression as it is written; `start`: its place in the text it was taken from."""

    kind: Kind
    text: str
    start: int = 0

    @property
    def end(self) -> int:
        """The place behind it."""
        return self.start + len(self.text)

    @property
    def literal(self) -> str:
        """What a string says; escapes are left as they are."""
        text = self.text.lstrip("rRbB")
        quote = next(quote for quote in _QUOTES if text.startswith(quote))
        return text[len(quote) : -len(quote)]


def tokens_of(text: str) -> list[Token]:
    """All words but blanks and comments."""
    return [
        Token(Kind[match.lastgroup], match.group(), match.start())
        for match in _TOKEN.finditer(text)
        if match.lastgroup and match.lastgroup != "BLANK"
    ]


def joined(tokens: Sequence[Token]) -> str:
    """An expression of tokens, for the compiler."""
    return " ".join(token.text for token in tokens)


def shown(tokens: Sequence[Token]) -> str:
    """An expression of tokens, for people."""
    found = ""
    for token in tokens:
        tight = token.text in (".", ",", ")", "]", "(", "[") or found[-1:] in (".", "(", "[", "!", "")
        found += token.text if tight else f" {token.text}"
    return found


def is_sign(tokens: Sequence[Token], index: int, sign: str) -> bool:
    """True where this sign stands there."""
    return 0 <= index < len(tokens) and tokens[index].text == sign and tokens[index].kind is Kind.SIGN


def is_field(tokens: Sequence[Token], index: int) -> bool:
    """True where a name stands there that is no function."""
    return index < len(tokens) and tokens[index].kind is Kind.NAME and not is_sign(tokens, index + 1, "(")


def free_names(tokens: Sequence[Token]) -> Iterator[tuple[int, str]]:
    """Names that are no field of something and no function, with their places."""
    for index, token in enumerate(tokens):
        if token.kind is not Kind.NAME or is_sign(tokens, index - 1, "."):
            continue
        if not is_sign(tokens, index + 1, "("):
            yield index, token.text


def path_at(tokens: Sequence[Token], index: int) -> tuple[str, ...]:
    """`usage.video.hour` or `usage['video'].hour` from its first name on, as far as it is written out."""
    path = [tokens[index].text]
    index += 1
    while True:
        if is_sign(tokens, index, ".") and is_field(tokens, index + 1):
            path.append(tokens[index + 1].text)
            index += 2
        elif is_sign(tokens, index, "[") and _is_key(tokens, index + 1):
            path.append(tokens[index + 1].literal)
            index += 3
        else:
            return tuple(path)


def operands(tokens: Sequence[Token]) -> list[list[Token]]:
    """The sides of every `&&` and `||`, brackets around them taken off; one where there is none."""
    tokens = _unbracketed(list(tokens))
    sides: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        if token.kind is Kind.SIGN:
            if token.text in "([{":
                depth += 1
            elif token.text in ")]}":
                depth -= 1
            elif depth == 0 and token.text == "?":
                return [tokens]
            elif depth == 0 and token.text in ("&&", "||"):
                sides.append([])
                continue
        sides[-1].append(token)
    if len(sides) == 1:
        return sides
    return [part for side in sides for part in operands(side)]


def _unbracketed(tokens: list[Token]) -> list[Token]:
    while is_sign(tokens, 0, "(") and _closing(tokens) == len(tokens) - 1:
        tokens = tokens[1:-1]
    return tokens


def _closing(tokens: Sequence[Token]) -> int:
    """Where the bracket that opens first is closed; -1 where it is not."""
    depth = 0
    for index, token in enumerate(tokens):
        if token.kind is Kind.SIGN and token.text in "([{":
            depth += 1
        elif token.kind is Kind.SIGN and token.text in ")]}":
            depth -= 1
            if depth == 0:
                return index
    return -1


def _is_key(tokens: Sequence[Token], index: int) -> bool:
    return index < len(tokens) and tokens[index].kind is Kind.STRING and is_sign(tokens, index + 1, "]")
