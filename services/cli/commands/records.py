"""`tidemark records`: charged-usage records as files, and proof that none is missing."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from pathlib import Path
from typing import Annotated

import typer

from services.cli.commands.arguments import Partition
from services.cli.complaints import complain
from services.cli.failures import CommandFailedError
from services.cli.invocation import Invocation, command_group, register
from services.cli.records.export import BrokenChainError, Roll, UnreadableRecordError
from services.cli.records.folder import FolderInUseError
from services.cli.records.formats import FileFormat
from services.cli.records.give_way import LOWEST_PRIORITY, give_way
from services.cli.records.journal_feed import JournalFeed
from services.cli.records.manifest import Manifest, ManifestUnreadableError, read_manifest
from services.cli.records.pace import MINIMUM_RECORDS_PER_SECOND, Pace
from services.cli.records.run import Exported, ExportJob, StartUnknownError, export_partition
from services.cli.records.verify import Fault, faults_against_journal, faults_in
from services.cli.supervision.plan import CHARGING, nats_url
from services.cli.supervision.state import read_state
from services.common.runtime.bus import Bus
from services.common.runtime.following import FollowedRecord
from services.common.runtime.journal_source import GrpcJournalSource, JournalSource, SourceUnavailableError
from services.common.runtime.logs import configure_logs
from services.common.runtime.startup import SettingsError

_CONNECT_SECONDS = 3.0
# A walk over the whole chain takes as long as the journal is long.
_WALK_SECONDS = 600.0
_MEBIBYTE = 1024 * 1024

Out = Annotated[Path, typer.Option("--out", help="Folder for the files; made where it is not there.")]
Nats = Annotated[
    str,
    typer.Option(
        "--nats",
        help="Address of the bus (nats://host:port); `none` reads from charging alone. "
        "Otherwise that of the suite.",
        envvar="TIDEMARK_NATS_URL",
        show_default=False,
        rich_help_panel="Where to connect",
    ),
]


def add_to(app: typer.Typer) -> None:
    """Registers the group."""
    group = command_group(
        app,
        "records",
        "Export charged-usage records as CSV or Parquet, and verify the files.",
        "tidemark records export --out records --format parquet",
        "Work with it",
    )
    register(group, "export", "tidemark records export --out records --format csv --follow")(export)
    register(group, "verify", "tidemark records verify records --against-journal")(verify)


async def export(
    invocation: Invocation,
    out: Out,
    file_format: Annotated[FileFormat, typer.Option("--format", help="What to write.")] = FileFormat.CSV,
    partition: Partition = 0,
    after: Annotated[
        int | None, typer.Option(min=0, help="Begin after that journal record. Default: go on, or all.")
    ] = None,
    follow: Annotated[bool, typer.Option("--follow", help="Go on with what comes.")] = False,
    max_records: Annotated[int, typer.Option(min=0, help="Most journal records to export; 0: all.")] = 0,
    roll_mib: Annotated[int, typer.Option(min=1, help="A file is complete at about so many MiB.")] = 64,
    roll_seconds: Annotated[
        float, typer.Option(min=0.1, help="Or so many seconds after it was begun.")
    ] = 300.0,
    niceness: Annotated[
        int,
        typer.Option(
            "--nice",
            min=0,
            max=LOWEST_PRIORITY,
            envvar="TIDEMARK_RECORDS_NICE",
            help="How much it gives way to all else on this machine.",
        ),
    ] = LOWEST_PRIORITY,
    pace: Annotated[
        Pace,
        typer.Option(
            help="gentle: as fast as the free cores of this machine allow, and on a busy one at least "
            f"{MINIMUM_RECORDS_PER_SECOND} journal records a second. full: as fast as it can.",
            envvar="TIDEMARK_RECORDS_PACE",
        ),
    ] = Pace.GENTLE,
    nats: Nats = "",
) -> None:
    """Writes every charge, fee, refund and correction of a partition into files, each once.

    A second export goes on where the first ended, also where it was killed. Reads the bus, which costs
    charging nothing, and from charging only what the bus no longer has.
    """
    give_way(niceness)
    roll = Roll(roll_mib * _MEBIBYTE, roll_seconds)
    job = ExportJob(out, partition, file_format, after, follow, max_records, roll, pace)
    with _set_by_sigterm() as stop:
        exported = await _exported(invocation, job, nats, stop)
    invocation.output.document(
        {
            "partition": partition,
            "records": str(exported.records),
            "rows": str(exported.rows),
            "last_sequence": str(exported.last_sequence),
            "files": exported.files,
        }
    )
    invocation.output.line(
        f"{exported.rows} charged-usage records of {exported.records} journal records; "
        f"partition {partition} is exported up to record {exported.last_sequence}, in {exported.files} files"
    )


async def _exported(invocation: Invocation, job: ExportJob, nats: str, stop: asyncio.Event) -> Exported:
    async with invocation.channel(CHARGING) as channel, _bus(invocation, nats) as bus:
        source = GrpcJournalSource(channel, _WALK_SECONDS)
        try:
            return await export_partition(job, source, bus, stop, _tell)
        except (
            BrokenChainError,
            FolderInUseError,
            ManifestUnreadableError,
            StartUnknownError,
            UnreadableRecordError,
            ValueError,
        ) as error:
            raise CommandFailedError(str(error)) from error
        except SourceUnavailableError as error:
            raise _unreachable(error) from error


def _unreachable(error: SourceUnavailableError) -> CommandFailedError:
    return CommandFailedError(
        f"the journal cannot be read to its head: {error}; start charging, or say where it is with --charging"
    )


async def verify(
    invocation: Invocation,
    folder: Annotated[Path, typer.Argument(help="Folder that records were exported into.")],
    against_journal: Annotated[
        bool, typer.Option("--against-journal", help="Read the journal again and compare counts and sums.")
    ] = False,
) -> None:
    """Checks every file against the manifest, and the manifest for gaps."""
    partitions = _partitions_in(folder)
    faults = [fault for path, manifest in partitions for fault in faults_in(path, manifest)]
    if against_journal:
        async with invocation.channel(CHARGING) as channel:
            source = GrpcJournalSource(channel, _WALK_SECONDS)
            for path, manifest in partitions:
                faults += await _compared(path, manifest, source)
    invocation.output.document(
        {
            "intact": not faults,
            "faults": [str(fault) for fault in faults],
            "partitions": [_summary(manifest) for _, manifest in partitions],
        }
    )
    for fault in faults:
        complain(str(fault))
    if faults:
        raise CommandFailedError(f"{len(faults)} faults in {folder}; export anew into another folder")
    for _, manifest in partitions:
        invocation.output.line(_sentence(manifest, against_journal))


async def _compared(path: Path, manifest: Manifest, source: JournalSource) -> list[Fault]:
    feed = JournalFeed(manifest.partition, None, source, manifest.after_sequence)
    try:
        async with contextlib.aclosing(_one_by_one(feed)) as records:
            return [fault async for fault in faults_against_journal(path, manifest, records)]
    except SourceUnavailableError as error:
        raise _unreachable(error) from error


async def _one_by_one(feed: JournalFeed) -> AsyncGenerator[FollowedRecord, None]:
    async for piece in feed.to_the_head():
        for record in piece:
            yield record


def _partitions_in(folder: Path) -> list[tuple[Path, Manifest]]:
    try:
        found = [(path, read_manifest(path)) for path in sorted(folder.glob("partition-*"))]
    except ManifestUnreadableError as error:
        raise CommandFailedError(str(error)) from error
    partitions = [(path, manifest) for path, manifest in found if manifest is not None]
    if not partitions:
        raise CommandFailedError(f"nothing is exported in {folder}; `tidemark records export` does that")
    return partitions


def _summary(manifest: Manifest) -> dict[str, object]:
    return {
        "partition": manifest.partition,
        "format": manifest.file_format.value,
        "after_sequence": str(manifest.after_sequence),
        "last_sequence": str(manifest.last_sequence),
        "files": len(manifest.files),
        "rows": str(sum(file.rows for file in manifest.files)),
    }


def _sentence(manifest: Manifest, against_journal: bool) -> str:
    rows = sum(file.rows for file in manifest.files)
    return (
        f"partition {manifest.partition}: records {manifest.after_sequence + 1} to {manifest.last_sequence} "
        f"of the journal, {len(manifest.files)} files, {rows} rows, no gap"
        + (", as the journal has them" if against_journal else "")
    )


@contextlib.asynccontextmanager
async def _bus(invocation: Invocation, given: str) -> AsyncIterator[Bus | None]:
    """The bus, connected where it can be; None where nobody said where it is."""
    url = given or _suite_nats(invocation)
    if url in ("", "none"):
        yield None
        return
    try:
        bus = await Bus.open(url, "tidemark-records")
    except SettingsError as error:
        raise CommandFailedError(str(error)) from error
    # The bus logs; standard output is for the answer.
    configure_logs("records", level="warning")
    try:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_CONNECT_SECONDS):
                await bus.wait_connected()
        yield bus
    finally:
        await bus.close()


def _suite_nats(invocation: Invocation) -> str:
    """That of the suite in the data folder, unless charging is somewhere else."""
    state, given = read_state(invocation.target.data_dir), invocation.target.addresses.get(CHARGING)
    return nats_url(state.ports) if state is not None and not given else ""


def _tell(fault: str) -> None:
    if fault:
        complain(f"waiting: {fault}")


@contextlib.contextmanager
def _set_by_sigterm() -> Iterator[asyncio.Event]:
    """An event that SIGTERM sets: what runs for ever then ends in good order."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    try:
        yield stop
    finally:
        loop.remove_signal_handler(signal.SIGTERM)
