"""The catalog version that prices a play: the one in effect when its subscriptions begin."""

from __future__ import annotations

from collections.abc import Sequence

import grpc
from tidemark.catalog.v1 import catalog_api_pb2, catalog_api_pb2_grpc, catalog_pb2

from services.common.kernel.clock import DAY, HOUR, SECOND, Instant, iso

_WEEK = 7 * DAY
_A_MONDAY = 4 * DAY
"""The fifth of January 1970."""
_CALL_SECONDS = 30.0


class NoCatalogError(Exception):
    """No catalog version is in effect for the play. The message says what to do."""


async def list_versions(channel: grpc.aio.Channel) -> list[catalog_api_pb2.CatalogVersion]:
    """Every published version, oldest first. Raises NoCatalogError where there is none."""
    stub = catalog_api_pb2_grpc.CatalogServiceStub(channel)
    answer = await stub.ListCatalogVersions(
        catalog_api_pb2.ListCatalogVersionsRequest(), timeout=_CALL_SECONDS
    )
    if not answer.versions:
        raise NoCatalogError("no catalog is published; `tidemark catalog publish examples/catalog` does it")
    return list(answer.versions)


def monday_of(now: Instant) -> Instant:
    """08:00 UTC on the Monday of the present week.

    A play lies in the present, because periods end and allowances expire by
    charging's own clock; and always on a Monday, so that it costs the same.
    """
    return Instant(now - (now - _A_MONDAY) % _WEEK + 8 * HOUR)


def usual_start(versions: Sequence[catalog_api_pb2.CatalogVersion], now: Instant) -> Instant:
    """This week's Monday; where prices are younger, 08:00 UTC of the day after the first took effect."""
    monday = monday_of(now)
    first = min(map(effective_from, versions))
    return monday if first <= monday - monday % DAY else Instant(first - first % DAY + DAY + 8 * HOUR)


def version_at(versions: Sequence[catalog_api_pb2.CatalogVersion], start_at: Instant) -> int:
    """Number of the version in effect on the day of `start_at`. Raises NoCatalogError."""
    day = start_at - start_at % DAY
    in_effect = [version.version for version in versions if effective_from(version) <= day]
    if not in_effect:
        raise NoCatalogError(
            f"no catalog version is in effect on the day of {iso(start_at)}; choose a later --start-at, "
            "or publish with an earlier --effective-from"
        )
    return max(in_effect)


async def read_catalog(channel: grpc.aio.Channel, version: int) -> catalog_pb2.Catalog:
    """The content of a version."""
    stub = catalog_api_pb2_grpc.CatalogServiceStub(channel)
    request = catalog_api_pb2.GetCatalogVersionRequest(version=version)
    return (await stub.GetCatalogVersion(request, timeout=_CALL_SECONDS)).catalog


async def export_catalog(channel: grpc.aio.Channel, version: int) -> str:
    """The canonical source of a version, YAML."""
    stub = catalog_api_pb2_grpc.CatalogServiceStub(channel)
    request = catalog_api_pb2.ExportCatalogRequest(version=version)
    return (await stub.ExportCatalog(request, timeout=_CALL_SECONDS)).file.content


def effective_from(version: catalog_api_pb2.CatalogVersion) -> Instant:
    """When a version takes effect."""
    moment = version.effective_from
    return Instant(moment.seconds * SECOND + moment.nanos // 1000)
