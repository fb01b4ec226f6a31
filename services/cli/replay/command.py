"""`tidemark replay`."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import grpc
import typer
from tidemark.charging.v1.account_api_pb2 import ProvisionAccountRequest

from services.cli.commands.arguments import reading
from services.cli.demo.audit.calculation import expected_books
from services.cli.demo.audit.expected import NotAuditableError
from services.cli.demo.audit.figures import CatalogUnreadableError
from services.cli.demo.audit.hearing import hear
from services.cli.demo.audit.price_reader import price_list_of
from services.cli.demo.audit.usage import read_usage
from services.cli.demo.audit.witnesses import WitnessSilentError
from services.cli.demo.balances import balances_watched
from services.cli.demo.board import Board
from services.cli.demo.show import Show, show_on
from services.cli.failures import CommandFailedError
from services.cli.instants import present
from services.cli.invocation import Invocation, register
from services.cli.replay.delivery import Delivery, DeliveryError
from services.cli.replay.flows import Flow, UsageTableError, captures_of, read_flows
from services.cli.replay.identity import Run, run_name_of, start_of
from services.cli.replay.lane import Lane
from services.cli.replay.live_catalog import (
    NoCatalogError,
    export_catalog,
    list_versions,
    read_catalog,
    usual_start,
    version_at,
)
from services.cli.replay.player import Pace, play
from services.cli.replay.provisioning import open_accounts, provision_request
from services.cli.replay.rating_groups import rating_groups_of
from services.cli.replay.report import Played, document_of, print_report
from services.cli.replay.subscribers import (
    AccountPlan,
    SubscriberTableError,
    one_account_each,
    read_accounts,
)
from services.cli.supervision.plan import CATALOG, CHARGING
from services.common.runtime.grpc_errors import error_info

_TAKEN = frozenset({"DUPLICATE_DIFFERS", "ACCOUNT_EXISTS", "IDENTIFIER_TAKEN"})
_EXAMPLE = "tidemark replay examples/usage/data_flows.csv --offering prepaid-data --offering video-pass"


def add_to(app: typer.Typer) -> None:
    """Registers the command."""
    register(app, "replay", _EXAMPLE, panel="Work with it")(replay)


async def replay(
    invocation: Invocation,
    table: Annotated[Path, typer.Argument(metavar="FILE", help="Usage table, CSV; see examples/usage.")],
    offering: Annotated[
        list[str] | None,
        typer.Option(help="Offering of every subscriber. Repeatable. [default: prepaid-data]"),
    ] = None,
    opening_balance: Annotated[str, typer.Option(help="Money of every account to start with.")] = "10.00",
    subscribers: Annotated[
        Path | None, typer.Option(help="Who the captures belong to, instead of one account each (YAML).")
    ] = None,
    run: Annotated[
        str,
        typer.Option(help="Name of this play. Default: from the content of the file.", show_default=False),
    ] = "",
    start_at: Annotated[
        str,
        typer.Option(
            help="ISO 8601 instant of millisecond 0. Default: 08:00 UTC on this week's Monday.",
            show_default=False,
        ),
    ] = "",
    time_scale: Annotated[
        float, typer.Option(min=0, help="Seconds for each second of the table; 0: as fast as possible.")
    ] = 0.0,
    audit: Annotated[bool, typer.Option(help="Calculate everything a second time and compare.")] = True,
) -> None:
    """Plays a usage table against a running suite, as a network element would.

    Opens an account for each capture, then plays: one PDU session per capture, a call for each VoIP
    row, a message for each Chat row. Played again under the same run name it changes nothing: every
    request is a repetition. A play begins on this week's Monday, or where prices are younger on the
    day after they took effect. Exit code 1 where the audit finds a difference.
    """
    try:
        flows = read_flows(table)
        async with invocation.channel(CATALOG) as catalog, invocation.channel(CHARGING) as charging:
            versions = await list_versions(catalog)
            begins = (
                reading("--start-at", start_of, start_at) if start_at else usual_start(versions, present())
            )
            name = run or run_name_of(table, begins)
            named = reading("--run", Run, name, begins)
            plans = _plans(named, flows, offering or ["prepaid-data"], opening_balance, subscribers)
            theatre = _Theatre(
                catalog, charging, version_at(versions, begins), table, show_on(invocation.output)
            )
            played = await theatre.play(named, flows, plans, Pace(time_scale))
            if audit:
                played = await theatre.audit(played, plans)
    except (
        UsageTableError,
        SubscriberTableError,
        NoCatalogError,
        DeliveryError,
        WitnessSilentError,
    ) as error:
        raise CommandFailedError(str(error)) from error
    invocation.output.document(document_of(played))
    if not invocation.output.as_json:
        print_report(invocation.output, played)
    if played.verdict is not None and not played.verdict.clean:
        raise typer.Exit(1)


def _plans(
    run: Run, flows: Sequence[Flow], offerings: Sequence[str], opening_balance: str, subscribers: Path | None
) -> tuple[AccountPlan, ...]:
    captures = captures_of(flows)
    if subscribers is None:
        return one_account_each(run, captures, offerings, opening_balance)
    # Another run is another set of accounts, so the run is part of their names.
    return tuple(
        dataclasses.replace(plan, account_id=f"{run.name}.{plan.account_id}")
        for plan in read_accounts(subscribers, captures)
    )


@dataclass(frozen=True, slots=True)
class _Theatre:
    """The running suite, the catalog version that prices the play, and the table."""

    catalog: grpc.aio.Channel
    charging: grpc.aio.Channel
    version: int
    table: Path
    show: Show

    async def play(self, run: Run, flows: Sequence[Flow], plans: Sequence[AccountPlan], pace: Pace) -> Played:
        """Opens the accounts and plays."""
        content = await read_catalog(self.catalog, self.version)
        groups = rating_groups_of(content, flows)
        try:
            requests = [provision_request(run, plan, content.currency_code) for plan in plans]
        except ValueError as error:
            raise CommandFailedError(str(error)) from error
        await self._open(requests, run)
        board = Board([plan.account_id for plan in plans], len(flows))
        lanes = [
            Lane(run, plan.account_id, [flow for flow in flows if flow.capture in plan.captures], groups)
            for plan in plans
        ]
        board.playing(f"playing {self.table.name} as run {run.name}", lanes)
        async with balances_watched(self.charging, board), self.show.playing(board):
            totals = await play(lanes, Delivery(self.charging), pace, board.answered)
        return Played(run, totals, groups.codes, content.currency_code, None, "it was not asked for")

    async def audit(self, played: Played, plans: Sequence[AccountPlan]) -> Played:
        """The same with a verdict, or why there is none. The bus is left out: others may publish on it."""
        try:
            price_list = price_list_of([await export_catalog(self.catalog, self.version)])
            expected = expected_books(price_list, read_usage(self.table), plans, played.run)
        except (NotAuditableError, CatalogUnreadableError) as error:
            return dataclasses.replace(played, why_not_audited=str(error))
        verdict = await hear(self.charging, "", plans, expected)
        return dataclasses.replace(played, verdict=verdict, why_not_audited="")

    async def _open(self, requests: Sequence[ProvisionAccountRequest], run: Run) -> None:
        try:
            await open_accounts(self.charging, requests)
        except grpc.aio.AioRpcError as error:
            info = error_info(error)
            if info is not None and info.reason in _TAKEN:
                raise CommandFailedError(
                    f"run {run.name} was played with other offerings, money or times; name another --run"
                ) from error
            raise
