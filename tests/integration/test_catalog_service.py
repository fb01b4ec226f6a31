"""A product manager's day: lint, diff, simulate, publish, export, against the service as a process."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.catalog.v1 import catalog_api_pb2 as api
from tidemark.catalog.v1 import catalog_events_pb2

from services.common.runtime.bus import Bus
from services.common.runtime.bus_consumer import ConsumerSpec, Delivery, consume
from services.common.runtime.grpc_errors import error_info
from tests.support.catalog import SMALL_CATALOG, changed, example_files
from tests.support.catalog_service import CatalogProcess, catalog_process, counting_charging, source
from tests.support.nats import NatsServer, nats_server
from tests.support.waiting import ended, eventually

PUBLISHED = catalog_events_pb2.CatalogVersionPublished.DESCRIPTOR.full_name
DEARER = changed(('flat: {amount: "0.07"}', 'flat: {amount: "0.08"}'))
CENT = 1_000_000


@pytest.fixture
async def nats(tmp_path: Path) -> AsyncIterator[NatsServer]:
    async with nats_server(tmp_path) as server:
        yield server


@pytest.fixture
async def catalog(tmp_path: Path, nats: NatsServer) -> AsyncIterator[CatalogProcess]:
    async with catalog_process(tmp_path / "catalog", nats.url) as process:
        yield process


def publish(request_id: str, text: str = SMALL_CATALOG, **more: Any) -> api.PublishCatalogRequest:
    return api.PublishCatalogRequest(request_id=request_id, source=source(text), actor="product", **more)


@asynccontextmanager
async def events_of(nats: NatsServer) -> AsyncIterator[list[catalog_events_pb2.CatalogVersionPublished]]:
    """The events of the stream so far and from now on, as a list that grows."""
    bus = await Bus.open(nats.url, "test")
    events: list[catalog_events_pb2.CatalogVersionPublished] = []

    async def keep(delivery: Delivery) -> None:
        assert delivery.subject == PUBLISHED
        events.append(catalog_events_pb2.CatalogVersionPublished.FromString(delivery.payload))

    task = asyncio.create_task(consume(bus, ConsumerSpec("CATALOG", "test", PUBLISHED), keep))
    try:
        yield events
    finally:
        await ended(task)
        await bus.close()


async def refusal(call: Any) -> tuple[str, str, str]:
    """(status, reason, field) of a call that is refused."""
    with pytest.raises(grpc.aio.AioRpcError) as failed:
        await call
    info = error_info(failed.value)
    assert info is not None
    assert info.domain == "tidemark"
    return failed.value.code().name, info.reason, info.metadata.get("field", "")


async def test_a_published_version_is_announced_and_can_be_fetched_with_the_announced_hash(
    catalog: CatalogProcess, nats: NatsServer
) -> None:
    answer = await catalog.stub.PublishCatalog(publish("1", effective_from=Timestamp(seconds=1_767_225_600)))
    async with events_of(nats) as events:
        await eventually(lambda: len(events) == 1, what="the version is announced")
    (event,) = events
    assert (event.catalog_code, event.version) == ("small", 1)
    assert event.effective_from == answer.effective_from == Timestamp(seconds=1_767_225_600)
    fetched = await catalog.stub.GetCatalogVersion(api.GetCatalogVersionRequest(version=event.version))
    content = fetched.catalog.SerializeToString(deterministic=True)
    assert hashlib.sha256(content).hexdigest() == event.content_sha256 == answer.content_sha256
    assert {offering.code for offering in fetched.catalog.offerings} == {"basic", "extra", "both"}


async def test_what_is_published_while_nats_is_down_is_announced_later_once_and_survives_kill_9(
    catalog: CatalogProcess, nats: NatsServer
) -> None:
    await nats.kill()
    first = await catalog.stub.PublishCatalog(publish("1"))
    await catalog.stub.PublishCatalog(publish("2", DEARER))
    exported = await catalog.stub.ExportCatalog(api.ExportCatalogRequest(version=1))
    await catalog.kill()
    await nats.start()
    await catalog.start()
    async with events_of(nats) as events:
        await eventually(lambda: len(events) >= 2, 20, "both versions are announced")
        again = await catalog.stub.PublishCatalog(publish("1"))
        assert again.version == first.version
        assert again.content_sha256 == first.content_sha256
        assert await catalog.stub.ExportCatalog(api.ExportCatalogRequest(version=1)) == exported
        await catalog.stub.PublishCatalog(publish("3"))
        await eventually(lambda: len(events) >= 3, what="the third version is announced")
    assert [event.version for event in events] == [1, 2, 3]


async def test_many_publishers_at_once_make_versions_without_a_gap(catalog: CatalogProcess) -> None:
    texts = [changed(('amount: "0.07"', f'amount: "0.1{number}"')) for number in range(8)]
    answers = await asyncio.gather(
        *(catalog.stub.PublishCatalog(publish(f"r{n}", text)) for n, text in enumerate(texts)),
        *(catalog.stub.PublishCatalog(publish("same", texts[0])) for _ in range(4)),
    )
    versions = await catalog.stub.ListCatalogVersions(api.ListCatalogVersionsRequest())
    numbers = [version.version for version in versions.versions]
    assert numbers == list(range(1, len(numbers) + 1))
    assert {answer.version for answer in answers} == set(numbers)
    assert len({answer.version for answer in answers[8:]}) == 1
    later = await catalog.stub.ListCatalogVersions(api.ListCatalogVersionsRequest(after_version=numbers[-2]))
    assert [version.version for version in later.versions] == numbers[-1:]


async def test_an_export_published_elsewhere_is_the_same_version_byte_for_byte(
    catalog: CatalogProcess, nats: NatsServer, tmp_path: Path
) -> None:
    files = [api.SourceFile(name=file.name, content=file.content) for file in example_files()]
    linted = await catalog.stub.LintCatalog(api.LintCatalogRequest(source=api.CatalogSource(files=files)))
    # Most of the offerings are sold in euro alone, which is worth saying and no error.
    assert [finding.reason for finding in linted.findings] == ["CURRENCY_NOT_SOLD"]
    request = api.PublishCatalogRequest(
        request_id="1", source=api.CatalogSource(files=files), actor="product"
    )
    original = await catalog.stub.PublishCatalog(request)
    exported = await catalog.stub.ExportCatalog(api.ExportCatalogRequest())
    assert exported == await catalog.stub.ExportCatalog(api.ExportCatalogRequest(version=1))
    unchanged = await catalog.stub.PublishCatalog(
        api.PublishCatalogRequest(
            request_id="2", source=api.CatalogSource(files=[exported.file]), actor="product"
        )
    )
    assert unchanged.unchanged
    async with catalog_process(tmp_path / "elsewhere", nats.url) as elsewhere:
        request.source.CopyFrom(api.CatalogSource(files=[exported.file]))
        copy = await elsewhere.stub.PublishCatalog(request)
        assert copy.content_sha256 == original.content_sha256
        assert (await elsewhere.stub.ExportCatalog(api.ExportCatalogRequest())).file == exported.file


async def test_a_diff_counts_who_is_touched_and_says_so_where_it_cannot(
    nats: NatsServer, tmp_path: Path
) -> None:
    async with (
        counting_charging({"basic": (3, 5)}) as (address, charging),
        catalog_process(tmp_path / "catalog", nats.url, address) as catalog,
    ):
        request = api.DiffCatalogRequest(source=source(DEARER))
        fresh = await catalog.stub.DiffCatalog(request)
        assert fresh.live_version == 0
        assert {change.kind for change in fresh.changes} == {api.CHANGE_KIND_ADDED}
        await catalog.stub.PublishCatalog(publish("1"))
        (change,) = (await catalog.stub.DiffCatalog(request)).changes
        assert (change.field, change.old_value, change.new_value) == (
            "offerings.basic.prices.text.flat.amount",
            "0.07",
            "0.08",
        )
        assert (change.offering_code, change.accounts, change.subscribers) == ("basic", 3, 5)
        await charging.stop(None)
        assert await refusal(catalog.stub.DiffCatalog(request)) == ("UNAVAILABLE", "CHARGING_UNREACHABLE", "")
        same = await catalog.stub.DiffCatalog(api.DiffCatalogRequest(source=source(SMALL_CATALOG)))
        assert list(same.changes) == []


async def test_a_simulation_shows_both_prices_and_publishes_nothing(catalog: CatalogProcess) -> None:
    await catalog.stub.PublishCatalog(publish("1"))
    monday = Timestamp(seconds=1_772_442_000)
    lines = [api.UsageLine(key=f"s{n}", rating_group=3, units=1, used_at=monday) for n in range(10)]
    answer = await catalog.stub.SimulateCatalog(
        api.SimulateCatalogRequest(source=source(DEARER), usage=lines, offering_codes=["basic"])
    )
    assert (answer.live_version, answer.old_total.minor_micros, answer.new_total.minor_micros) == (
        1,
        70 * CENT,
        80 * CENT,
    )
    (group,) = answer.rating_groups
    assert (group.code, group.used.amount, group.used.unit) == ("text", 10, "events")
    assert len((await catalog.stub.ListCatalogVersions(api.ListCatalogVersionsRequest())).versions) == 1


async def test_bad_requests_get_their_reason_and_leave_no_trace(catalog: CatalogProcess) -> None:
    stub = catalog.stub
    newest = api.ExportCatalogRequest()
    assert await refusal(stub.ExportCatalog(newest)) == ("NOT_FOUND", "CATALOG_NOT_PUBLISHED", "version")
    lint = stub.LintCatalog(api.LintCatalogRequest())
    assert await refusal(lint) == ("INVALID_ARGUMENT", "SOURCE_EMPTY", "source.files")
    twins = api.CatalogSource(files=[api.SourceFile(name="a", content="x: 1")] * 2)
    lint = stub.LintCatalog(api.LintCatalogRequest(source=twins))
    assert await refusal(lint) == ("INVALID_ARGUMENT", "SOURCE_FILE_INVALID", "source.files.1.name")
    broken = stub.PublishCatalog(publish("1", changed(('"0.07"', '"-0.07"'))))
    assert await refusal(broken) == ("FAILED_PRECONDITION", "CATALOG_HAS_ERRORS", "source")
    late = stub.PublishCatalog(publish("1", effective_from=Timestamp(seconds=2**60)))
    assert await refusal(late) == ("INVALID_ARGUMENT", "TIMESTAMP_INVALID", "effective_from")
    nobody = stub.PublishCatalog(api.PublishCatalogRequest(request_id="1", source=source(SMALL_CATALOG)))
    assert await refusal(nobody) == ("INVALID_ARGUMENT", "ACTOR_INVALID", "actor")
    simulate = stub.SimulateCatalog(
        api.SimulateCatalogRequest(source=source(SMALL_CATALOG), usage=[api.UsageLine(units=1)])
    )
    assert await refusal(simulate) == ("INVALID_ARGUMENT", "TIMESTAMP_INVALID", "usage.0.used_at")
    for field, value in {
        "serving_plmn": "26x",
        "called": "+49",
        "cell": "26201-xyz",
        "tracking_area": "26201",
        "sst": 256,
        "sd": "0000A1",
        "five_qi": 256,
        "load_percent": 101,
        "device_class": "A Truck",
    }.items():
        line = api.UsageLine(units=1, used_at=Timestamp(seconds=1))
        setattr(line, field, value)
        simulate = stub.SimulateCatalog(
            api.SimulateCatalogRequest(source=source(SMALL_CATALOG), usage=[line], offering_codes=["basic"])
        )
        assert await refusal(simulate) == ("INVALID_ARGUMENT", "USAGE_INVALID", f"usage.0.{field}")
    assert (await stub.PublishCatalog(publish("1"))).version == 1
    other = stub.PublishCatalog(publish("1", DEARER))
    assert await refusal(other) == ("ABORTED", "DUPLICATE_DIFFERS", "request_id")
    unknown = stub.GetCatalogVersion(api.GetCatalogVersionRequest(version=2))
    assert await refusal(unknown) == ("NOT_FOUND", "CATALOG_VERSION_UNKNOWN", "version")


async def test_an_oversized_catalog_is_refused_and_the_next_call_is_answered(catalog: CatalogProcess) -> None:
    huge = source("# " + "x" * 2_000_000)
    with pytest.raises(grpc.aio.AioRpcError) as failed:
        await catalog.stub.LintCatalog(api.LintCatalogRequest(source=huge))
    assert failed.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    answer = await catalog.stub.LintCatalog(api.LintCatalogRequest(source=source(SMALL_CATALOG)))
    assert (answer.offerings, answer.prices, answer.examples, list(answer.findings)) == (3, 6, 1, [])


async def test_many_errors_fit_into_a_refusal(catalog: CatalogProcess) -> None:
    rows = "".join(f'  z{n}: {{name: {"n" * 190}, plmns: ["{"9" * 90}"]}}\n' for n in range(300))
    with pytest.raises(grpc.aio.AioRpcError) as failed:
        await catalog.stub.PublishCatalog(
            publish("1", SMALL_CATALOG.replace("time_bands:\n", rows + "time_bands:\n"))
        )
    info = error_info(failed.value)
    assert info is not None
    assert (info.reason, info.metadata["errors"]) == ("CATALOG_HAS_ERRORS", "300")
    assert "finding_5" in info.metadata


async def test_it_stops_when_told_and_takes_its_ready_file_away(
    catalog: CatalogProcess, tmp_path: Path
) -> None:
    assert (tmp_path / "catalog" / "ready.json").is_file()
    assert await catalog.stop() == 0
    assert not (tmp_path / "catalog" / "ready.json").exists()
