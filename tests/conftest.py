"""What holds for every test run: one thread a core, properties know no clock, shared servers end with it."""

from __future__ import annotations

import os
import signal

from hypothesis import HealthCheck, settings

from tests.support.postgres import stop_postgres

# Threads of OpenMP and BLAS spin while they wait for each other, and every core has a test already: on two
# busy cores, two threads take ten times as long as one. Processes that tests start inherit it.
for _threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_threads, "1")

# How fast examples are drawn and run is the machine's affair; no test asserts a speed.
settings.register_profile("tidemark", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tidemark")


def pytest_configure() -> None:
    """Lets Ctrl-C stories work where the run itself ignores it, as a shell's background jobs do.

    Processes started by tests inherit an ignored signal, and would never end.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_sessionfinish() -> None:
    """Stops the PostgreSQL of this process, worker or not."""
    stop_postgres()
