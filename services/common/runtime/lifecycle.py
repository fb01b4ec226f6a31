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
from pathlib import Path

from services.common.runtime.background import BackgroundTasks
from services.common.runtime.logs import configure_logs, get_logger
from services.common.runtime.settings import ServiceSettings, SettingsT, read_settings
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

    def __init__(self, name: str, settings: ServiceSettings, telemetry: Telemetry) -> None:
        self.name = name
        self.stop = asyncio.Event()
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
                    "pid": os.getpid(),
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
    try:
        settings = read_settings(settings_class)
        configure_logs(name, settings.log_level, settings.log_format)
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            return runner.run(_run(name, settings, serve))
    except StartupRefusedError as refusal:
        for line in str(refusal).splitlines():
            sys.stderr.write(f"{name}: {line}\n")
        return refusal.exit_code


async def _run(
    name: str, settings: SettingsT, serve: Callable[[SettingsT, ServiceContext], Awaitable[None]]
) -> int:
    telemetry = start_telemetry(name, settings)
    context = ServiceContext(name, settings, telemetry)
    serving = asyncio.ensure_future(serve(settings, context))
    _install_signals(context, serving)
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
        context.withdraw()
        await context.tasks.close()
        await asyncio.to_thread(telemetry.shutdown)
    _log.info("stopped")
    return EXIT_FAILED if context.tasks.failed else EXIT_OK


def _install_signals(context: ServiceContext, serving: asyncio.Future[None]) -> None:
    """First signal: stop in good order. Second signal: end at once."""

    def stop(number: int) -> None:
        if context.stop.is_set():
            # Buffers are flushed by hand: os._exit runs no handlers, which is the point.
            sys.stderr.flush()
            os._exit(128 + number)
        _log.info("stopping", signal=signal.Signals(number).name)
        context.stop.set()
        if not context.announced:
            serving.cancel()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop, number)


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
