"""How a service process begins, announces itself and ends.

def main() -> None:
    sys.exit(run_service("catalog", CatalogSettings, serve))

async def serve(settings: CatalogSettings, service: ServiceContext) -> None:
    ...build and start...
    service.announce(address)
    await service.stop.wait()
    ...drain and close...
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic

from services.common.runtime.background import BackgroundTasks
from services.common.runtime.logs import configure_logs, get_logger
from services.common.runtime.settings import FrontDoorSettings, ServiceSettings, SettingsT, read_settings
from services.common.runtime.startup import StartupRefusedError
from services.common.runtime.telemetry import Telemetry, start_telemetry

_log = get_logger(__name__)

EXIT_OK = 0
EXIT_FAILED = 1


class ServiceContext:
    """What the running process lends its service.

    `stop` is set by SIGTERM, SIGINT or a dead background task; `tasks` runs
    background work under that rule.
    """

    def __init__(
        self,
        name: str,
        settings: ServiceSettings,
        telemetry: Telemetry,
        stop: asyncio.Event | None = None,
        pid: int | None = None,
    ) -> None:
        self.name = name
        self.stop = stop or asyncio.Event()
        self.pid = pid or os.getpid()
        self.tasks = BackgroundTasks(self.stop)
        self.telemetry = telemetry
        self.announced = False
        self._ready_file = settings.ready_file

    def announce(self, address: str) -> None:
        """Says that the service serves at `host:port`: in the log, and in the ready file if one is set."""
        self.announced = True
        _log.info("serving", address=address, metrics_address=self.telemetry.metrics_address)
        if self._ready_file is not None:
            _write_whole(
                self._ready_file,
                {
                    "service": self.name,
                    "pid": self.pid,
                    "address": address,
                    "metrics_address": self.telemetry.metrics_address,
                },
            )

    def withdraw(self) -> None:
        """Takes the ready file away, so that nobody finds a service that is gone."""
        if self._ready_file is not None and self.announced:
            self._ready_file.unlink(missing_ok=True)


def run_service(
    name: str, settings_class: type[SettingsT], serve: Callable[[SettingsT, ServiceContext], Awaitable[None]]
) -> int:
    """Runs a service until it is told to stop; returns the exit code of the process.

    0 after a stop that was asked for, 1 if it could not start or broke, 2 for
    wrong settings. An expected refusal is one sentence on standard error.
    """
    return Service(name, settings_class, serve).run()


@dataclass(frozen=True, slots=True)
class Service(Generic[SettingsT]):
    """A service as a process runs it; what `run_service` says holds for it.

    `module` is where it stands as `SERVICE`, for a front door that loads it in another process; `prepare`
    is done in the process that serves, before anything else.
    """

    name: str
    settings_class: type[SettingsT]
    serve: Callable[[SettingsT, ServiceContext], Awaitable[None]]
    module: str = ""
    prepare: Callable[[], None] = lambda: None

    def run(self) -> int:
        """Runs it until a signal; returns the exit code."""
        try:
            settings = read_settings(self.settings_class)
            if isinstance(settings, FrontDoorSettings) and settings.front_door == "envoy":
                # A fifth of a second, for who wants it.
                from services.common.runtime.front_door.supervise import run_in_envoy  # noqa: PLC0415

                return run_in_envoy(settings, self.module)
            self.prepare()
            configure_logs(self.name, settings.log_level, settings.log_format)
            with asyncio.Runner(loop_factory=_loop_factory()) as runner:
                return runner.run(self._run(settings))
        except StartupRefusedError as refusal:
            return _refused(self.name, refusal)

    async def run_hosted(self, stop: asyncio.Event, pid: int) -> int:
        """Runs it until `stop` is set, in whatever process and thread; `pid` is whose service it is."""
        try:
            settings = read_settings(self.settings_class)
            self.prepare()
            configure_logs(self.name, settings.log_level, settings.log_format)
            return await _run(self.name, settings, self.serve, stop, pid)
        except StartupRefusedError as refusal:
            return _refused(self.name, refusal)

    async def _run(self, settings: SettingsT) -> int:
        stop = asyncio.Event()
        return await _run(self.name, settings, self.serve, stop, os.getpid(), with_signals=True)


def _refused(name: str, refusal: StartupRefusedError) -> int:
    for line in str(refusal).splitlines():
        sys.stderr.write(f"{name}: {line}\n")
    sys.stderr.flush()
    return refusal.exit_code


async def _run(
    name: str,
    settings: SettingsT,
    serve: Callable[[SettingsT, ServiceContext], Awaitable[None]],
    stop: asyncio.Event,
    pid: int,
    with_signals: bool = False,
) -> int:
    telemetry = start_telemetry(name, settings)
    context = ServiceContext(name, settings, telemetry, stop, pid)
    serving = asyncio.ensure_future(serve(settings, context))
    early = asyncio.ensure_future(_cut_short(context, serving))
    if with_signals:
        _install_signals(stop)
    try:
        await serving
    except asyncio.CancelledError:
        if not context.stop.is_set():
            raise
        _log.info("stopped before it served")
    except StartupRefusedError:
        raise
    except Exception:
        _log.exception("the service broke")
        return EXIT_FAILED
    finally:
        early.cancel()
        context.withdraw()
        await context.tasks.close()
        await asyncio.to_thread(telemetry.shutdown)
    _log.info("stopped")
    return EXIT_FAILED if context.tasks.failed else EXIT_OK


async def _cut_short(context: ServiceContext, serving: asyncio.Future[None]) -> None:
    """What does not serve yet has nothing to finish."""
    await context.stop.wait()
    if not context.announced:
        serving.cancel()


def _install_signals(stop: asyncio.Event) -> None:
    """First signal: stop in good order. Second signal: end at once."""

    def told(number: int) -> None:
        if stop.is_set():
            # Buffers are flushed by hand: os._exit runs no handlers, which is the point.
            sys.stderr.flush()
            os._exit(128 + number)
        _log.info("stopping", signal=signal.Signals(number).name)
        stop.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told, number)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop  # noqa: PLC0415 - not there on Windows
    except ImportError:
        return None
    return uvloop.new_event_loop


def _write_whole(path: Path, content: dict[str, object]) -> None:
    """Writes a file that a reader sees whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.draft")
    draft.write_text(json.dumps(content) + "\n", encoding="utf-8")
    draft.replace(path)
