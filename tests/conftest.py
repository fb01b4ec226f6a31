"""What holds for every test run: shared servers end with it."""

from __future__ import annotations

from tests.support.postgres import stop_postgres


def pytest_sessionfinish() -> None:
    """Stops the PostgreSQL of this process, worker or not."""
    stop_postgres()
