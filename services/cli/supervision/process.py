"""One process of a suite: started apart from the terminal, found again by pid and start time, ended."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from services.cli.supervision.plan import MemberPlan
from services.cli.supervision.state import ProcessId

_POLL_SECONDS = 0.05


def spawn(plan: MemberPlan, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Starts a member in a session of its own, so that a Ctrl-C meant for us does not reach it.

    Its output is appended to the plan's log file. Raises OSError where the program can't be run.
    """
    plan.log_file.parent.mkdir(parents=True, exist_ok=True)
    if plan.ready_file is not None:
        plan.ready_file.parent.mkdir(parents=True, exist_ok=True)
        plan.ready_file.unlink(missing_ok=True)
    with plan.log_file.open("ab") as log:
        return subprocess.Popen(  # noqa: S603 - the command is the plan's own
            plan.command,
            env={**plan.defaults, **environment, **plan.environment},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def identify(pid: int) -> ProcessId | None:
    """Pid and start time of a live process; None where there is none (a zombie is none)."""
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return ProcessId(pid, process.create_time())
    except psutil.Error:
        return None


def this_process() -> ProcessId:
    """The process that asks."""
    return ProcessId(os.getpid(), psutil.Process().create_time())


def is_alive(process_id: ProcessId) -> bool:
    """True while that very process runs: a pid given to another since then does not count."""
    found = identify(process_id.pid)
    # The start time is derived from the clock, which may have been set since; a pid does not come
    # round again within that margin.
    return found is not None and abs(found.started_at_seconds - process_id.started_at_seconds) < 2


def terminate(process_id: ProcessId, grace_seconds: float) -> bool:
    """Asks a process to end, waits, then kills it and what it left behind.

    Returns False where it had to be killed. A process that is gone, or whose pid is another's by
    now, is left alone.
    """
    if not is_alive(process_id):
        return True
    try:
        leader = psutil.Process(process_id.pid)
        family = [leader, *leader.children(recursive=True)]
        leader.terminate()
    except psutil.NoSuchProcess:
        return True
    willing = _gone([leader], grace_seconds)
    _kill_all(family)
    return willing


def kill(process_id: ProcessId) -> None:
    """Ends a process at once, as a power cut would (SIGKILL), with its children. Waits until it is gone."""
    if not is_alive(process_id):
        return
    with contextlib.suppress(psutil.NoSuchProcess):
        leader = psutil.Process(process_id.pid)
        _kill_all([leader, *leader.children(recursive=True)])


def _kill_all(processes: Sequence[psutil.Process]) -> None:
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()  # psutil looks whether the pid is still that process's
    _gone(processes, 10)


def _gone(processes: Sequence[psutil.Process], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    # One that is not our child, and whose parent does not collect it, stays a zombie; it runs no more.
    while alive := [process for process in processes if process.is_running() and not _is_zombie(process)]:
        if time.monotonic() >= deadline:
            return False
        psutil.wait_procs(alive, timeout=_POLL_SECONDS)
    return True


def _is_zombie(process: psutil.Process) -> bool:
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.Error:
        return True


def exit_words(child: subprocess.Popen[bytes] | None) -> str:
    """How a child process ended: `exit code 1`, `signal 9`; `it is gone` where nobody here can know."""
    code = None if child is None else child.poll()
    if code is None:
        return "it is gone"
    return f"signal {-code}" if code < 0 else f"exit code {code}"


def log_tail(log_file: Path, lines: int = 12, from_offset: int = 0) -> tuple[str, ...]:
    """The last lines a member wrote, after an offset in octets; empty where it wrote nothing."""
    try:
        with log_file.open("rb") as log:
            end = log.seek(0, os.SEEK_END)
            log.seek(max(from_offset, end - 64 * 1024))
            text = log.read().decode("utf-8", errors="replace")
    except OSError:
        return ()
    return tuple(line.rstrip() for line in text.splitlines() if line.strip())[-lines:]


def log_size(log_file: Path) -> int:
    """Octets written to a log so far."""
    return log_file.stat().st_size if log_file.exists() else 0


def keep_previous_log(log_file: Path) -> None:
    """Moves the log of the run before out of the way, to `<name>.log.1`."""
    if log_file.exists():
        log_file.replace(log_file.with_name(f"{log_file.name}.1"))
