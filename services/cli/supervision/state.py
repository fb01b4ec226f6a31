"""The file `suite.json`: what runs, where, and since when."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

STATE_FILE = "suite.json"
_FORMAT = 3

Phase = Literal["running", "stopping"]


@dataclass(frozen=True, slots=True)
class ProcessId:
    """A process for good: the pid alone may be another's tomorrow, with its start time it is not.

    `started_at_seconds` is the operating system's figure, since the epoch.
    """

    pid: int
    started_at_seconds: float


@dataclass(frozen=True, slots=True)
class SuiteState:
    """What `tidemark down` and every other command need to know of a running suite.

    `suite_id` tells it from an earlier or later one in the same folder. `ports` is by the names of
    `ports.PREFERRED_PORTS`, `processes` by member name in the order of their start; `commands` holds
    command lines that differ from the usual. `supervisor` is the process that watches over them in
    the foreground, if any.
    """

    suite_id: str
    phase: Phase
    ports: Mapping[str, int]
    processes: Mapping[str, ProcessId]
    supervisor: ProcessId | None = None
    commands: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class StateUnreadableError(Exception):
    """The state file exists and is not one of ours."""


def read_state(data_dir: Path) -> SuiteState | None:
    """The state of the suite of that folder; None where none was started.

    Raises StateUnreadableError, whose message says what to do.
    """
    path = data_dir / STATE_FILE
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return _from_document(document)
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StateUnreadableError(
            f"{path} is not a state file of this version; stop its processes and remove the file"
        ) from error


def write_state(data_dir: Path, state: SuiteState) -> None:
    """Replaces the state file as a whole: a reader sees the old one or the new one."""
    path = data_dir / STATE_FILE
    fresh = path.with_suffix(".json.new")
    fresh.write_text(json.dumps(_to_document(state), indent=2) + "\n", encoding="utf-8")
    fresh.replace(path)


def remove_state(data_dir: Path) -> None:
    """Forgets the suite of that folder."""
    (data_dir / STATE_FILE).unlink(missing_ok=True)


def _to_document(state: SuiteState) -> dict[str, Any]:
    return {"format": _FORMAT, **asdict(state)}


def _from_document(document: dict[str, Any]) -> SuiteState:
    if document["format"] != _FORMAT or document["phase"] not in ("running", "stopping"):
        raise ValueError("another format")
    supervisor = document["supervisor"]
    return SuiteState(
        suite_id=str(document["suite_id"]),
        phase=document["phase"],
        ports={str(name): int(port) for name, port in document["ports"].items()},
        processes={str(name): _process_id(entry) for name, entry in document["processes"].items()},
        supervisor=None if supervisor is None else _process_id(supervisor),
        commands={str(name): tuple(map(str, words)) for name, words in document["commands"].items()},
    )


def _process_id(entry: dict[str, Any]) -> ProcessId:
    return ProcessId(pid=int(entry["pid"]), started_at_seconds=float(entry["started_at_seconds"]))
