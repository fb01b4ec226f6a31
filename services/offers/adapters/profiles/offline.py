"""The fold in memory, without a database: the functions of the live one, over a journal from its start."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from services.common.kernel.clock import Instant
from services.common.runtime.following import FollowedRecord
from services.offers.adapters.profiles.decode import decode
from services.offers.domain.customer import WINDOW_NAMES
from services.offers.domain.profiles.fold import folded
from services.offers.domain.profiles.packed import (
    packed,
    unpacked_attributes,
    unpacked_group,
    unpacked_hours,
)
from services.offers.domain.profiles.profile import Profile
from services.offers.domain.profiles.view import group_use

_ROWS_AT_ONCE = 5_000
_INSTANT = pa.timestamp("us", tz="UTC")
_USE = pa.struct(
    [
        ("rating_group", pa.uint32()),
        ("unit", pa.string()),
        *((name, pa.int64()) for name in WINDOW_NAMES),
        *((f"paid_{name}", pa.int64()) for name in WINDOW_NAMES),
        ("decayed", pa.int64()),
        ("last_used_at", _INSTANT),
    ]
)
SCHEMA = pa.schema(
    [
        ("subscriber_id", pa.string()),
        ("account_id", pa.string()),
        ("feature_seq", pa.uint64()),
        ("first_seen_at", _INSTANT),
        ("zone", pa.string()),
        ("segment", pa.string()),
        ("device_class", pa.string()),
        ("customer_value", pa.uint32()),
        ("barred", pa.bool_()),
        ("offering_codes", pa.list_(pa.string())),
        ("hours", pa.list_(pa.uint16())),
        ("usage", pa.list_(_USE)),
        ("packed", pa.binary()),
    ]
)
"""`usage` as of the journal's last record, `paid_` in minor_micros; `packed` as a live profile is stored."""


@dataclass(frozen=True, slots=True)
class FoldedProfile:
    """A subscriber's profile, and the last record that changed it."""

    account_id: str
    feature_seq: int
    profile: Profile


class OfflineFold:
    """Folds records of one partition, in order from the first. Whom live profiles forgot is in it still."""

    def __init__(self) -> None:
        self.profiles: dict[str, FoldedProfile] = {}
        self.sequence = 0
        self._owners: dict[str, str] = {}

    def fold(self, records: Sequence[FollowedRecord]) -> None:
        """Folds what comes next. Raises ValueError for a record that does not, and as `decode`."""
        for record in records:
            if record.sequence != self.sequence + 1:
                raise ValueError(f"record {record.sequence} does not follow on {self.sequence}")
            self.sequence = record.sequence
        decoded = decode(records, lambda session_ref: self._owners.get(session_ref, ""))
        for subscriber_id, happened in decoded.happened.items():
            before = self.profiles.get(subscriber_id)
            profile = folded(before.profile if before else None, happened.facts)
            account_id = happened.account_id or (before.account_id if before else "")
            self.profiles[subscriber_id] = FoldedProfile(account_id, happened.sequence, profile)
        for session_ref, owner in decoded.owners.items():
            if owner:
                self._owners[session_ref] = owner
            else:
                self._owners.pop(session_ref, None)


def write_profiles(path: Path, profiles: Mapping[str, FoldedProfile], at: Instant) -> None:
    """Profiles as Parquet, in order of subscriber, windows as of an instant. Whole, or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file, pq.ParquetWriter(file, SCHEMA, compression="zstd") as writer:
            for rows in _in_portions(profiles, at):
                writer.write_table(pa.Table.from_pylist(rows, schema=SCHEMA))
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _in_portions(profiles: Mapping[str, FoldedProfile], at: Instant) -> Iterator[list[dict[str, Any]]]:
    in_order = sorted(profiles)
    for first in range(0, len(in_order), _ROWS_AT_ONCE):
        yield [_row(key, profiles[key], at) for key in in_order[first : first + _ROWS_AT_ONCE]]


def _row(subscriber_id: str, folded_profile: FoldedProfile, at: Instant) -> dict[str, Any]:
    profile = folded_profile.profile
    attributes = unpacked_attributes(profile.attributes)
    return {
        "subscriber_id": subscriber_id,
        "account_id": folded_profile.account_id,
        "feature_seq": folded_profile.feature_seq,
        "first_seen_at": profile.first_seen_at,
        "zone": profile.zone,
        "segment": attributes.segment,
        "device_class": attributes.device_class,
        "customer_value": attributes.customer_value,
        "barred": attributes.barred,
        "offering_codes": [held.code for held in attributes.offerings],
        "hours": list(unpacked_hours(profile.hours)),
        "usage": [_use(number, part, at) for number, part in sorted(profile.groups.items())],
        "packed": packed(profile),
    }


def _use(number: int, part: bytes, at: Instant) -> dict[str, Any]:
    use = group_use(unpacked_group(part), at)
    return {
        "rating_group": number,
        "unit": use.unit,
        **dict(zip(WINDOW_NAMES, use.units, strict=True)),
        **{f"paid_{name}": paid for name, paid in zip(WINDOW_NAMES, use.spend_minor_micros, strict=True)},
        "decayed": use.decayed_units,
        "last_used_at": use.last_used_at,
    }
