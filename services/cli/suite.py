"""A local suite: nats-server and every service as separate processes on the loopback address.

`tidemark up`, the demo and the tests that kill services all use this one class. Its methods block;
from asyncio call them with `asyncio.to_thread`.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType

from services.cli.supervision import ports
from services.cli.supervision import process as processes
from services.cli.supervision.folder import (
    addresses_of,
    exclusively,
    nats_folder,
    plans_of,
    refuse_if_running,
    state_of,
)
from services.cli.supervision.members import Members
from services.cli.supervision.outcomes import (
    MemberFailedError,
    MemberStatus,
    SuiteAddresses,
    SuiteError,
    SuiteNotRunningError,
    SuiteRunningError,
)
from services.cli.supervision.plan import (
    CATALOG,
    CHARGING,
    MEMBER_NAMES,
    NATS,
    OFFERS,
    PARTNER_SETTLEMENT,
    SERVICES,
)
from services.cli.supervision.record import SuiteRecord
from services.cli.supervision.state import SuiteState
from services.cli.supervision.token_secret import make_token_secret
from services.common.runtime.nats_server import write_nats_configuration

__all__ = [
    "CATALOG",
    "CHARGING",
    "MEMBER_NAMES",
    "NATS",
    "OFFERS",
    "PARTNER_SETTLEMENT",
    "MemberFailedError",
    "MemberStatus",
    "Suite",
    "SuiteAddresses",
    "SuiteError",
    "SuiteNotRunningError",
    "SuiteRunningError",
]

START_DEADLINE_SECONDS = 60.0
STOP_GRACE_SECONDS = 20.0


def _say_nothing(_line: str) -> None:
    return


class Suite:
    """A running suite. Made by `start` or `attach`; as a context manager it is stopped at the end."""

    def __init__(
        self,
        data_dir: Path,
        state: SuiteState,
        environment: Mapping[str, str],
        replaced_ports: tuple[ports.ReplacedPort, ...] = (),
    ) -> None:
        self.data_dir = data_dir
        self.replaced_ports = replaced_ports
        self._record = SuiteRecord(data_dir, state)
        plans = plans_of(data_dir, state.ports, state.commands)
        self._members = Members(plans, self._record, environment)

    @classmethod
    def start(
        cls,
        data_dir: Path,
        *,
        port_base: int | None = None,
        deadline_seconds: float = START_DEADLINE_SECONDS,
        environment: Mapping[str, str] | None = None,
        commands: Mapping[str, tuple[str, ...]] | None = None,
        supervised: bool = False,
        on_progress: Callable[[str], None] = _say_nothing,
    ) -> Suite:
        """Starts every member and returns once all are healthy.

        `port_base` None: the preferred ports; 0: any free ones; else ports from there on. A busy
        port is replaced and listed in `replaced_ports`. `environment` (default: this process's)
        reaches every service, so a `TIDEMARK_CHARGING_*` setting in it takes effect.
        `commands` runs a member by another command line, a profiler's for instance.
        `supervised` says that this process stays to watch over the suite.

        Raises SuiteRunningError; MemberFailedError where one ended or was not healthy by the
        deadline, after everything started has been stopped again.
        """
        data_dir = data_dir.resolve()
        with exclusively(data_dir):
            refuse_if_running(data_dir)
            chosen = ports.choose(ports.wanted(port_base), ports.is_free, ports.random_candidates())
            supervisor = processes.this_process() if supervised else None
            state = SuiteState(uuid.uuid4().hex, "running", chosen.by_name, {}, supervisor, commands or {})
            inherited = dict(os.environ if environment is None else environment)
            suite = cls(data_dir, state, inherited, chosen.replaced)
            try:
                suite._start_all(deadline_seconds, on_progress)
            except BaseException:
                suite._stop_all(STOP_GRACE_SECONDS, _say_nothing)
                raise
        return suite

    @classmethod
    def attach(cls, data_dir: Path) -> Suite:
        """The suite that runs from a folder, whoever started it. Raises SuiteNotRunningError."""
        data_dir = data_dir.resolve()
        state = state_of(data_dir)
        if state is None or not any(map(processes.is_alive, state.processes.values())):
            raise SuiteNotRunningError(f"no suite runs from {data_dir}; start one with `tidemark up`")
        return cls(data_dir, state, dict(os.environ))

    @property
    def addresses(self) -> SuiteAddresses:
        """Where the members are reached."""
        return addresses_of(self._record.ports)

    def status(self) -> list[MemberStatus]:
        """Each member as it is now, in the order of their start."""
        return [self._members.status(name) for name in MEMBER_NAMES]

    def pid(self, member: str) -> int:
        """Process id of a member. Raises SuiteNotRunningError where it was never started."""
        return self._members.process_id(member).pid

    def is_alive(self, member: str) -> bool:
        """True while the member's process runs, healthy or not."""
        return self._members.is_alive(member)

    def dead_member(self) -> str | None:
        """The first member whose process has ended; None while all run."""
        return next((name for name in MEMBER_NAMES if not self.is_alive(name)), None)

    def failure(self, member: str, what: str) -> MemberFailedError:
        """An error about one member, with the last lines it wrote since it was started from here."""
        return self._members.failure(member, what)

    def being_stopped_elsewhere(self) -> bool:
        """True where another process (`tidemark down`) stops or has stopped this suite."""
        return self._record.is_being_stopped()

    def kill(self, member: str) -> None:
        """kill -9, as a crash would: nothing is flushed, nothing drained. Returns once it is gone."""
        self._members.kill(member)

    def launch(self, member: str) -> None:
        """Starts a member that is down, on its old port, without waiting for it.

        Raises SuiteError where it is up, SuiteNotRunningError where the suite was stopped.
        """
        self._refuse_if_stopped()
        if self.is_alive(member):
            raise SuiteError(f"{member} runs already")
        self._members.spawn(member)

    def restart(self, member: str, deadline_seconds: float = START_DEADLINE_SECONDS) -> None:
        """Stops a member cleanly if it is up, starts it on its old port, waits until it is healthy.

        Raises MemberFailedError, SuiteNotRunningError where the suite was stopped.
        """
        self._refuse_if_stopped()
        self._members.terminate(member, STOP_GRACE_SECONDS)
        self._members.spawn(member)
        self.wait_healthy(member, deadline_seconds)

    def wait_healthy(self, member: str, deadline_seconds: float = START_DEADLINE_SECONDS) -> None:
        """Returns once the member serves.

        Raises MemberFailedError as soon as its process ends, or at the deadline.
        """
        self._members.wait_healthy(member, deadline_seconds)

    def stop(
        self,
        grace_seconds: float = STOP_GRACE_SECONDS,
        on_progress: Callable[[str], None] = _say_nothing,
    ) -> None:
        """Takes every member down, the last started first, and forgets the suite.

        A member that does not end within the grace is killed. Stopping twice is no error.
        """
        with exclusively(self.data_dir):
            self._stop_all(grace_seconds, on_progress)

    def __enter__(self) -> Suite:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _start_all(self, deadline_seconds: float, on_progress: Callable[[str], None]) -> None:
        self._members.keep_previous_logs()
        write_nats_configuration(nats_folder(self.data_dir), self._record.ports[NATS])
        on_progress("starting nats")
        self._members.spawn(NATS)
        self.wait_healthy(NATS, deadline_seconds)
        make_token_secret(self.data_dir)
        for name in SERVICES:
            self._members.spawn(name)
        for name in SERVICES:
            on_progress(f"waiting for {name}")
            self.wait_healthy(name, deadline_seconds)

    def _stop_all(self, grace_seconds: float, on_progress: Callable[[str], None]) -> None:
        self._record.note_phase("stopping")
        try:
            self._stop_members(grace_seconds, on_progress)
        except BaseException:
            # Interrupted once more: at once then, but no process is left behind.
            self._stop_members(0, _say_nothing)
            raise
        finally:
            self._record.forget()

    def _stop_members(self, grace_seconds: float, on_progress: Callable[[str], None]) -> None:
        for name in reversed(MEMBER_NAMES):
            if self.is_alive(name):
                on_progress(f"stopping {name}")
            self._members.terminate(name, grace_seconds)

    def _refuse_if_stopped(self) -> None:
        if self._record.is_being_stopped():
            raise SuiteNotRunningError(f"the suite of {self.data_dir} was stopped")
