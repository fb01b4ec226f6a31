"""Tools of three kinds: those that read, those that change what costs nothing, those that ask first."""

from __future__ import annotations

from typing import TypeVar

from services.notification.adapters.tools.dressing import Acting, Reading, Tool, tool_spec
from services.notification.application.tools.arguments import Arguments
from services.notification.application.tools.results import Result

A = TypeVar("A", bound=Arguments)
R = TypeVar("R", bound=Result)


def reads(
    does: Reading[A, R], name: str, title: str, says: str, arguments: type[A], result: type[R]
) -> Tool[A, R]:
    """Changes nothing."""
    spec = tool_spec(name, title, says, arguments, result, read_only=True, idempotent=True)
    return Tool(spec, arguments, result, reads=does)


def changes(
    does: Reading[A, R], name: str, title: str, says: str, arguments: type[A], result: type[R]
) -> Tool[A, R]:
    """Changes something at once; again: no change."""
    return Tool(
        tool_spec(name, title, says, arguments, result, idempotent=True), arguments, result, reads=does
    )


def acts(
    does: Acting[A, R],
    name: str,
    title: str,
    says: str,
    arguments: type[A],
    result: type[R],
    *,
    destructive: bool = False,
) -> Tool[A, R]:
    """Proposes first; on one token it is done once."""
    words = f"{says} Answers with a proposal first, and acts on its confirmation token."
    spec = tool_spec(
        name, title, words, arguments, result, destructive=destructive, idempotent=True, confirmed=True
    )
    return Tool(spec, arguments, result, acts=does)
