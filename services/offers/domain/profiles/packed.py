"""A profile as bytes: one payload, versioned by its first byte, the same for the same profile.

Little-endian: a header, one record for each rating group in order of number, one number for each
offering, then every text, each ended by a zero byte.
"""

from __future__ import annotations

import struct

from services.common.kernel.clock import Instant
from services.offers.domain.profiles.profile import (
    HOURS,
    MOST_GROUPS,
    Attributes,
    GroupUse,
    HeldOffering,
    Profile,
)

VERSION = 1
MOST_OFFERINGS = 1_000
"""Of a subscriber; the rest, in order of code, is left out."""

_HEADER = struct.Struct(f"<BBHBIqqq{HOURS}H")
_GROUP = struct.Struct("<Iqd10q10q")
_OFFERING = struct.Struct("<?q")
_LARGEST = 2**63 - 1
_END = "\0"


class PackedProfileError(ValueError):
    """Bytes that are no packed profile of this version."""


def packed(profile: Profile) -> bytes:
    """The bytes of a profile. What no number holds is held to the largest that does."""
    attributes = profile.attributes
    groups = sorted(profile.groups.items())
    offerings = attributes.offerings[:MOST_OFFERINGS]
    header = _HEADER.pack(
        VERSION,
        len(groups),
        len(offerings),
        attributes.barred,
        min(attributes.customer_value, 2**32 - 1),
        profile.first_seen_at,
        profile.refused_at,
        profile.zone_at,
        *profile.hours,
    )
    texts = [profile.zone, attributes.time_zone, attributes.segment, attributes.device_class]
    texts += [held.code for held in offerings]
    texts += [use.unit for _, use in groups]
    joined = _END.join(texts)
    if joined.count(_END) != len(texts) - 1:
        joined = _END.join(text.replace(_END, "") for text in texts)
    return b"".join(
        (
            header,
            *[_packed_group(number, use) for number, use in groups],
            *[_OFFERING.pack(held.suspended, held.ends_at) for held in offerings],
            joined.encode(),
        )
    )


def unpacked(payload: bytes) -> Profile:
    """The profile of its bytes. Raises PackedProfileError."""
    if not payload or payload[0] != VERSION:
        raise PackedProfileError("not a packed profile of a version that is known here")
    try:
        return _unpacked(payload)
    except (struct.error, UnicodeDecodeError, ValueError, IndexError) as error:
        raise PackedProfileError("a packed profile that is cut off or damaged") from error


def _packed_group(number: int, use: GroupUse) -> bytes:
    try:
        return _GROUP.pack(number, use.at, use.decayed, *use.units, *use.paid)
    except struct.error:
        units, paid = map(_held, use.units), map(_held, use.paid)
        return _GROUP.pack(number, use.at, use.decayed, *units, *paid)


def _held(value: int) -> int:
    return max(-_LARGEST, min(value, _LARGEST))


def _unpacked(payload: bytes) -> Profile:
    _, group_count, offering_count, barred, value, first_seen_at, refused_at, zone_at, *hours = (
        _HEADER.unpack_from(payload)
    )
    if group_count > MOST_GROUPS:
        raise ValueError("more rating groups than a profile keeps")
    at = _HEADER.size
    offerings_at = at + group_count * _GROUP.size
    texts_at = offerings_at + offering_count * _OFFERING.size
    zone, time_zone, segment, device_class, *codes = payload[texts_at:].decode().split(_END)
    units = codes[offering_count:]
    if len(units) != group_count:
        raise ValueError("texts are missing")
    groups = {}
    for unit, (number, used_at, decayed, *counts) in zip(
        units, _GROUP.iter_unpack(payload[at:offerings_at]), strict=True
    ):
        groups[number] = GroupUse(used_at, unit, decayed, tuple(counts[:10]), tuple(counts[10:]))
    offerings = tuple(
        HeldOffering(code, suspended, ends_at)
        for code, (suspended, ends_at) in zip(
            codes[:offering_count], _OFFERING.iter_unpack(payload[offerings_at:texts_at]), strict=True
        )
    )
    return Profile(
        Instant(first_seen_at),
        Attributes(time_zone, segment, device_class, value, bool(barred), offerings),
        refused_at,
        zone,
        zone_at,
        tuple(hours),
        groups,
    )
