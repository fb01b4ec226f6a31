"""Cases and conversations as tables and lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tidemark.notification.v1 import case_api_pb2, conversation_pb2

from services.cli.output import Output
from services.cli.rendering import show_time

CASE_COLUMNS = ("case", "state", "priority", "topic", "summary", "subscriber", "assignee", "opened")
_SHORT = 60


def _plain(name: str, prefix: str) -> str:
    return name.removeprefix(prefix).lower().replace("_", " ")


def state_name(case: case_api_pb2.Case) -> str:
    """`open`, `assigned`, `resolved`."""
    return _plain(case_api_pb2.CaseState.Name(case.state), "CASE_STATE_")


def priority_name(case: case_api_pb2.Case) -> str:
    """`low` to `urgent`."""
    return _plain(case_api_pb2.CasePriority.Name(case.priority), "CASE_PRIORITY_")


def case_row(case: case_api_pb2.Case) -> Sequence[str]:
    """A case as a row of `CASE_COLUMNS`."""
    summary = case.summary if len(case.summary) <= _SHORT else f"{case.summary[: _SHORT - 1]}…"
    return (
        case.case_id,
        state_name(case),
        priority_name(case),
        case.topic,
        summary,
        case.subscriber_id,
        case.assignee,
        show_time(case.opened_at),
    )


def case_line(case: case_api_pb2.Case) -> str:
    """A case in one line, for streams."""
    who = f", {case.assignee}" if case.assignee else ""
    what = f"{case.case_id}  {state_name(case)}{who}  [{case.topic}] {case.summary}"
    return f"{show_time(case.updated_at)}  {what}"


def message_line(message: conversation_pb2.Message) -> str:
    """`12:03:04  customer: ...`."""
    author = _plain(conversation_pb2.Author.Name(message.author), "AUTHOR_")
    return f"{show_time(message.said_at)}  {author}: {message.text}"


def show_case(
    output: Output, case: case_api_pb2.Case, transcript: Iterable[conversation_pb2.Message] = ()
) -> None:
    """A case with what was tried and what was said."""
    rows = [
        ("case", case.case_id),
        ("state", state_name(case)),
        ("priority", priority_name(case)),
        ("topic", case.topic),
        ("summary", case.summary),
        ("subscriber", case.subscriber_id),
        ("account", case.account_id),
        ("conversation", case.conversation_id),
        ("assignee", case.assignee),
        ("tried", ", ".join(f"{item.tool}: {item.outcome}" for item in case.tried)),
        ("opened", show_time(case.opened_at)),
        ("resolution", case.resolution),
        ("score", str(case.score) if case.score else ""),
    ]
    output.table("", ("", ""), [row for row in rows if row[1]])
    for message in transcript:
        output.line(message_line(message))
