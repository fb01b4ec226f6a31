"""A suite whose services are stand-ins, for tests of the supervision itself."""

from __future__ import annotations

import sys
from pathlib import Path

from services.cli.supervision.plan import SERVICES
from services.cli.supervision.process import identify
from services.cli.supervision.state import read_state


def stand_ins(**manners: str) -> dict[str, tuple[str, ...]]:
    """Command lines for `Suite.start(commands=...)`: each service healthy, or in the manner given for it.

    See `stand_in_service` for the manners.
    """
    program = (sys.executable, "-m", "tests.support.stand_in_service")
    return {service: (*program, service, manners.get(service, "healthy")) for service in SERVICES}


def started_processes(data_dir: Path) -> dict[str, int]:
    """Process ids by member, as the folder's state file has them."""
    state = read_state(data_dir)
    return {} if state is None else {name: process.pid for name, process in state.processes.items()}


def runs(pid: int) -> bool:
    """True while a process of that id runs; a zombie does not."""
    return identify(pid) is not None
