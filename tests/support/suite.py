"""A suite whose services are stand-ins, for tests of the supervision itself."""

from __future__ import annotations

import sys


def stand_ins(charging: str = "healthy", catalog: str = "healthy") -> dict[str, tuple[str, ...]]:
    """Command lines for `Suite.start(commands=...)`; see `stand_in_service` for the manners."""
    program = (sys.executable, "-m", "tests.support.stand_in_service")
    return {"charging": (*program, "charging", charging), "catalog": (*program, "catalog", catalog)}
