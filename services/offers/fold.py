"""Folds charging's journal into profiles offline. `python -m services.offers.fold --out profiles.parquet`.

It reads the journal from its first record and goes through the same functions as the service, so that what
models are trained with is what they are asked with. Nothing is stored but the file.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from pathlib import Path

from tidemark.charging.v1 import journal_pb2

from services.common.kernel.clock import Instant, instant
from services.common.runtime.following import FollowedRecord
from services.common.runtime.grpc_client import connect, peer_tls
from services.common.runtime.journal_source import GrpcJournalSource, JournalSource, SourceUnavailableError
from services.common.runtime.settings import read_settings
from services.common.runtime.startup import StartupRefusedError
from services.offers.adapters.profiles.offline import OfflineFold, write_profiles
from services.offers.settings import OffersSettings

_AT_ONCE = 500
_EXIT_FAILED = 3


async def fold_journal(source: JournalSource, partition: int) -> tuple[OfflineFold, Instant]:
    """Folds a partition up to its head; with the instant of its last record.

    Raises SourceUnavailableError where the journal does not go on.
    """
    fold, last = OfflineFold(), b""
    async for records in _portions(source, partition):
        fold.fold(records)
        last = records[-1].payload
    recorded_at = journal_pb2.JournalRecord.FromString(last).recorded_at
    return fold, Instant(recorded_at.seconds * 1_000_000 + recorded_at.nanos // 1_000)


async def _portions(source: JournalSource, partition: int) -> AsyncIterator[Sequence[FollowedRecord]]:
    position, is_whole = 0, False
    while not is_whole:
        portion: list[FollowedRecord] = []
        begun = position
        try:
            async with contextlib.aclosing(source.read(partition, position)) as records:
                async for record in records:
                    portion.append(record)
                    if len(portion) == _AT_ONCE:
                        position = record.sequence
                        yield portion
                        portion = []
            is_whole = True
        except SourceUnavailableError:
            # One call reads for a minute at most: what did come is good, and the next goes on from there.
            if position == begun and not portion:
                raise
        if portion:
            position = portion[-1].sequence
            yield portion


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0 where the file was written, 2 for wrong settings, 3 where it could not be."""
    given = _arguments().parse_args(arguments)
    try:
        settings = read_settings(OffersSettings)
        profiles, sequence = asyncio.run(_run(given, settings))
    except StartupRefusedError as refusal:
        return _failed(str(refusal), refusal.exit_code)
    except (SourceUnavailableError, OSError, ValueError) as error:
        return _failed(str(error), _EXIT_FAILED)
    sys.stdout.write(f"{profiles} profiles of {sequence} records in {given.out}\n")
    return 0


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m services.offers.fold", description="Folds charging's journal into profiles, offline."
    )
    parser.add_argument("--journal", default="", help="host:port of charging; otherwise as the service's")
    parser.add_argument("--partition", type=int, default=0, help="of the journal")
    parser.add_argument(
        "--at", type=_moment, help="ISO 8601: windows as of then; otherwise of the last record"
    )
    parser.add_argument("--out", type=Path, required=True, help="the Parquet file to write")
    return parser


def _moment(text: str) -> Instant:
    return instant(datetime.fromisoformat(text))


async def _run(given: argparse.Namespace, settings: OffersSettings) -> tuple[int, int]:
    channel = connect(given.journal or settings.charging_address, peer_tls(settings))
    try:
        fold, last_at = await fold_journal(GrpcJournalSource(channel), given.partition)
    finally:
        await channel.close(None)
    write_profiles(given.out, fold.profiles, given.at or last_at)
    return len(fold.profiles), fold.sequence


def _failed(reason: str, code: int) -> int:
    sys.stderr.write(f"fold: {reason}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
