"""Measures the suite: starts it afresh in var/bench, loads it, audits every cent, takes it down.

`--only doors` leaves out all but the two front doors, `--only export` all but what an export of records
costs, `--only offers` all but offers, `--only notification` all but notification; `--turns` says how often
loads take turns.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import grpc
import uvloop
from rich.console import Console

from benchmarks.element import WrongAnswerError
from benchmarks.exporting import ExporterFailedError
from benchmarks.figures import append_results
from benchmarks.front_doors import DOORS, LEVELS, DoorsPace, measure_front_doors
from benchmarks.h2_load import CallFailedError
from benchmarks.learning import measure_learning
from benchmarks.notifying import NOTIFYING_FAILED, NotifyingPace, measure_notifying
from benchmarks.offers import OffersFailedError, measure_offers
from benchmarks.outcome import Outcome
from benchmarks.places import measure_places
from benchmarks.profiles import ProfilesFailedError, measure_profiles
from benchmarks.report import machine_line, print_load_table, print_other_figures
from benchmarks.run import IN_FLIGHT, Pace, measure, measure_export_only, measure_freshness_only
from benchmarks.settlement import SettlementFailedError, measure_settlement
from services.cli.suite import Suite, SuiteError, SuiteNotRunningError

FOLDER = Path("var/bench")
RESULTS = FOLDER / "results.jsonl"
_QUIET_CORES = 0.15
_EXIT_AUDIT = 1
_EXIT_FAILED = 3


def main() -> int:
    """Exit code 0 where the audit finds nothing, 1 where it does, 3 where the run could not be made."""
    wanted = _wanted()
    console, only = Console(), wanted.only
    run_at, begun = datetime.now(UTC), time.monotonic()
    try:
        outcome = _run(console, only, Pace(turns=wanted.turns))
    except (
        SuiteError,
        WrongAnswerError,
        CallFailedError,
        ExporterFailedError,
        SettlementFailedError,
        OffersFailedError,
        ProfilesFailedError,
        *NOTIFYING_FAILED,
    ) as error:
        return _failed(str(error))
    except TimeoutError:
        return _failed(f"one service did not hear of another's work in time; see the logs in {FOLDER}")
    except grpc.aio.AioRpcError as error:
        return _failed(f"a call failed: {error.code().name} {error.details()}")
    append_results(RESULTS, outcome.figures, run_at)
    if only in {"", "doors"}:
        print_load_table(console, outcome.figures, DOORS, LEVELS)
    _show(console, outcome)
    console.print(machine_line(), highlight=False)
    console.print(f"{len(outcome.figures)} figures in {RESULTS}, after {time.monotonic() - begun:.0f} s")
    return _EXIT_AUDIT if outcome.faults else 0


def _wanted() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m benchmarks", description="Measures the suite.")
    parser.add_argument(
        "--only", choices=["doors", "export", "offers", "notification"], default="", help="measure that alone"
    )
    parser.add_argument("--turns", type=int, default=Pace().turns, help="how often loads take turns")
    return parser.parse_args()


def _run(console: Console, only: str, pace: Pace) -> Outcome:
    def tell(step: str) -> None:
        console.print(f"== {step}")

    if only == "doors":
        return measure_front_doors(FOLDER / "doors", DoorsPace(turns=pace.turns), tell)
    if only == "notification":
        return Outcome(measure_notifying(FOLDER / "notification", NotifyingPace(), tell))
    with Suite.start(_fresh_folder(), port_base=0) as suite:
        if only == "export":
            return uvloop.run(measure_export_only(suite, pace, tell))
        if only == "offers":
            outcome = uvloop.run(measure_freshness_only(suite, tell))
        else:
            outcome = uvloop.run(measure(suite, IN_FLIGHT, pace, tell))
    if only != "offers":
        tell("a million usage records accrued")
        outcome.figures += measure_settlement(FOLDER / "settlement")
    tell("two hundred recommendations a second")
    outcome.figures += measure_offers(FOLDER / "offers")
    tell("a million profiles")
    outcome.figures += measure_profiles(FOLDER / "profiles")
    tell("models and ten thousand fences")
    outcome.figures += [*measure_learning(), *measure_places()]
    if not only:
        doors = measure_front_doors(FOLDER / "doors", DoorsPace(turns=pace.turns), tell)
        outcome.figures += doors.figures
        outcome.faults += doors.faults
        outcome.figures += measure_notifying(FOLDER / "notification", NotifyingPace(), tell)
    return outcome


def _fresh_folder() -> Path:
    """An empty folder for the suite; figures of earlier runs lie beside it and stay. Raises SuiteError."""
    folder = FOLDER / "suite"
    try:
        Suite.attach(folder)
    except SuiteNotRunningError:
        shutil.rmtree(folder, ignore_errors=True)
        return folder
    raise SuiteError(f"another measurement runs in {folder}; wait for it, or end it with `tidemark down`")


def _show(console: Console, outcome: Outcome) -> None:
    print_other_figures(console, [f for f in outcome.figures if not f.name.rpartition(".")[2].isdigit()])
    others = max((f.value for f in outcome.figures if f.name.endswith(".other_cores")), default=0.0)
    if others > _QUIET_CORES:
        console.print(
            f"the machine was not quiet ({others:.1f} cores of other work): do not keep these rates"
        )
    for fault in outcome.faults:
        print(f"audit: {fault}", file=sys.stderr)


def _failed(reason: str) -> int:
    print(f"bench: {reason}", file=sys.stderr)
    return _EXIT_FAILED


if __name__ == "__main__":
    sys.exit(main())
