"""A suite's folder: who may use it now, and what it says."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from services.cli.supervision import process as processes
from services.cli.supervision.outcomes import SuiteAddresses, SuiteError, SuiteRunningError
from services.cli.supervision.plan import (
    MEMBER_NAMES,
    SERVICES,
    MemberPlan,
    address_of,
    nats_url,
    plan_suite,
)
from services.cli.supervision.ports import metrics_port
from services.cli.supervision.state import StateUnreadableError, SuiteState, read_state
from services.common.runtime.nats_server import nats_command
from services.common.runtime.startup import StartupRefusedError


def nats_folder(data_dir: Path) -> Path:
    """Where nats-server keeps its configuration and its streams."""
    return data_dir / "nats"


def addresses_of(ports: Mapping[str, int]) -> SuiteAddresses:
    """Where the members are reached."""
    return SuiteAddresses(
        nats_url=nats_url(ports),
        services={name: address_of(ports, name) for name in SERVICES},
        metrics={name: address_of(ports, metrics_port(name)) for name in SERVICES},
    )


def plans_of(
    data_dir: Path, ports: Mapping[str, int], commands: Mapping[str, tuple[str, ...]]
) -> dict[str, MemberPlan]:
    """How to run each member, by name. Raises SuiteError where a program is missing."""
    try:
        command = nats_command(nats_folder(data_dir) / "nats.conf")
    except StartupRefusedError as error:
        raise SuiteError(str(error)) from error
    usual = {plan.name: plan for plan in plan_suite(data_dir, ports, command)}
    return {name: replace(plan, command=commands.get(name, plan.command)) for name, plan in usual.items()}


def state_of(data_dir: Path) -> SuiteState | None:
    """What the folder says; None where no suite was started. Raises SuiteError for an unreadable file."""
    try:
        return read_state(data_dir)
    except StateUnreadableError as error:
        raise SuiteError(str(error)) from error


def refuse_if_running(data_dir: Path) -> None:
    """Raises SuiteRunningError where any member of the folder's suite is alive."""
    state = state_of(data_dir)
    if state is None:
        return
    alive = [name for name, process_id in state.processes.items() if processes.is_alive(process_id)]
    if len(alive) == len(MEMBER_NAMES):
        raise SuiteRunningError(
            f"the suite of {data_dir} is running already; "
            "`tidemark status` shows it, `tidemark down` stops it"
        )
    if alive:
        raise SuiteRunningError(
            f"of the suite of {data_dir} only {', '.join(alive)} still runs; clear it with `tidemark down`"
        )


@contextlib.contextmanager
def exclusively(data_dir: Path) -> Iterator[None]:
    """One start or stop of a folder's suite at a time. Raises SuiteError where another is under way."""
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / "suite.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise SuiteError(
                f"the suite of {data_dir} is being started or stopped right now; try again in a moment"
            ) from error
        yield
