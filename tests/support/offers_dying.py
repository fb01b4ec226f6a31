"""Offers by a story's clock, which ends as by a power cut at a chosen step: a process of its own.

`python -m tests.support.offers_dying MICROSECONDS_AHEAD [STEP]`, with settings as the service has them.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Sequence

import pytest

from services.common.kernel.clock import Instant
from services.offers import composition
from services.offers import main as offers_main
from services.offers.adapters.effects.charging_gateway import ChargingGateway
from services.offers.adapters.places.happenings import ChargedUsage
from services.offers.application.pushing import Waiting
from services.offers.domain.acceptance import Answer, ChargingRefusal, Given
from tests.support.offers_clock import one_clock

GIVEN = "given"
"""Charging has given what was accepted; its answer is not stored yet."""
LOOKING = "looking"
"""Usage waits for a look at what it raises; nobody has looked yet."""


class _DiesOnceGiven(ChargingGateway):
    async def give(self, answer: Answer) -> Given | ChargingRefusal:
        await super().give(answer)
        raise _end()


class _DiesLooking(ChargedUsage):
    async def take(self, limit: int) -> Sequence[Waiting]:
        waiting = await super().take(limit)
        if waiting:
            raise _end()
        return waiting


def _end() -> BaseException:
    os.kill(os.getpid(), signal.SIGKILL)
    return AssertionError("nobody survives that")


def _main(ahead: int, step: str) -> int:
    patch = pytest.MonkeyPatch()
    one_clock(patch, Instant(time.time_ns() // 1_000 + ahead))
    if step == GIVEN:
        patch.setattr(composition, "ChargingGateway", _DiesOnceGiven)
    if step == LOOKING:
        patch.setattr(composition, "ChargedUsage", _DiesLooking)
    return offers_main.main()


if __name__ == "__main__":
    sys.exit(_main(int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else ""))
