"""`tidemark journal`: where the journal stands, whether it is intact, what is in it."""

from __future__ import annotations

from typing import Annotated

import typer
from tidemark.charging.v1 import journal_api_pb2 as api
from tidemark.charging.v1 import journal_api_pb2_grpc

from services.cli.commands.arguments import Partition
from services.cli.failures import CommandFailedError
from services.cli.invocation import CALL_SECONDS, Invocation, command_group, register
from services.cli.journal_lines import RECORD_COLUMNS, record_document, record_row
from services.cli.rendering import show_time
from services.cli.supervision.plan import CHARGING

# A walk over the whole chain takes as long as the journal is long.
_WALK_SECONDS = 600.0

After = Annotated[int, typer.Option(min=0, help="Sequence of the last record that is not wanted.")]


def add_to(app: typer.Typer) -> None:
    """Registers the group."""
    group = command_group(
        app,
        "journal",
        "Look at the charging journal, verify it, publish it again.",
        "tidemark journal verify",
        "Work with it",
    )
    register(group, "status", "tidemark journal status")(status)
    register(group, "verify", "tidemark journal verify")(verify)
    register(group, "rewind", "tidemark journal rewind --after 100")(rewind)
    register(group, "read", "tidemark journal read --after 100 --limit 20")(read)


async def status(invocation: Invocation, partition: Partition = 0) -> None:
    """Shows the head of the journal, how far the bus has it, and the state's digest."""
    async with invocation.channel(CHARGING) as channel:
        answer = await journal_api_pb2_grpc.JournalServiceStub(channel).GetJournalStatus(
            api.GetJournalStatusRequest(partition=partition), timeout=CALL_SECONDS
        )
    invocation.output.document(answer)
    invocation.output.table(f"partition {answer.partition}", ("", ""), _status_rows(answer))


def _status_rows(answer: api.GetJournalStatusResponse) -> list[tuple[str, str]]:
    state = api.PartitionState.Name(answer.state).removeprefix("PARTITION_STATE_").lower()
    behind = max(0, answer.head_sequence - answer.relayed_sequence)
    return [
        ("state", f"{state} {answer.detail}".rstrip()),
        ("epoch", str(answer.epoch)),
        ("last record", f"{answer.head_sequence} of {show_time(answer.head_recorded_at)}"),
        ("its hash", answer.head_hash.hex()),
        ("last on the bus", f"{answer.relayed_sequence}" + (f" ({behind} behind)" if behind else "")),
        ("last snapshot", str(answer.snapshot_sequence)),
        ("accounts", str(answer.accounts)),
        ("open sessions", str(answer.open_sessions)),
        ("state digest", answer.state_digest.hex()),
    ]


async def verify(invocation: Invocation, partition: Partition = 0) -> None:
    """Walks the hash chain from the first record.

    Exit code 1 where a record is lost or changed, with the first one at fault.
    """
    async with invocation.channel(CHARGING) as channel:
        answer = await journal_api_pb2_grpc.JournalServiceStub(channel).VerifyJournal(
            api.VerifyJournalRequest(partition=partition), timeout=_WALK_SECONDS
        )
    invocation.output.document(answer)
    if not answer.intact:
        raise CommandFailedError(
            f"the journal is NOT intact at record {answer.fault_sequence}: {answer.detail}; "
            "stop writing to it and restore a copy"
        )
    invocation.output.line(f"intact: {answer.records} records, each follows the one before it")


async def rewind(invocation: Invocation, after: After, partition: Partition = 0) -> None:
    """Sets the relay back: every later record is published on the bus again.

    Consumers see those records twice and do them once.
    """
    async with invocation.channel(CHARGING) as channel:
        answer = await journal_api_pb2_grpc.JournalServiceStub(channel).RewindRelay(
            api.RewindRelayRequest(partition=partition, after_sequence=after), timeout=CALL_SECONDS
        )
    invocation.output.document(answer)
    invocation.output.line(f"the relay goes on after record {answer.relayed_sequence}")


async def read(
    invocation: Invocation,
    after: After = 0,
    limit: Annotated[int, typer.Option(min=0, help="Most records to read; 0: up to the head.")] = 0,
    partition: Partition = 0,
) -> None:
    """Prints records in order. With --json one line each, decoded."""
    request = api.ReadJournalRequest(partition=partition, after_sequence=after, maximum_records=limit)
    rows = []
    async with invocation.channel(CHARGING) as channel:
        stub = journal_api_pb2_grpc.JournalServiceStub(channel)
        async for answer in stub.ReadJournal(request, timeout=_WALK_SECONDS):
            if invocation.output.as_json:
                invocation.output.json_line(record_document(answer))
            else:
                rows.append(record_row(answer))
    invocation.output.table("", RECORD_COLUMNS, rows)
