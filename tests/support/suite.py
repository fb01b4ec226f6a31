"""A suite with stand-ins: for tests of the supervision itself, and for what a story is not about."""

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
    return {service: _stand_in(service, manners.get(service, "healthy")) for service in SERVICES}


def without(*services: str) -> dict[str, tuple[str, ...]]:
    """Command lines for `Suite.start(commands=...)`: real services, but for these, which nobody will call.

    Half of the time that a suite takes to start is offers and partner settlement importing their libraries.
    """
    return {service: _stand_in(service, "healthy") for service in services}


def _stand_in(service: str, manner: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "tests.support.stand_in_service", service, manner)


def started_processes(data_dir: Path) -> dict[str, int]:
    """Process ids by member, as the folder's state file has them."""
    state = read_state(data_dir)
    return {} if state is None else {name: process.pid for name, process in state.processes.items()}


def runs(pid: int) -> bool:
    """True while a process of that id runs; a zombie does not."""
    return identify(pid) is not None
