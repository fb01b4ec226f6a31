"""`tidemark settlement run`: a period through its steps, each of them shown."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from tidemark.partner_settlement.v1 import settlement_api_pb2 as api

from services.cli.commands.arguments import reading
from services.cli.commands.settlement_steps import Early, Period, Rates
from services.cli.invocation import Invocation, register
from services.cli.output import Output
from services.cli.settling.amounts import RATE_EXAMPLE, parse_exchange_rate, show_amounts
from services.cli.settling.calls import ACTOR, summaries_of
from services.cli.settling.run_view import counted, show_advice, show_run, state_name
from services.cli.settling.walk import Until, Walk
from services.cli.supervision.plan import PARTNER_SETTLEMENT


def add_to(group: typer.Typer) -> None:
    """Registers the command in the group `settlement`."""
    register(group, "run", f"tidemark settlement run 2026-11 --fx {RATE_EXAMPLE}")(run)


async def run(
    invocation: Invocation,
    period: Period,
    early: Early = False,
    fx: Rates = None,
    until: Annotated[Until, typer.Option(help="Where to stop.")] = Until.CALCULATED,
    actor: Annotated[str, typer.Option(help="Who does it. Needed to approve: a person has looked.")] = "",
) -> None:
    """Settles a period step by step, from where it stands: freeze, calculate, approve, close.

    It stops once the statements are calculated, for a person to look at them. Said again it goes on where
    it was, and changes nothing where there is nothing to do. With --json a line for each step, the first
    with the run as it stood.
    """
    if until in (Until.APPROVED, Until.CLOSED) and not actor:
        raise typer.BadParameter("an approval names who has looked at it", param_hint="--actor")
    if fx and until is Until.FROZEN:
        raise typer.BadParameter("rates count when a run is calculated", param_hint="--fx")
    rates = [reading("--fx", parse_exchange_rate, text) for text in fx or []]
    walk = Walk(period, until, actor or ACTOR, early, rates)
    async with invocation.channel(PARTNER_SETTLEMENT) as channel:
        with Console(stderr=True).status(f"settling {period}"):
            taken, last = 0, api.Run()
            async for last in walk.steps(channel):
                _show_step(invocation.output, last, taken)
                taken += 1
        if not invocation.output.as_json:
            show_run(invocation.output, last, await summaries_of(channel, last))
            show_advice(invocation.output, last)


def _show_step(output: Output, now: api.Run, taken: int) -> None:
    output.json_line(now)
    name = state_name(now.state)
    if not taken:
        output.line(f"{now.period} is {name}")
        return
    output.line(f"✓ {name:<10} {_brought(now)}".rstrip())


def _brought(now: api.Run) -> str:
    """What a step came to, in a line."""
    if now.state == api.RUN_STATE_FROZEN:
        gross = show_amounts(now.gross_totals) or "nothing"
        return f"{counted(now.record_count, 'record')}, {gross} gross"
    if now.state == api.RUN_STATE_CALCULATED:
        parked = sum(statement.parked for statement in now.statements)
        found = f", {counted(len(now.findings), 'finding')}" if now.findings else ""
        return f"{counted(len(now.statements), 'statement')}, {parked} parked{found}"
    by = now.transitions[-1].actor if now.transitions else ""
    return f"by {by}" if by else ""
