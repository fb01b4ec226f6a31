"""Services on a cluster's own settings: certificates on both ends, probes in plain text."""

from __future__ import annotations

import asyncio
import json
import shutil
import ssl
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import grpc
import httpx
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from grpc_health.v1 import health_pb2, health_pb2_grpc
from tidemark.catalog.v1 import catalog_api_pb2, catalog_api_pb2_grpc

from benchmarks.charging import CATALOG_FILE, provision_when_priced
from benchmarks.element import OFFERING, MeasuredAccount
from services.common.runtime.callers import Role, mint_token
from services.common.runtime.grpc_client import connect
from tests.support.cluster_services import TOKEN_SECRET, ClusterServices, cluster_services
from tests.support.nats import nats_server
from tests.support.waiting import eventually

CHARGING_SERVICE = "tidemark.charging.v1.ChargingService"
CATALOG_SERVICE = "tidemark.catalog.v1.CatalogService"
JOURNAL_SERVICE = "tidemark.charging.v1.JournalService"
SETTLEMENT_SERVICE = "tidemark.partner_settlement.v1.SettlementService"
OFFERS_SERVICE = "tidemark.offers.v1.OfferService"
NOTIFICATION_SERVICE = "tidemark.notification.v1.NotificationService"

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificates")


@pytest.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[ClusterServices]:
    async with nats_server(tmp_path) as nats:
        with cluster_services(tmp_path, nats.url) as services:
            yield services


async def _probe(address: str, service: str) -> bool:
    """What kubelet does: one Check in plain text, without a certificate."""
    async with grpc.aio.insecure_channel(address) as channel:
        try:
            answer = await health_pb2_grpc.HealthStub(channel).Check(
                health_pb2.HealthCheckRequest(service=service), timeout=2
            )
        except grpc.aio.AioRpcError:
            return False
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


async def _ready(cluster: ClusterServices) -> None:
    for address, service in (
        (cluster.catalog_health, CATALOG_SERVICE),
        (cluster.charging_health, CHARGING_SERVICE),
        (cluster.charging_health, JOURNAL_SERVICE),
        (cluster.partner_settlement_health, SETTLEMENT_SERVICE),
        (cluster.offers_health, OFFERS_SERVICE),
        (cluster.notification_health, NOTIFICATION_SERVICE),
    ):
        await eventually(partial(_probe, address, service), 30, what=f"{service or address} is ready")


async def _publish(cluster: ClusterServices) -> catalog_api_pb2.CatalogSource:
    effective_from = Timestamp(seconds=1_767_225_600)  # 2026-01-01
    source = catalog_api_pb2.CatalogSource(
        files=[
            catalog_api_pb2.SourceFile(
                name=CATALOG_FILE.name, content=CATALOG_FILE.read_text(encoding="utf-8")
            )
        ]
    )
    async with connect(cluster.catalog, cluster.caller) as channel:
        await catalog_api_pb2_grpc.CatalogServiceStub(channel).PublishCatalog(
            catalog_api_pb2.PublishCatalogRequest(
                request_id="cluster", source=source, effective_from=effective_from, actor="test"
            ),
            timeout=20,
        )
    return source


async def _accounts_on_offering(cluster: ClusterServices, source: catalog_api_pb2.CatalogSource) -> int:
    """How many accounts the catalog says a change of the offering touches: it has to ask charging."""
    changed = catalog_api_pb2.CatalogSource()
    changed.CopyFrom(source)
    changed.files[0].content = changed.files[0].content.replace('"1.00"', '"1.10"')
    async with connect(cluster.catalog, cluster.caller) as channel:
        answer = await catalog_api_pb2_grpc.CatalogServiceStub(channel).DiffCatalog(
            catalog_api_pb2.DiffCatalogRequest(source=changed), timeout=20
        )
    return max(change.accounts for change in answer.changes if change.offering_code == OFFERING)


async def test_the_services_reach_each_other_by_certificate_and_the_probes_need_none(
    cluster: ClusterServices,
) -> None:
    await _ready(cluster)
    source = await _publish(cluster)
    async with connect(cluster.charging, cluster.caller) as channel:
        # Charging can price only once it has fetched the catalog, over TLS.
        await provision_when_priced(channel, [MeasuredAccount(1), MeasuredAccount(2)])
    assert await _accounts_on_offering(cluster, source) == 2

    assert not await _probe(cluster.charging, CHARGING_SERVICE)


def _page(cluster: ClusterServices) -> httpx.AsyncClient:
    """A browser's side of notification's HTTP port: TLS, no certificate of its own."""
    trusting = ssl.create_default_context(cafile=cluster.caller.authority)
    return httpx.AsyncClient(
        base_url=f"https://{cluster.notification_http}", verify=trusting, trust_env=False
    )


async def test_customers_come_in_by_token_and_notification_calls_its_peers_by_certificate(
    cluster: ClusterServices,
) -> None:
    await _ready(cluster)
    account = MeasuredAccount(1)
    await _publish(cluster)
    async with connect(cluster.charging, cluster.caller) as channel:
        await provision_when_priced(channel, [account])
    async with _page(cluster) as page:
        assert (await page.get("/")).status_code == 200
        assert (await page.get("/api/balance")).status_code == 401

        token = mint_token(TOKEN_SECRET, Role.SUBSCRIBER, "test", account=account.account_id)
        page.headers["authorization"] = f"Bearer {token}"

        async def known() -> bool:
            return (await page.get("/api/balance")).status_code == 200

        # It knows the account once it has followed charging's journal, over TLS.
        await eventually(known, 30, what="notification knows the account")
        # Only offers can say so, to somebody whose token it believes.
        offers = await page.post("/api/tools/list_offers", json={"arguments": {}})
        assert offers.json()["refusal"]["reason"] == "NO_OFFERS_HERE"
        mcp = await page.post("/mcp", json={}, headers={"host": "elsewhere.example"})
        assert mcp.status_code == 421


async def test_a_pod_told_to_end_ends_by_itself_with_its_log_as_json(
    cluster: ClusterServices, tmp_path: Path
) -> None:
    await _ready(cluster)
    for name, process in cluster.processes.items():
        process.terminate()
        assert await asyncio.to_thread(process.wait, 30) == 0
        events = [json.loads(line) for line in (tmp_path / f"{name}.log").read_text().splitlines()]
        assert events[-1]["event"] == "stopped"
        assert {event["service"] for event in events} == {name}
