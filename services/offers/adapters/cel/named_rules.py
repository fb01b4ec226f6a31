"""Named rules: a name in a rule stands for the text that it has."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from services.common.runtime.cel_tokens import Kind, Token, free_names, is_sign, path_at, tokens_of
from services.offers.domain.rule_texts import Mentions, RuleInvalidError
from services.offers.domain.rule_variables import VARIABLE_NAMES

MOST_CHARACTERS = 1_000
_MOST_TOKENS = 2_000
_FENCES, _FENCE = ("place", "fences"), ("raised", "fence")
_OFFERINGS = ("customer", "offerings")
_SEGMENT = ("customer", "segment")


def written_out(text: str, named: Mapping[str, str], within: tuple[str, ...] = ()) -> list[Token]:
    """The words of a rule with each name replaced by its text in brackets.

    Raises RuleInvalidError for a circle, and for what is too long.
    """
    if len(text) > MOST_CHARACTERS:
        raise RuleInvalidError(f"it is longer than {MOST_CHARACTERS} characters; give parts of it a name")
    tokens = tokens_of(text)
    places = {index: name for index, name in free_names(tokens) if name in named}
    found: list[Token] = []
    for index, token in enumerate(tokens):
        name = places.get(index)
        if name is None:
            found.append(token)
            continue
        if name in within:
            circle = " -> ".join((*within[within.index(name) :], name))
            raise RuleInvalidError(f"the rules go round in a circle: {circle}")
        inside = written_out(named[name], named, (*within, name))
        found += [Token(Kind.SIGN, "("), *inside, Token(Kind.SIGN, ")")]
        if len(found) > _MOST_TOKENS:
            raise RuleInvalidError("with its named rules written out it is too long; make it simpler")
    return found


def mentions_of(text: str, written: Sequence[Token], named: Collection[str]) -> Mentions:
    """What a rule speaks of; `written`: its words, written out."""
    places = [
        (index, path_at(written, index)) for index, name in free_names(written) if name in VARIABLE_NAMES
    ]
    words = {token.text for token in written if token.kind is Kind.NAME}
    words.update(part for _, path in places for part in path)
    fences: set[str] = set()
    offerings: set[str] = set()
    segments: set[str] = set()
    for index, path in places:
        codes = _compared(written, index, path)
        if path in (_FENCES, _FENCE):
            fences.update(codes)
        elif path == _OFFERINGS:
            offerings.update(codes)
        elif path == _SEGMENT:
            # Lists and ternaries too: every string beside it may be a segment.
            segments.update(token.literal for token in written if token.kind is Kind.STRING)
    return Mentions(
        words=frozenset(words),
        paths=frozenset(path for _, path in places),
        rules=frozenset(name for _, name in free_names(tokens_of(text)) if name in named),
        fences=frozenset(fences),
        offerings=frozenset(offerings),
        segments=frozenset(segments),
    )


def _compared(tokens: Sequence[Token], index: int, path: tuple[str, ...]) -> list[str]:
    """Texts on the other side of `in`, `==` and `!=`."""
    found = []
    before, after = index - 1, index + 2 * len(path) - 1
    if before > 0 and tokens[before].text in ("in", "==", "!=") and tokens[before - 1].kind is Kind.STRING:
        found.append(tokens[before - 1].literal)
    if after + 1 < len(tokens) and tokens[after].text in ("==", "!="):
        follows = tokens[after + 1]
        if follows.kind is Kind.STRING and not is_sign(tokens, after + 2, "."):
            found.append(follows.literal)
    return found
