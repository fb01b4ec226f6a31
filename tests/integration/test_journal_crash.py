"""Story: the writer is killed with kill -9 while it appends; every record it acknowledged is there."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

from services.charging.adapters.sql_journal import SqlJournal
from services.charging.application.verify_journal import verify_journal
from tests.support.journal import PARTITION, open_charging_database, sqlite_url

ROUNDS = 6
SEED = 20260302


def acknowledged_until_killed(url: str, kill_after: int) -> list[tuple[int, str]]:
    """Runs a writer, kills it once it has acknowledged so many records, and returns all it acknowledged."""
    command = [sys.executable, "-m", "tests.support.appending_writer", url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as writer:
        assert writer.stdout is not None
        lines = [writer.stdout.readline() for _ in range(kill_after)]
        writer.kill()
        lines += writer.stdout.readlines()
    whole = [line.split() for line in lines if line.endswith("\n")]
    return [(int(sequence), digest) for sequence, digest in whole]


async def test_every_acknowledged_record_survives_a_kill_at_any_moment(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "charging.db")
    chance = random.Random(SEED)
    acknowledged: list[tuple[int, str]] = []
    for _ in range(ROUNDS):
        acknowledged += acknowledged_until_killed(url, chance.randrange(1, 60))

    database = open_charging_database(url)
    journal = SqlJournal(database)
    stored = {row.sequence: row.hash.hex() for row in await journal.read(PARTITION, 0, 100_000)}
    walk = await verify_journal(journal, PARTITION)
    await database.close()

    assert len(acknowledged) >= ROUNDS
    assert [pair for pair in acknowledged if stored.get(pair[0]) != pair[1]] == []
    assert (walk.fault, walk.records) == (None, len(stored))
