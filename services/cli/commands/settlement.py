"""`tidemark settlement`: what partners are owed, and what they may see of it."""

from __future__ import annotations

from typing import Annotated

import typer

from services.cli.commands.arguments import reading
from services.cli.failures import CommandFailedError
from services.cli.invocation import Invocation, command_group, register
from services.cli.supervision.state import read_state
from services.cli.tokens import partner_token
from services.common.kernel.identifiers import is_code

_MINUTES = 60
_MOST_MINUTES = 24 * 60


def add_to(app: typer.Typer) -> None:
    """Registers the group."""
    group = command_group(
        app,
        "settlement",
        "Settle with partners: what they are owed, and what they may see of it.",
        "tidemark settlement token music-house",
        "Work with it",
    )
    register(group, "token", "tidemark settlement token music-house", connects=False)(token)


def token(
    invocation: Invocation,
    party: Annotated[str, typer.Argument(metavar="PARTY", help="Code of the partner.")],
    minutes: Annotated[int, typer.Option(min=1, max=_MOST_MINUTES, help="How long it holds.")] = _MINUTES,
) -> None:
    """Makes a token with which a command, or a program of your own, is that partner.

    It holds for the suite of the folder until that is stopped. Put it into TIDEMARK_TOKEN, or send it
    as `authorization: Bearer TOKEN`. In production your identity provider issues tokens.
    """
    code = reading("PARTY", _party_code, party)
    data_dir = invocation.target.data_dir
    if read_state(data_dir) is None:
        raise CommandFailedError(f"no suite runs from {data_dir}; start one with `tidemark up`")
    made = partner_token(data_dir, code, minutes * 60)
    invocation.output.document({"party": code, "token": made, "seconds": minutes * 60})
    invocation.output.line(made)


def _party_code(text: str) -> str:
    if not is_code(text):
        raise ValueError("a partner's code is lower-case letters, digits and inner hyphens, at most 64")
    return text
