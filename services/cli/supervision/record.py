"""A suite's state as its file has it now: whoever restarts a member, in whatever process, writes it there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from services.cli.supervision.folder import state_of
from services.cli.supervision.state import Phase, ProcessId, SuiteState, remove_state, write_state


class SuiteRecord:
    """Reads and writes the state of one suite, and never that of a later one in the same folder."""

    def __init__(self, data_dir: Path, state: SuiteState) -> None:
        self._data_dir = data_dir
        self._last = state

    @property
    def ports(self) -> Mapping[str, int]:
        """Port by name; fixed for the life of the suite."""
        return self._last.ports

    def processes(self) -> Mapping[str, ProcessId]:
        """The members' processes by name, restarted ones included."""
        self._read()
        return self._last.processes

    def note_process(self, member: str, process: ProcessId) -> None:
        """Writes down a member's new process."""
        self._read()
        self._write(replace(self._last, processes={**self._last.processes, member: process}))

    def note_phase(self, phase: Phase) -> None:
        """Writes down that the suite runs, or is being stopped."""
        if self._read() or not self._last.processes:
            self._write(replace(self._last, phase=phase))

    def forget(self) -> None:
        """Removes the file, unless it is another suite's."""
        if self._read():
            remove_state(self._data_dir)

    def is_being_stopped(self) -> bool:
        """True where somebody stops the suite, or has stopped it."""
        return not self._read() or self._last.phase == "stopping"

    def _read(self) -> bool:
        """Takes the file's word. False where it is gone, or another suite's."""
        state = state_of(self._data_dir)
        if state is None or state.suite_id != self._last.suite_id:
            return False
        self._last = state
        return True

    def _write(self, state: SuiteState) -> None:
        self._last = state
        write_state(self._data_dir, state)
