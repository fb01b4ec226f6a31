"""A group of commands whose modules are imported when one of their commands is called.

All of them together take a second of CPU to import, and who calls one should not wait for that. Help shows
what `Part` says of each, and imports none.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, ClassVar

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group


@dataclass(frozen=True, slots=True)
class Part:
    """A command or group, the module whose `add_to` registers it, and its line and panel in help."""

    name: str
    module: str
    says: str
    panel: str


class LazyGroup(TyperGroup):
    """Has the commands of its `parts`, in their order; a subclass names them."""

    parts: ClassVar[tuple[Part, ...]] = ()

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        # typer would have something that can be added to; nothing is.
        self.commands = _Commands(self.parts)  # type: ignore[assignment]

    def list_commands(self, _context: Any) -> list[str]:
        """The names, in the order of help."""
        return list(self.commands)

    def format_help(self, context: Any, formatter: Any) -> None:
        """As ever, with outlines in place of the commands."""
        outlined = copy.copy(self)
        outlined.commands = {
            part.name: TyperCommand(part.name, help=part.says, rich_help_panel=part.panel)
            for part in self.parts
        }
        super(LazyGroup, outlined).format_help(context, formatter)


class _Commands(Mapping[str, Any]):
    """Commands by name. A look at one imports its module."""

    def __init__(self, parts: tuple[Part, ...]) -> None:
        self._modules = {part.name: part.module for part in parts}
        self._imported: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._imported:
            self._imported |= commands_of(self._modules[name])
        return self._imported[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __len__(self) -> int:
        return len(self._modules)


def commands_of(module: str) -> Mapping[str, Any]:
    """The commands and groups that a module registers, by name; imports it."""
    app = typer.Typer(rich_markup_mode="rich", pretty_exceptions_enable=False, add_completion=False)
    import_module(module).add_to(app)
    return get_group(app).commands
