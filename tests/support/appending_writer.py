"""A process that takes a journal over and appends for ever, saying each sequence once it is acknowledged.

Run: python -m tests.support.appending_writer DATABASE_URL
"""

from __future__ import annotations

import asyncio
import os
import sys

from services.charging.adapters.sql_journal import SqlJournal
from services.common.runtime.logs import configure_logs
from tests.support.journal import PARTITION, following, open_charging_database, opening


async def append_for_ever(url: str) -> None:
    """Writes `sequence hash` lines to standard output, each after its commit."""
    journal = SqlJournal(open_charging_database(url))
    row = await journal.take_over(PARTITION, "writer", opening("writer"))
    while True:
        os.write(sys.stdout.fileno(), b"%d %s\n" % (row.sequence, row.hash.hex().encode()))
        row = following(row, "x" * (row.sequence % 4000))
        await journal.append(row)


if __name__ == "__main__":
    configure_logs("appending-writer")
    asyncio.run(append_for_ever(sys.argv[1]))
