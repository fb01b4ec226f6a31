"""How commands print: tables for people, JSON for programs, never both."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import typer
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from rich.console import Console
from rich.markup import escape
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Output:
    """Standard output of one command."""

    as_json: bool

    def console(self) -> Console:
        """A console on the present standard output, as wide as the terminal or whatever a pipe needs."""
        width = None if sys.stdout.isatty() else 160
        return Console(file=sys.stdout, width=width, highlight=False, soft_wrap=False)

    def line(self, text: str) -> None:
        """A sentence for people; nothing with --json."""
        if not self.as_json:
            typer.echo(text)

    def table(self, title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """A table for people; nothing with --json."""
        if not self.as_json:
            self.console().print(make_table(title, columns, rows))

    def document(self, document: Message | Mapping[str, Any]) -> None:
        """One JSON document; nothing without --json."""
        if self.as_json:
            typer.echo(json.dumps(as_document(document), indent=2, ensure_ascii=False))

    def json_line(self, document: Message | Mapping[str, Any]) -> None:
        """One line of JSON, for streams; nothing without --json."""
        if self.as_json:
            typer.echo(json.dumps(as_document(document), ensure_ascii=False))


def as_document(document: Message | Mapping[str, Any]) -> Mapping[str, Any]:
    """A message in protobuf's JSON mapping, under the names of the .proto files (int64 as strings)."""
    if isinstance(document, Message):
        return MessageToDict(
            document, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
        )
    return document


def make_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    """A table; a column whose name begins with `>` is right-aligned. Cells are plain text."""
    table = Table(
        title=escape(title) or None,
        title_justify="left",
        header_style="bold",
        show_header=any(column.lstrip(">") for column in columns),
    )
    for column in columns:
        table.add_column(column.lstrip(">"), justify="right" if column.startswith(">") else "left")
    for row in rows:
        table.add_row(*map(escape, row))
    return table
