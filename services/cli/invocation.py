"""What every command shares: --json, where to connect, help with an example, failures in one line.

A command is a function whose first parameter is an `Invocation`; `register` adds the common options
to its signature, so that no command can be without them.
"""

from __future__ import annotations

import asyncio
import inspect
import textwrap
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_type_hints

import grpc
import typer

from services.cli.failures import CommandFailedError, RpcFailure, describe, in_words
from services.cli.output import Output
from services.cli.supervision.plan import SERVICES
from services.cli.target import DEFAULT_DATA_DIR, Target
from services.common.runtime.grpc_client import connect
from services.common.runtime.grpc_errors import error_info

CALL_SECONDS = 15.0
_CONNECTION_PANEL = "Where to connect"

Answer = TypeVar("Answer")

DataDir = Annotated[
    Path,
    typer.Option(help="Folder of the suite.", envvar="TIDEMARK_DATA_DIR", rich_help_panel=_CONNECTION_PANEL),
]
_COMMON: tuple[tuple[str, Any, Any], ...] = (
    ("as_json", Annotated[bool, typer.Option("--json", help="Print exact values as JSON.")], False),
    ("data_dir", DataDir, DEFAULT_DATA_DIR),
)


def _connecting(name: str, variable: str, says: str) -> tuple[str, Any, Any]:
    option = typer.Option(help=says, envvar=variable, rich_help_panel=_CONNECTION_PANEL, show_default=False)
    return name, Annotated[str, option], ""


_CONNECTION: tuple[tuple[str, Any, Any], ...] = (
    *(
        _connecting(
            service,
            f"TIDEMARK_{service.upper()}_ADDRESS",
            f"host:port of {in_words(service)}; otherwise that of the suite.",
        )
        for service in SERVICES
    ),
    _connecting(
        "token",
        "TIDEMARK_TOKEN",
        "Who you are to services that ask; otherwise the operator of the suite.",
    ),
)

RequestId = Annotated[
    str, typer.Option(help="Repeat an earlier request: it changes nothing twice. Fresh by default.")
]


def fresh_id(given: str = "") -> str:
    """The id a user gave to repeat a request, else a new one."""
    return given or uuid.uuid4().hex


@dataclass(frozen=True, slots=True)
class Invocation:
    """One run of a command: where it goes and how it prints."""

    target: Target
    output: Output

    @asynccontextmanager
    async def channel(self, service: str) -> AsyncIterator[grpc.aio.Channel]:
        """A channel to a service, by its name in the suite; its calls present a token where one is asked for.

        A call that fails inside leaves as CommandFailedError, in words.
        """
        address = self.target.address(service)
        channel = connect(address, token=self.target.token_for(service))
        try:
            yield channel
        except grpc.aio.AioRpcError as error:
            raise CommandFailedError(describe(failure_of(error), service, address)) from error
        finally:
            await channel.close(None)


def failure_of(error: grpc.aio.AioRpcError) -> RpcFailure:
    """A failed call as a value."""
    info = error_info(error)
    return RpcFailure(
        code=error.code(),
        message=error.details() or "",
        reason=info.reason if info else "",
        field=info.metadata.get("field", "") if info else "",
    )


def command_group(app: typer.Typer, name: str, says: str, example: str, panel: str) -> typer.Typer:
    """Adds a group of commands, with a line and an example for its help."""
    group = typer.Typer(no_args_is_help=True, help=f"{says}\n\nExample:\n  {example}")
    app.add_typer(group, name=name, rich_help_panel=panel)
    return group


def register(
    group: typer.Typer, name: str, example: str, *, panel: str = "", connects: bool = True
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Registers a command under a name, with an example in its help and the common options.

    The function gets an Invocation first; it may be a coroutine function. `connects` False leaves
    out the addresses and the token.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        extra = (*_COMMON, *(_CONNECTION if connects else ()))
        group.command(name, help=_help(function, example), rich_help_panel=panel or None)(
            _with_common_options(function, extra)
        )
        return function

    return decorate


def _with_common_options(
    function: Callable[..., Any], extra: tuple[tuple[str, Any, Any], ...]
) -> Callable[..., None]:
    hints = get_type_hints(function, include_extras=True)
    own = list(inspect.signature(function).parameters.values())[1:]

    def run(**values: Any) -> None:
        as_json = values.pop("as_json")
        # Only what was added: `--catalog` of a command that connects to nothing is its own.
        addresses = {name: values.pop(name) for name, _, _ in extra if name in SERVICES}
        target = Target(values.pop("data_dir"), addresses, values.pop("token", ""))
        outcome = function(Invocation(target, Output(as_json)), **values)
        if inspect.isawaitable(outcome):
            asyncio.run(_finish(outcome))

    parameters = [parameter.replace(annotation=hints[parameter.name]) for parameter in own]
    parameters += [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
        for name, annotation, default in extra
    ]
    keyword_only = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in parameters]
    run.__signature__ = inspect.Signature(keyword_only)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in keyword_only}
    return run


async def _finish(outcome: Awaitable[Any]) -> None:
    await outcome


def _help(function: Callable[..., Any], example: str) -> str:
    paragraphs = inspect.cleandoc(function.__doc__ or "").split("\n\n")
    prose = "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
    return f"{prose}\n\nExample:\n{textwrap.indent(example, '  ')}"
