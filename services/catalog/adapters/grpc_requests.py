"""Requests of CatalogService into what the use cases take, or refusals."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.catalog.v1 import catalog_api_pb2

from services.catalog.application.ports import Observation, UsageReport
from services.catalog.domain.reasons import (
    SOURCE_EMPTY,
    SOURCE_FILE_INVALID,
    TIMESTAMP_INVALID,
    USAGE_INVALID,
)
from services.common.kernel.clock import SECOND, Instant
from services.common.kernel.findings import SourceFile, refused_source
from services.common.kernel.identifiers import is_code, is_plmn
from services.common.kernel.outcome import Refused, RefusedError

MAX_KEY_CHARACTERS = 200
# 0001-01-01 to 9999-12-30: what Timestamp may hold, less a day, so that any time zone fits.
_MIN_SECONDS, _MAX_SECONDS = -62_135_510_400, 253_402_128_000


_MAX_OCTET, _MAX_PERCENT = 255, 100
_OBSERVATIONS: tuple[tuple[str, Callable[[Any], object], str], ...] = (
    ("serving_plmn", is_plmn, "a network is 5 or 6 digits, MCC and MNC"),
    ("called", re.compile("[0-9]{1,15}").fullmatch, "who is called is 1 to 15 digits, without +"),
    (
        "cell",
        re.compile("[0-9]{5,6}-[0-9a-f]{7,9}").fullmatch,
        "a cell is its network and 7 to 9 hexadecimal digits: 26201-0000a1b20",
    ),
    (
        "tracking_area",
        re.compile("[0-9]{5,6}-[0-9a-f]{4,6}").fullmatch,
        "a tracking area is its network and 4 to 6 hexadecimal digits: 26201-00a1f3",
    ),
    ("sst", lambda sst: sst <= _MAX_OCTET, "an SST is at most 255"),
    ("sd", re.compile("[0-9a-f]{6}").fullmatch, "an SD is 6 hexadecimal digits"),
    ("five_qi", lambda five_qi: five_qi <= _MAX_OCTET, "a 5QI is at most 255"),
    ("load_percent", lambda percent: percent <= _MAX_PERCENT, "a load is at most 100 per cent"),
    ("device_class", is_code, "a device class is a code"),
)
"""Fields of a line, what makes each well-formed, and how to say so."""


def source_files(source: catalog_api_pb2.CatalogSource) -> tuple[SourceFile, ...]:
    """The files of a request. Raises RefusedError SOURCE_EMPTY, SOURCE_FILE_INVALID."""
    files = tuple(SourceFile(file.name, file.content) for file in source.files)
    refused = refused_source(files, SOURCE_EMPTY, SOURCE_FILE_INVALID)
    if refused is not None:
        raise RefusedError(refused)
    return files


def usage_reports(lines: Iterable[catalog_api_pb2.UsageLine]) -> list[UsageReport]:
    """The usage of a request. Raises RefusedError USAGE_INVALID, TIMESTAMP_INVALID."""
    return [_usage_report(index, line) for index, line in enumerate(lines)]


def _usage_report(index: int, line: catalog_api_pb2.UsageLine) -> UsageReport:
    field = f"usage.{index}"
    if len(line.key) > MAX_KEY_CHARACTERS:
        raise RefusedError(
            Refused(USAGE_INVALID, f"a key is at most {MAX_KEY_CHARACTERS} characters", f"{field}.key")
        )
    if not line.HasField("used_at"):
        raise RefusedError(Refused(TIMESTAMP_INVALID, "say when it was used", f"{field}.used_at"))
    at = instant_of(line.used_at, f"{field}.used_at")
    return UsageReport(line.key, line.rating_group, line.units, at, _observation(line, field), line.at_a_time)


def _observation(line: catalog_api_pb2.UsageLine, field: str) -> Observation:
    for name, is_valid, rule in _OBSERVATIONS:
        value = getattr(line, name)
        if value and not is_valid(value):
            raise RefusedError(Refused(USAGE_INVALID, rule, f"{field}.{name}"))
    return Observation(
        serving_plmn=line.serving_plmn or None,
        called=line.called or None,
        cell=line.cell or None,
        tracking_area=line.tracking_area or None,
        sst=line.sst if line.HasField("sst") else None,
        sd=line.sd,
        five_qi=line.five_qi if line.HasField("five_qi") else None,
        load_percent=line.load_percent if line.HasField("load_percent") else None,
        device_class=line.device_class or None,
    )


def instant_of(stamp: Timestamp, field: str) -> Instant:
    """An instant, to the microsecond. Raises RefusedError TIMESTAMP_INVALID."""
    if not _MIN_SECONDS <= stamp.seconds <= _MAX_SECONDS or not 0 <= stamp.nanos < 1_000_000_000:
        raise RefusedError(Refused(TIMESTAMP_INVALID, "it is no time of the calendar", field))
    return Instant(stamp.seconds * SECOND + stamp.nanos // 1000)
