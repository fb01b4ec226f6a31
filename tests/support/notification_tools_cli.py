"""The command line's group `assistant` against a server of a test: ADDRESS TOKEN, then what a user types."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import typer
from typer.core import TyperGroup

from services.cli.commands import assistant
from services.cli.target import Target


def assistant_app(group: type[TyperGroup] = TyperGroup) -> typer.Typer:
    """The group `assistant` alone. `group`: what turns failures into lines."""
    app = typer.Typer(cls=group, pretty_exceptions_enable=False)

    @app.callback()
    def nothing() -> None:
        pass

    assistant.add_to(app)
    return app


@contextmanager
def leads_to(address: str, token: str) -> Iterator[None]:
    """Every command goes there, and is whom the token says."""
    with (
        patch.object(Target, "address", lambda _self, _service: address),
        patch.object(Target, "token_for", lambda _self, _service: token),
    ):
        yield


if __name__ == "__main__":
    with leads_to(sys.argv[1], sys.argv[2]):
        assistant_app()(sys.argv[3:])
