"""`tidemark demo`."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import shutil
import signal
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Annotated

import grpc
import typer

from services.cli.commands.arguments import reading
from services.cli.customer_page import page_url
from services.cli.demo.audit.witnesses import WitnessSilentError
from services.cli.demo.in_thread import in_thread
from services.cli.demo.inputs import DemoInputs, InputFiles, read_inputs
from services.cli.demo.kills import Killer
from services.cli.demo.offering.desk import OffersDesk
from services.cli.demo.settling.desk import SettlementDesk
from services.cli.demo.settling.weeks import seconds_left
from services.cli.demo.show import Show, show_on
from services.cli.demo.story import Stage, Told, tell
from services.cli.demo.summary import audit_document, print_summary, write_audit
from services.cli.demo.telling.desk import NotificationDesk
from services.cli.failures import CommandFailedError, describe
from services.cli.instants import present
from services.cli.invocation import Invocation, failure_of, register
from services.cli.replay.delivery import DeliveryError, open_channel
from services.cli.replay.identity import Run, start_of
from services.cli.replay.live_catalog import monday_of
from services.cli.replay.player import Pace
from services.cli.suite import Suite, SuiteNotRunningError
from services.cli.supervision.plan import NOTIFICATION
from services.cli.target import DEFAULT_DATA_DIR
from services.common.runtime.grpc_client import connect

DEMO_DIR = Path("var/demo")
_MARK = ".tidemark-demo"
_DEFAULT = InputFiles()
START_SECONDS = 240.0
"""On a machine that does other things too, and where set-up has left no intent model."""
_ROOM_BEFORE_MONDAY_SECONDS = 60.0


def add_to(app: typer.Typer) -> None:
    """Registers the command."""
    register(app, "demo", "tidemark demo", panel="Run a suite", connects=False)(demo)


async def demo(
    invocation: Invocation,
    table: Annotated[Path, typer.Option(help="Usage to play.")] = _DEFAULT.table,
    subscribers: Annotated[Path, typer.Option(help="Who the captures belong to.")] = _DEFAULT.subscribers,
    catalog: Annotated[Path, typer.Option(help="Prices.")] = _DEFAULT.catalog,
    agreements: Annotated[Path, typer.Option(help="What partners get.")] = _DEFAULT.agreements,
    offers: Annotated[Path, typer.Option(help="What is offered to whom.")] = _DEFAULT.offers,
    alerts: Annotated[Path, typer.Option(help="What is told to whom.")] = _DEFAULT.alerts,
    start_at: Annotated[
        str,
        typer.Option(
            help="Instant of millisecond 0 of the table. Default: 08:00 UTC on this week's Monday.",
            show_default=False,
        ),
    ] = "",
    time_scale: Annotated[
        float, typer.Option(min=0, help="Seconds for each second of the table; 0: as fast as possible.")
    ] = 0.0,
    port_base: Annotated[
        int | None,
        typer.Option(
            min=0, max=65_000, help="Take ports from here on; 0: any free ones.", show_default=False
        ),
    ] = None,
    kill_charging: Annotated[
        int, typer.Option(min=0, max=1000, help="kill -9 charging so many times while playing.")
    ] = 0,
    seed: Annotated[int | None, typer.Option(help="Seed of the moments of the kills.")] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave the suite running at the end, until Ctrl-C.")
    ] = False,
) -> None:
    """Starts a suite of its own, plays real usage through it and audits every cent.

    Publishes the example catalog, opens an account for each subscriber, plays the table of
    measurements as a network element would, then calculates everything a second time from the input
    files and compares it with what charging, its journal and NATS say. Played again, it changes
    nothing. Then this week is settled with the partners, and who watches much video is offered a pass
    within a second. Meanwhile customers are told on a page and at a webhook, and one of them asks why they
    were charged. Exit code 1 where anything differs.

    The folder (--data-dir, here var/demo by default) is emptied first; audit.json in it has the result,
    statements what partners get.
    """
    show = show_on(invocation.output)
    await _a_week_with_room(show)
    began_at, now = time.monotonic(), present()
    begins = reading("--start-at", start_of, start_at) if start_at else monday_of(now)
    files = InputFiles(table, subscribers, catalog, agreements, offers, alerts)
    inputs = read_inputs(Run("demo", begins), now, files)
    demo_dir = _demo_dir(invocation.target.data_dir)
    with _terminated_as_cancelled():
        async with _suite(demo_dir, port_base, show) as suite:
            killer = _killer(suite, inputs, kill_charging, seed, show)
            told = await _tell(inputs, suite, show, Pace(time_scale), killer)
            _print(invocation, told, demo_dir / "audit.json", time.monotonic() - began_at)
            if keep:
                show.step("the suite runs on, to look around in; Ctrl-C stops it")
                await asyncio.Event().wait()
    if not told.good:
        raise typer.Exit(1)


def _print(invocation: Invocation, told: Told, audit_file: Path, seconds: float) -> None:
    document = audit_document(told, seconds)
    write_audit(audit_file, document)
    invocation.output.document(document)
    if not invocation.output.as_json:
        print_summary(invocation.output.console(), told, audit_file, seconds)


async def _tell(inputs: DemoInputs, suite: Suite, show: Show, pace: Pace, killer: Killer | None) -> Told:
    addresses = suite.addresses
    async with open_channel(addresses.charging) as charging, connect(addresses.catalog) as catalog:
        try:
            desk = SettlementDesk(addresses.partner_settlement, suite.data_dir)
            statements = suite.data_dir / "statements"
            offers = OffersDesk(addresses.offers, suite.data_dir)
            notification = NotificationDesk(
                addresses.services[NOTIFICATION], page_url(suite.data_dir), suite.data_dir
            )
            stage = Stage(
                charging, catalog, desk, offers, notification, addresses.nats_url, statements, show, pace
            )
            return await tell(inputs, stage, killer)
        except grpc.aio.AioRpcError as error:
            raise CommandFailedError(describe(failure_of(error), "charging", addresses.charging)) from error
        except (DeliveryError, WitnessSilentError) as error:
            raise CommandFailedError(f"{error}; the logs are in {suite.data_dir}") from error


def environment() -> Mapping[str, str]:
    """What the demo's services are told, unless the caller's own environment says something else."""
    return {
        "TIDEMARK_PARTNER_SETTLEMENT_OPERATOR_NAME": "Tidemark Mobile",
        **os.environ,
    }


async def _a_week_with_room(show: Show) -> None:
    """Waits for the new week where the old one is all but over: fees are of the moment they are charged.

    A demo that saw two weeks would settle half of itself.
    """
    left = seconds_left(present())
    if left < _ROOM_BEFORE_MONDAY_SECONDS:
        show.step(f"   the week ends in {left:.0f} s; waiting for the next one, to settle a whole demo in it")
        await asyncio.sleep(left)


@asynccontextmanager
async def _suite(demo_dir: Path, port_base: int | None, show: Show) -> AsyncIterator[Suite]:
    """A fresh suite in an emptied folder, taken down at the end whatever happens."""
    _empty(demo_dir)
    show.step(f"0. starting nats-server and the five services in {demo_dir}")
    started: list[Suite] = []
    try:
        start = partial(
            Suite.start,
            demo_dir,
            port_base=port_base,
            deadline_seconds=START_SECONDS,
            environment=environment(),
            supervised=True,
        )
        await in_thread(lambda: started.append(start()))
        for port in started[0].replaced_ports:
            show.step(f"   port {port.wanted} is busy: {port.name.replace('_', ' ')} takes {port.taken}")
        yield started[0]
    finally:
        for suite in started:
            await in_thread(suite.stop)


def _demo_dir(given: Path) -> Path:
    """The folder that was named, unless it is the one of `tidemark up`."""
    return (DEMO_DIR if given == DEFAULT_DATA_DIR else given).resolve()


def _empty(demo_dir: Path) -> None:
    """Empties the folder of an earlier demo, and no other."""
    with contextlib.suppress(SuiteNotRunningError):
        Suite.attach(demo_dir)
        raise CommandFailedError(
            f"a suite runs from {demo_dir} already; `tidemark down --data-dir {demo_dir}` stops it"
        )
    if demo_dir.exists():
        if any(demo_dir.iterdir()) and not (demo_dir / _MARK).exists():
            raise CommandFailedError(f"{demo_dir} is not empty and not of a demo; name another --data-dir")
        shutil.rmtree(demo_dir)
    demo_dir.mkdir(parents=True)
    (demo_dir / _MARK).touch()


def _killer(suite: Suite, inputs: DemoInputs, kills: int, seed: int | None, show: Show) -> Killer | None:
    if not kills:
        return None
    chosen = random.SystemRandom().randrange(2**32) if seed is None else seed
    show.step(f"   charging will be killed {kills} times, seed {chosen}")
    return Killer(suite, kills, inputs.requests_at_least, chosen)


@contextlib.contextmanager
def _terminated_as_cancelled() -> Iterator[None]:
    """SIGTERM ends the demo as Ctrl-C does: everything it started is taken down."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    terminated: list[bool] = []
    loop.add_signal_handler(signal.SIGTERM, lambda: terminated.append(task.cancel()))
    try:
        yield
    except asyncio.CancelledError:
        if not terminated:
            raise
        raise typer.Exit(143) from None
    finally:
        loop.remove_signal_handler(signal.SIGTERM)
