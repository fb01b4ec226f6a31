"""Story: beside the journal charging keeps identifiers and fetched catalogs, durably."""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy.exc import OperationalError

from services.charging.adapters.sql_identities import SqlIdentities
from services.charging.adapters.sql_tariffs import SqlTariffs, TariffStoreError
from services.charging.adapters.tables import ChargingTable
from services.charging.application.ports import StoredTariff
from services.common.kernel.clock import Instant
from services.common.runtime.database import Database
from tests.support.journal import Faults, execute, open_charging_database, sqlite_url
from tests.support.postgres import new_postgres_database
from tests.support.waiting import eventually


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    url = sqlite_url(tmp_path / "charging.db") if request.param == "sqlite" else new_postgres_database()
    opened = open_charging_database(url)
    yield opened
    await opened.close()


async def reopened(database: Database) -> SqlIdentities:
    identities = SqlIdentities(database)
    await identities.open()
    return identities


async def test_bound_identifiers_are_found_also_after_a_restart(database: Database) -> None:
    identities = await reopened(database)
    assert await identities.bind({"imsi-262011234567890": "s1", "msisdn-491701234567": "s1"}) is None
    again = await reopened(database)
    for each in (identities, again):
        assert each.find("imsi-262011234567890") == "s1"
        assert each.find("msisdn-491701234567") == "s1"
        assert each.find("msisdn-491709999999") is None


async def test_binding_again_what_is_bound_so_already_is_no_change(database: Database) -> None:
    identities = await reopened(database)
    await identities.bind({"imsi-262011234567890": "s1"})
    assert await identities.bind({"imsi-262011234567890": "s1", "device-meter-7": "s1"}) is None
    assert (await reopened(database)).find("device-meter-7") == "s1"


async def test_an_identifier_of_another_subscriber_is_named_and_nothing_is_bound(database: Database) -> None:
    identities = await reopened(database)
    await identities.bind({"imsi-262011234567890": "s1"})
    refused = await identities.bind({"device-meter-7": "s2", "imsi-262011234567890": "s2"})
    assert refused == "imsi-262011234567890"
    assert identities.find("device-meter-7") is None
    assert (await reopened(database)).find("device-meter-7") is None


async def test_of_two_that_bind_the_same_identifier_at_once_one_wins(database: Database) -> None:
    identities = await reopened(database)
    outcomes = await asyncio.gather(
        *(identities.bind({"imsi-262011234567890": subscriber}) for subscriber in ("s1", "s2"))
    )
    assert outcomes == [None, "imsi-262011234567890"]
    assert (await reopened(database)).find("imsi-262011234567890") == "s1"


async def test_an_erased_identifier_is_gone_with_the_next_start(database: Database) -> None:
    identities = await reopened(database)
    await identities.bind({"imsi-262011234567890": "s1", "device-meter-7": "s1"})
    await execute(database, "DELETE FROM subscriber_identifier WHERE identifier LIKE 'imsi-%'")
    again = await reopened(database)
    assert (again.find("imsi-262011234567890"), again.find("device-meter-7")) == (None, "s1")


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_binding_that_failed_is_not_in_memory_either_and_can_be_tried_again(
    database: Database,
) -> None:
    faults = Faults()
    await faults.install(database)
    identities = await reopened(database)
    faults.before_commit = sqlite3.OperationalError("disk I/O error")
    with pytest.raises(OperationalError):
        await identities.bind({"device-meter-7": "s1"})
    assert identities.find("device-meter-7") is None

    faults.after_commit = sqlite3.OperationalError("disk I/O error")
    with pytest.raises(OperationalError):
        await identities.bind({"device-meter-7": "s1"})
    assert await identities.bind({"device-meter-7": "s1"}) is None
    assert identities.find("device-meter-7") == "s1"


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_caller_that_goes_away_leaves_memory_and_database_the_same(database: Database) -> None:
    faults = Faults()
    await faults.install(database)
    identities = await reopened(database)
    faults.hold = release = threading.Event()
    binding = asyncio.create_task(identities.bind({"device-meter-7": "s1"}))
    await eventually(faults.holding.is_set)
    binding.cancel()
    release.set()
    await eventually(lambda: identities.find("device-meter-7") == "s1")
    assert (await reopened(database)).find("device-meter-7") == "s1"


def tariff(version: int, content: bytes = b"catalog", effective_from: int = 1) -> StoredTariff:
    return StoredTariff(version, Instant(effective_from), hashlib.sha256(content).digest(), content)


async def test_catalog_versions_come_back_in_order_and_saving_one_again_is_no_change(
    database: Database,
) -> None:
    tariffs = SqlTariffs(database)
    assert list(await tariffs.load()) == []
    for version in (2, 1, 2):
        await tariffs.save(tariff(version, b"catalog %d" % version, 1_772_438_400_000_000 + version))
    assert list(await SqlTariffs(database).load()) == [
        tariff(1, b"catalog 1", 1_772_438_400_000_001),
        tariff(2, b"catalog 2", 1_772_438_400_000_002),
    ]


async def test_a_version_once_stored_cannot_be_replaced(database: Database) -> None:
    tariffs = SqlTariffs(database)
    await tariffs.save(tariff(1))
    for other in (tariff(1, b"another"), tariff(1, effective_from=2)):
        with pytest.raises(TariffStoreError, match="version 1 is stored with another content or date"):
            await tariffs.save(other)
    assert list(await tariffs.load()) == [tariff(1)]


async def test_a_version_that_does_not_match_its_digest_is_neither_stored_nor_loaded(
    database: Database,
) -> None:
    tariffs = SqlTariffs(database)
    with pytest.raises(TariffStoreError, match="version 1 does not match its digest"):
        await tariffs.save(StoredTariff(1, Instant(1), bytes(32), b"catalog"))
    await tariffs.save(tariff(1))
    await execute(database, "UPDATE catalog_version SET content = content_sha256")
    with pytest.raises(TariffStoreError, match="delete its row"):
        await tariffs.load()


async def test_the_migrations_make_exactly_the_tables_that_the_program_uses(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, ChargingTable.metadata)
    assert differences == []
