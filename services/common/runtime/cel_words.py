"""What is said about expressions in the Common Expression Language that are wrong."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator

from services.common.runtime.cel_library import cel

_OPERATOR_SIGNS = ("_", "!", "-", "@")


def foreign_functions(program: cel.Program, known: Collection[str]) -> Iterator[str]:
    """Functions that an expression calls and that are not known; operators are always."""
    for name in program.functions():
        if name not in known and not name.startswith(_OPERATOR_SIGNS):
            yield name


def instead(name: str, known: Collection[str]) -> str:
    """What could have been meant."""
    close = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {close[0]!r}?" if close else f"there are {', '.join(sorted(known)) or 'none'}"


def wrong_kinds(error: TypeError) -> str:
    """Why an expression cannot be worked out on values as they are."""
    if str(error).startswith(("No such overload", "Unsupported operation")):
        return "it takes things of different kinds together, such as a text and a number"
    return first_line(error)


def first_line(error: Exception) -> str:
    """What is wrong, without the drawing below it."""
    return str(error).splitlines()[0]
