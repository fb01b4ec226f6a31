"""The command line against services with scripted answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from typer.testing import CliRunner, Result

from services.cli.main import app
from tests.support.fake_services import FakeServices, fake_services

Tidemark = Callable[..., Result]


@pytest.fixture
def services() -> Iterator[FakeServices]:
    with fake_services() as running:
        yield running


@pytest.fixture
def tidemark(services: FakeServices) -> Tidemark:
    """Runs `tidemark ARGUMENTS` against the fake services."""
    environment = {
        "TIDEMARK_CHARGING_ADDRESS": services.address,
        "TIDEMARK_CATALOG_ADDRESS": services.address,
        "TIDEMARK_NOTIFICATION_ADDRESS": services.address,
        "TIDEMARK_PARTNER_SETTLEMENT_ADDRESS": services.address,
        # The command runs in this very process, which has other tests to run.
        "TIDEMARK_RECORDS_NICE": "0",
    }

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, list(arguments), env=environment)

    return run
