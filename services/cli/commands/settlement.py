"""`tidemark settlement`: periods settled step by step, how far they are, and tokens for partners."""

from __future__ import annotations

from typing import Annotated

import typer
from tidemark.partner_settlement.v1 import settlement_api_pb2 as api
from tidemark.partner_settlement.v1 import settlement_api_pb2_grpc

from services.cli.commands import settlement_run, settlement_steps
from services.cli.commands.arguments import reading
from services.cli.commands.settlement_steps import Period
from services.cli.failures import CommandFailedError
from services.cli.invocation import CALL_SECONDS, Invocation, command_group, register
from services.cli.rendering import without_empty_columns
from services.cli.settling.calls import summaries_of
from services.cli.settling.run_view import (
    RUN_COLUMNS,
    WATERMARK_COLUMNS,
    counted,
    run_row,
    show_advice,
    show_history,
    show_run,
    watermark_row,
)
from services.cli.supervision.plan import PARTNER_SETTLEMENT
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
        "Settle periods with partners, step by step; see how far they are.",
        "tidemark settlement run 2026-11",
        "Settle with partners",
    )
    settlement_run.add_to(group)
    register(group, "runs", "tidemark settlement runs")(runs)
    register(group, "show", "tidemark settlement show 2026-11")(show)
    register(group, "status", "tidemark settlement status")(status)
    settlement_steps.add_to(group)
    register(group, "token", "tidemark settlement token melody", connects=False)(token)


async def runs(invocation: Invocation) -> None:
    """Lists every run, the newest period first: its state, records, gross, statements."""
    async with invocation.channel(PARTNER_SETTLEMENT) as channel:
        stub = settlement_api_pb2_grpc.SettlementServiceStub(channel)
        answer = await stub.ListRuns(api.ListRunsRequest(), timeout=CALL_SECONDS)
    invocation.output.document(answer)
    if answer.runs:
        rows = [run_row(run) for run in answer.runs]
        invocation.output.table("", *without_empty_columns(RUN_COLUMNS, rows))
    else:
        invocation.output.line("no period was settled yet; `tidemark settlement run PERIOD` settles one")


async def show(invocation: Invocation, period: Period) -> None:
    """Shows a run: its input, statements and findings, who did what, up to which journal records."""
    async with invocation.channel(PARTNER_SETTLEMENT) as channel:
        stub = settlement_api_pb2_grpc.SettlementServiceStub(channel)
        answer = await stub.GetRun(api.GetRunRequest(run_id=period), timeout=CALL_SECONDS)
        summaries = () if invocation.output.as_json else await summaries_of(channel, answer.run)
    invocation.output.document(answer)
    show_run(invocation.output, answer.run, summaries)
    show_history(invocation.output, answer.run)
    show_advice(invocation.output, answer.run)


async def status(invocation: Invocation) -> None:
    """Shows how far charging's journal is followed, and what stands in the way where something does."""
    async with invocation.channel(PARTNER_SETTLEMENT) as channel:
        stub = settlement_api_pb2_grpc.SettlementServiceStub(channel)
        answer = await stub.GetAccrualStatus(api.GetAccrualStatusRequest(), timeout=CALL_SECONDS)
    invocation.output.document(answer)
    invocation.output.line(f"{counted(answer.records, 'settlement record')} out of charging's journal")
    if answer.watermarks:
        invocation.output.table("", WATERMARK_COLUMNS, map(watermark_row, answer.watermarks))
    invocation.output.line(f"it can't go on: {answer.fault}" if answer.fault else "it follows freely")


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
