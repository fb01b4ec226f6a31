"""`tidemark up`, `down`, `status`: the suite on this machine."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from services.cli.invocation import Invocation, register
from services.cli.output import Output
from services.cli.suite import Suite, SuiteNotRunningError
from services.cli.supervision.ports import metrics_port
from services.cli.supervision.state import remove_state

_PANEL = "Run a suite"
_LOOK_SECONDS = 0.2


class _TerminatedError(Exception):
    """SIGTERM or SIGHUP: stop cleanly and leave."""


def add_to(app: typer.Typer) -> None:
    """Registers the commands."""
    register(app, "up", "tidemark up --detach", panel=_PANEL, connects=False)(up)
    register(app, "status", "tidemark status --json", panel=_PANEL, connects=False)(status)
    register(app, "down", "tidemark down", panel=_PANEL, connects=False)(down)


def up(
    invocation: Invocation,
    detach: Annotated[
        bool, typer.Option("--detach", "-d", help="Return once healthy; `tidemark down` stops it.")
    ] = False,
    port_base: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=65_000,
            help="Take ports from here on; 0: any free ones. Default: 4222, 7610 to 7651.",
        ),
    ] = None,
) -> None:
    """Starts nats-server and every service, each as its own process.

    Waits until all are healthy, shows where they are, then watches over them until Ctrl-C takes
    everything down again in reverse order. When one of them dies, its last log lines are shown and
    the others are taken down (exit code 1).
    """
    output = invocation.output
    with _termination_raises():
        suite = Suite.start(
            invocation.target.data_dir,
            port_base=port_base,
            supervised=not detach,
            on_progress=lambda text: output.line(f"  {text} ..."),
        )
        if detach:
            _show_started(suite, output, "It runs in the background; `tidemark down` stops it.")
            return
        _watch_over(suite, output)


def status(invocation: Invocation) -> None:
    """Shows each process of the suite: pid, address, state, log.

    Exit code 1 where one is not healthy, or none runs.
    """
    suite = Suite.attach(invocation.target.data_dir)
    _show(suite, invocation.output)
    if any(member.state != "healthy" for member in suite.status()):
        raise typer.Exit(1)


def down(invocation: Invocation) -> None:
    """Stops the suite, the last started first. What it has stored stays in its folder."""
    output = invocation.output
    try:
        suite = Suite.attach(invocation.target.data_dir)
    except SuiteNotRunningError as error:
        remove_state(invocation.target.data_dir)
        output.line(f"nothing to stop: {error}")
        output.document({"stopped": False})
        return
    suite.stop(on_progress=lambda text: output.line(f"  {text} ..."))
    output.line("the suite is down")
    output.document({"stopped": True})


def _watch_over(suite: Suite, output: Output) -> None:
    try:
        _show_started(suite, output, "Ctrl-C stops it.")
        dead = _wait_for_a_death(suite)
        if suite.being_stopped_elsewhere():
            output.line("the suite was taken down by `tidemark down`")
            return
        failure = suite.failure(dead, "died; the others were taken down")
        suite.stop()
        raise failure
    except KeyboardInterrupt as interrupt:
        suite.stop(on_progress=lambda text: output.line(f"  {text} ..."))
        raise typer.Exit(130) from interrupt
    except _TerminatedError:
        suite.stop()


def _wait_for_a_death(suite: Suite) -> str:
    pause = threading.Event()
    while (dead := suite.dead_member()) is None:
        pause.wait(_LOOK_SECONDS)
    return dead


def _show_started(suite: Suite, output: Output, hint: str) -> None:
    for port in suite.replaced_ports:
        output.line(f"  port {port.wanted} is busy: {port.name.replace('_', ' ')} takes {port.taken}")
    _show(suite, output)
    output.line(hint)


def _show(suite: Suite, output: Output) -> None:
    members = suite.status()
    rows = [(m.name, str(m.pid), m.address, m.state, str(m.log_file)) for m in members]
    output.table("", ("name", ">pid", "address", "state", "log"), rows)
    output.document(_document(suite, rows))


def _document(suite: Suite, rows: list[tuple[str, str, str, str, str]]) -> dict[str, Any]:
    members = [
        {"name": name, "pid": int(pid), "address": address, "state": state, "log_file": log_file}
        for name, pid, address, state, log_file in rows
    ]
    addresses = suite.addresses
    return {
        "data_dir": str(suite.data_dir),
        "nats_url": addresses.nats_url,
        **{metrics_port(name): address for name, address in addresses.metrics.items()},
        "members": members,
        "replaced_ports": [
            {"name": port.name, "wanted": port.wanted, "taken": port.taken} for port in suite.replaced_ports
        ],
    }


@contextlib.contextmanager
def _termination_raises() -> Iterator[None]:
    """SIGTERM and SIGHUP become an exception, so that nothing started is left behind."""

    def terminate(_number: int, _frame: Any) -> None:
        raise _TerminatedError

    before = {number: signal.signal(number, terminate) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    except _TerminatedError as terminated:
        # During the start: the suite has cleaned up after itself already.
        raise typer.Exit(143) from terminated
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
