"""Requests of CatalogService into what the use cases take, or refusals."""

from __future__ import annotations

from collections.abc import Iterable

from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.catalog.v1 import catalog_api_pb2

from services.catalog.application.ports import SourceFile, UsageReport
from services.catalog.domain.reasons import (
    SOURCE_EMPTY,
    SOURCE_FILE_INVALID,
    TIMESTAMP_INVALID,
    USAGE_INVALID,
)
from services.common.kernel.clock import SECOND, Instant
from services.common.kernel.identifiers import is_plmn
from services.common.kernel.outcome import Refused, RefusedError

MAX_FILES = 200
MAX_NAME_CHARACTERS = 200
MAX_KEY_CHARACTERS = 200
# 0001-01-01 to 9999-12-30: what Timestamp may hold, less a day, so that any time zone fits.
_MIN_SECONDS, _MAX_SECONDS = -62_135_510_400, 253_402_128_000


def source_files(source: catalog_api_pb2.CatalogSource) -> tuple[SourceFile, ...]:
    """The files of a request. Raises RefusedError SOURCE_EMPTY, SOURCE_FILE_INVALID."""
    if not any(file.content.strip() for file in source.files):
        raise RefusedError(Refused(SOURCE_EMPTY, "no file with content was sent", "source.files"))
    if len(source.files) > MAX_FILES:
        raise RefusedError(
            Refused(SOURCE_FILE_INVALID, f"a catalog is at most {MAX_FILES} files", "source.files")
        )
    seen: set[str] = set()
    for index, file in enumerate(source.files):
        name = file.name
        if not name or len(name) > MAX_NAME_CHARACTERS or not name.isprintable() or name in seen:
            raise RefusedError(
                Refused(
                    SOURCE_FILE_INVALID,
                    f"file {index + 1} needs a name of its own, at most {MAX_NAME_CHARACTERS} characters",
                    f"source.files.{index}.name",
                )
            )
        seen.add(name)
    return tuple(SourceFile(file.name, file.content) for file in source.files)


def usage_reports(lines: Iterable[catalog_api_pb2.UsageLine]) -> list[UsageReport]:
    """The usage of a request. Raises RefusedError USAGE_INVALID, TIMESTAMP_INVALID."""
    return [_usage_report(index, line) for index, line in enumerate(lines)]


def _usage_report(index: int, line: catalog_api_pb2.UsageLine) -> UsageReport:
    field = f"usage.{index}"
    if len(line.key) > MAX_KEY_CHARACTERS:
        raise RefusedError(
            Refused(USAGE_INVALID, f"a key is at most {MAX_KEY_CHARACTERS} characters", f"{field}.key")
        )
    if line.serving_plmn and not is_plmn(line.serving_plmn):
        raise RefusedError(
            Refused(USAGE_INVALID, "a network is 5 or 6 digits, MCC and MNC", f"{field}.serving_plmn")
        )
    if not line.HasField("used_at"):
        raise RefusedError(Refused(TIMESTAMP_INVALID, "say when it was used", f"{field}.used_at"))
    at = instant_of(line.used_at, f"{field}.used_at")
    return UsageReport(line.key, line.rating_group, line.units, at, line.serving_plmn)


def instant_of(stamp: Timestamp, field: str) -> Instant:
    """An instant, to the microsecond. Raises RefusedError TIMESTAMP_INVALID."""
    if not _MIN_SECONDS <= stamp.seconds <= _MAX_SECONDS or not 0 <= stamp.nanos < 1_000_000_000:
        raise RefusedError(Refused(TIMESTAMP_INVALID, "it is no time of the calendar", field))
    return Instant(stamp.seconds * SECOND + stamp.nanos // 1000)
