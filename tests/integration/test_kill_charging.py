"""kill -9 of charging at random moments, again and again: nothing lost, nothing twice.

Two plays in `make test`, whose totals must be the same; as many as you like with `make kills`.
"""

from __future__ import annotations

import os
import random
import sys
from pathlib import Path

import pytest

from tests.support.played import DEMO_SECONDS, demo, processes_of

PLAYS = int(os.environ.get("TIDEMARK_KILL_PLAYS", "2"))
KILLS_EACH = 4


def seeds() -> list[int]:
    """Fresh ones, unless TIDEMARK_KILL_SEED asks for the moments of an earlier run."""
    given = os.environ.get("TIDEMARK_KILL_SEED")
    draw = random.Random(int(given)) if given else random.SystemRandom()
    return [draw.randrange(2**32) for _ in range(PLAYS)]


@pytest.mark.timeout((DEMO_SECONDS + 10) * PLAYS)
async def test_charging_killed_in_the_middle_loses_no_charge_and_makes_none_twice(tmp_path: Path) -> None:
    outcomes = []
    for seed in seeds():
        sys.stdout.write(f"killing charging {KILLS_EACH} times, --seed {seed}\n")
        finished = await demo(tmp_path, "--kill-charging", str(KILLS_EACH), "--seed", str(seed))
        assert finished.exit_code == 0, f"seed {seed}: {finished.errors} {finished.output}"
        document = finished.document
        assert document["charging_killed"] == KILLS_EACH
        assert document["differences"] == 0
        assert document["events_published"] == document["journal_records"]
        assert document["second_play"]["unchanged"] is True
        outcomes.append((document["charges"], document["totals"]))
    assert all(outcome == outcomes[0] for outcome in outcomes)
    assert processes_of(tmp_path) == []
