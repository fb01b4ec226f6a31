"""`tidemark ledger`: the double-entry ledger of settlement, balances, entries, whether it adds up."""

from __future__ import annotations

from typing import Annotated

import typer
from tidemark.partner_settlement.v1 import ledger_api_pb2 as api
from tidemark.partner_settlement.v1 import ledger_api_pb2_grpc

from services.cli.failures import CommandFailedError
from services.cli.invocation import CALL_SECONDS, Invocation, command_group, register
from services.cli.settling.ledger_view import BALANCE_COLUMNS, EntryTables, balance_rows, sums_off
from services.cli.supervision.plan import PARTNER_SETTLEMENT

# A walk over all entries takes as long as there are entries.
_WALK_SECONDS = 600.0

_Stub = ledger_api_pb2_grpc.LedgerServiceStub


def add_to(app: typer.Typer) -> None:
    """Registers the group."""
    group = command_group(
        app,
        "ledger",
        "Read the double-entry ledger of settlement, and verify it.",
        "tidemark ledger balance",
        "Settle with partners",
    )
    register(group, "balance", "tidemark ledger balance --party music-house")(balance)
    register(group, "entries", "tidemark ledger entries --account partner-payable:music-house --after 100")(
        entries
    )
    register(group, "verify", "tidemark ledger verify")(verify)


async def balance(
    invocation: Invocation,
    party: Annotated[
        str, typer.Option(help="Only the accounts of this partner; otherwise all accounts.")
    ] = "",
) -> None:
    """Shows what every account stands at: debits, credits, and the balance, debit above zero.

    All accounts together come to zero in each currency; exit code 1 where they do not.
    """
    async with invocation.channel(PARTNER_SETTLEMENT) as channel:
        request = api.GetTrialBalanceRequest(party_code=party)
        answer = await _Stub(channel).GetTrialBalance(request, timeout=CALL_SECONDS)
    invocation.output.document(answer)
    if not answer.balances:
        invocation.output.line("nothing is booked yet; closing a run books it")
        return
    # A party's own accounts need not come to zero: the other sides are the operator's.
    invocation.output.table("", BALANCE_COLUMNS, balance_rows(answer.balances, with_sums=not party))
    off = [] if party else sums_off(answer.balances)
    if off:
        raise CommandFailedError(
            f"the ledger is out by {', '.join(off)}; `tidemark ledger verify` says where"
        )


async def entries(
    invocation: Invocation,
    account: Annotated[
        str, typer.Option(help="Only entries that touch it: `partner-payable:music-house`, `bank`.")
    ] = "",
    after: Annotated[int, typer.Option(min=0, help="Number of the last entry that is not wanted.")] = 0,
) -> None:
    """Prints entries as they were booked, each with its postings. With --json one line each.

    They are printed as they arrive, however many there are.
    """
    request = api.StreamEntriesRequest(after_number=after, account_code=account)
    tables = EntryTables(invocation.output)
    async with invocation.channel(PARTNER_SETTLEMENT) as channel:
        async for answer in _Stub(channel).StreamEntries(request, timeout=_WALK_SECONDS):
            invocation.output.json_line(answer.entry)
            tables.add(answer.entry)
    tables.finish()


async def verify(invocation: Invocation) -> None:
    """Adds everything up anew: each entry, each account, each statement beside its postings.

    Exit code 1 where something differs, with each difference.
    """
    async with invocation.channel(PARTNER_SETTLEMENT) as channel:
        answer = await _Stub(channel).VerifyLedger(api.VerifyLedgerRequest(), timeout=_WALK_SECONDS)
    invocation.output.document(answer)
    for difference in answer.differences:
        invocation.output.line(difference)
    if answer.differences:
        raise CommandFailedError(
            f"the ledger does NOT add up: {len(answer.differences)} difference(s); "
            "pay nothing out of it, and restore a copy"
        )
    invocation.output.line(
        f"balanced: {answer.entries} entries, {answer.postings} postings, statements equal to what is booked"
    )
