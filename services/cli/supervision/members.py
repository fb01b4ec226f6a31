"""The members of one suite as processes: started, found by the record, looked at, ended, collected."""

from __future__ import annotations

import contextlib
import subprocess
import threading
import time
from collections.abc import Mapping

from services.cli.supervision import process as processes
from services.cli.supervision.health import serves
from services.cli.supervision.outcomes import (
    MemberFailedError,
    MemberStatus,
    SuiteError,
    SuiteNotRunningError,
)
from services.cli.supervision.plan import MemberPlan
from services.cli.supervision.record import SuiteRecord
from services.cli.supervision.state import ProcessId

_POLL_SECONDS = 0.03


class Members:
    """Every member by name. What runs is the record's word, since another process may have restarted one."""

    def __init__(
        self, plans: Mapping[str, MemberPlan], record: SuiteRecord, environment: Mapping[str, str]
    ) -> None:
        self._plans = plans
        self._record = record
        self._environment = environment
        # Processes that this one started: a parent must collect them, or they stay as zombies.
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._log_offsets: dict[str, int] = {}

    def keep_previous_logs(self) -> None:
        """Moves the logs of the run before out of the way."""
        for plan in self._plans.values():
            processes.keep_previous_log(plan.log_file)

    def process_id(self, member: str) -> ProcessId:
        """The member's process. Raises SuiteNotRunningError where it was never started."""
        try:
            return self._record.processes()[member]
        except KeyError:
            raise SuiteNotRunningError(f"{member} was not started") from None

    def is_alive(self, member: str) -> bool:
        """True while the member's process runs, healthy or not."""
        process_id = self._record.processes().get(member)
        if process_id is None:
            return False
        child = self._children.get(member)
        if child is not None and child.pid == process_id.pid:
            return child.poll() is None
        return processes.is_alive(process_id)

    def status(self, member: str) -> MemberStatus:
        """The member as it is now."""
        plan = self._plans[member]
        state = "stopped"
        if self.is_alive(member):
            state = "healthy" if serves(plan, self.process_id(member).pid) else "unhealthy"
        process_id = self._record.processes().get(member)
        return MemberStatus(member, process_id.pid if process_id else 0, plan.address, state, plan.log_file)

    def failure(self, member: str, what: str) -> MemberFailedError:
        """An error about one member, with the last lines it wrote since it was started from here."""
        log_file = self._plans[member].log_file
        tail = processes.log_tail(log_file, from_offset=self._log_offsets.get(member, 0))
        return MemberFailedError(member, what, log_file, tail)

    def spawn(self, member: str) -> None:
        """Starts a member without waiting for it. Raises SuiteError where its program can't be run."""
        plan = self._plans[member]
        self._log_offsets[member] = processes.log_size(plan.log_file)
        try:
            child = processes.spawn(plan, self._environment)
        except OSError as error:
            raise SuiteError(f"{member} can't be started: {error}") from error
        self._children[member] = child
        started = processes.identify(child.pid) or ProcessId(child.pid, 0.0)
        self._record.note_process(member, started)

    def wait_healthy(self, member: str, deadline_seconds: float) -> None:
        """Returns once the member serves.

        Raises MemberFailedError as soon as its process ends, or at the deadline.
        """
        plan, pid = self._plans[member], self.process_id(member).pid
        deadline = time.monotonic() + deadline_seconds
        pause = threading.Event()
        while not serves(plan, pid):
            if not self.is_alive(member):
                raise self.failure(
                    member, f"ended at its start ({processes.exit_words(self._children.get(member))})"
                )
            if time.monotonic() >= deadline:
                raise self.failure(member, f"was not healthy after {deadline_seconds:g} s")
            pause.wait(_POLL_SECONDS)

    def terminate(self, member: str, grace_seconds: float) -> None:
        """Ends a member that runs: asked first, killed after the grace."""
        if self.is_alive(member):
            processes.terminate(self.process_id(member), grace_seconds)
        self.collect(member)

    def kill(self, member: str) -> None:
        """kill -9. Returns once it is gone. Raises SuiteNotRunningError where it was never started."""
        processes.kill(self.process_id(member))
        self.collect(member)

    def collect(self, member: str) -> None:
        """Lets go of a process that has ended, where this one started it."""
        child = self._children.get(member)
        if child is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(timeout=10)
