"""`tidemark watch`: balances, the journal and notifications as they happen, until Ctrl-C."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

import typer
from rich.console import Console
from rich.live import Live
from tidemark.charging.v1 import (
    account_api_pb2,
    charging_api_pb2,
    charging_api_pb2_grpc,
    journal_api_pb2,
    journal_api_pb2_grpc,
)

from services.cli.balance_view import BalanceView
from services.cli.balance_watch import watched_balance
from services.cli.commands.arguments import Partition
from services.cli.invocation import Invocation, command_group, register
from services.cli.journal_lines import record_document, record_row
from services.cli.rendering import show_time
from services.cli.supervision.plan import CHARGING
from services.common.kernel.identifiers import is_subscriber_identifier


def add_to(app: typer.Typer) -> None:
    """Registers the group."""
    group = command_group(
        app,
        "watch",
        "Follow balances, the journal, notifications live.",
        "tidemark watch balance acme",
        "Work with it",
    )
    register(group, "balance", "tidemark watch balance msisdn-491700000001")(balance)
    register(group, "journal", "tidemark watch journal --after 100 --json")(journal)
    register(group, "notify", "tidemark watch notify smf-1")(notify)


async def balance(
    invocation: Invocation,
    account: Annotated[
        str, typer.Argument(help="Account number, or an identifier of one of its subscribers.")
    ],
    after: Annotated[
        int | None,
        typer.Option(min=0, help="Changes since that sequence, not the present state first."),
    ] = None,
) -> None:
    """Shows the balances of an account, first as they are, then at every change.

    A lost connection is taken up again after the last change seen, so none is missed.
    """
    request = account_api_pb2.WatchBalanceRequest()
    if is_subscriber_identifier(account):
        request.subscriber_identifier = account
    else:
        request.account_id = account
    if after is not None:
        request.after_sequence = after
    async with invocation.channel(CHARGING) as channel:
        updates = watched_balance(channel, request)
        if invocation.output.as_json:
            async for update in updates:
                invocation.output.json_line(update)
        elif not (console := invocation.output.console()).is_terminal:
            view = BalanceView(account)
            async for update in updates:
                view.apply(update)
                for line in view.lines(update):
                    invocation.output.line(line)
        else:
            await _show_live(console, account, updates)


async def _show_live(
    console: Console, account: str, updates: AsyncIterator[account_api_pb2.WatchBalanceResponse]
) -> None:
    view = BalanceView(account)
    with Live(view.table(), console=console, auto_refresh=False) as live:
        async for update in updates:
            view.apply(update)
            live.update(view.table(), refresh=True)


async def journal(
    invocation: Invocation,
    after: Annotated[
        int | None, typer.Option(min=0, help="Records after that sequence. Default: only new ones.")
    ] = None,
    partition: Partition = 0,
) -> None:
    """Prints journal records as they are committed."""
    async with invocation.channel(CHARGING) as channel:
        stub = journal_api_pb2_grpc.JournalServiceStub(channel)
        if after is None:
            status = await stub.GetJournalStatus(
                journal_api_pb2.GetJournalStatusRequest(partition=partition), timeout=15
            )
            after = status.head_sequence
        request = journal_api_pb2.ReadJournalRequest(partition=partition, after_sequence=after, follow=True)
        async for answer in stub.ReadJournal(request):
            if invocation.output.as_json:
                invocation.output.json_line(record_document(answer))
            else:
                invocation.output.line("  ".join(record_row(answer)))


async def notify(
    invocation: Invocation,
    nf_name: Annotated[
        str, typer.Argument(metavar="NF_NAME", help="Name of the network element whose sessions are meant.")
    ],
) -> None:
    """Prints what charging tells a network element: which sessions must come back or end."""
    async with invocation.channel(CHARGING) as channel:
        stub = charging_api_pb2_grpc.ChargingServiceStub(channel)
        async for answer in stub.Notify(charging_api_pb2.NotifyRequest(nf_name=nf_name)):
            kind = charging_api_pb2.NotificationType.Name(answer.notification_type)
            groups = ", ".join(map(str, answer.rating_groups)) or "all rating groups"
            invocation.output.line(
                f"{show_time(answer.occurred_at)}  {kind.removeprefix('NOTIFICATION_TYPE_')}  "
                f"{answer.charging_data_ref}  {groups}  {answer.detail}".rstrip()
            )
            invocation.output.json_line(answer)
