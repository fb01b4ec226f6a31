"""A profile as bytes: one payload, versioned by its first byte, the same for the same profile.

Little-endian: a header, the zone, one part for each rating group in order of number, each with its unit
at its end, and the attributes to the end of all. Texts are UTF-8.
"""

from __future__ import annotations

import struct
from functools import lru_cache

from services.common.kernel.clock import Instant
from services.offers.domain.profiles.profile import (
    HOURS,
    MOST_GROUPS,
    Attributes,
    GroupUse,
    HeldOffering,
    Profile,
)
from services.offers.domain.profiles.windows import NO_COUNTS

VERSION = 1

_HEADER = struct.Struct(f"<BBBqqq{2 * HOURS}s")
_GROUP = struct.Struct("<B?Iqd10q")
_PAID = struct.Struct("<10q")
_GROUP_HEAD = struct.Struct("<B?I")
_USED_AT = struct.Struct("<q")
_ATTRIBUTES = struct.Struct("<?IH")
_OFFERING = struct.Struct("<?q")
_HOUR = struct.Struct("<H")
_ALL_HOURS = struct.Struct(f"<{HOURS}H")
_MANY_REPORTS = 4_096
_LARGEST = 2**63 - 1
_LONGEST_TEXT = 255
_END = "\0"


class PackedProfileError(ValueError):
    """Bytes that are no packed profile of this version."""


def packed(profile: Profile) -> bytes:
    """The bytes of a profile."""
    zone = _octets(profile.zone)
    header = _HEADER.pack(
        VERSION,
        len(profile.groups),
        len(zone),
        profile.first_seen_at,
        profile.refused_at,
        profile.zone_at,
        profile.hours,
    )
    return b"".join((header, zone, *profile.groups.values(), profile.attributes))


def unpacked(payload: bytes) -> Profile:
    """The profile of its bytes. Raises PackedProfileError."""
    if not payload or payload[0] != VERSION:
        raise PackedProfileError("not a packed profile of a version that is known here")
    try:
        return _unpacked(payload)
    except (struct.error, ValueError, IndexError) as error:
        raise PackedProfileError("a packed profile that is cut off or damaged") from error


def packed_group(number: int, use: GroupUse) -> bytes:
    """The use of one rating group; money only where some was paid.

    What no number holds is held to the largest that does.
    """
    _, unit_text, decayed, units, paid = use
    unit, is_paid = _octets(unit_text), paid != NO_COUNTS
    try:
        part = _GROUP.pack(len(unit), is_paid, number, use.at, decayed, *units)
        return b"".join((part, _PAID.pack(*paid), unit)) if is_paid else part + unit
    except struct.error:
        held = GroupUse(use.at, unit_text, decayed, tuple(map(_held, units)), tuple(map(_held, paid)))
        return packed_group(number, held)


def unpacked_group(part: bytes) -> GroupUse:
    """Back again. Raises struct.error or UnicodeDecodeError for what is none."""
    _, is_paid, _, at, decayed, *units = _GROUP.unpack_from(part)
    if not is_paid:
        return GroupUse(at, part[_GROUP.size :].decode(), decayed, tuple(units))
    end = _GROUP.size + _PAID.size
    return GroupUse(at, part[end:].decode(), decayed, tuple(units), _PAID.unpack_from(part, _GROUP.size))


def used_at(part: bytes) -> int:
    """When a packed rating group was last used."""
    at: int = _USED_AT.unpack_from(part, _GROUP_HEAD.size)[0]
    return at


def counted(hours: bytes, hour: int) -> bytes:
    """Counts by hour of the day, with one more in an hour; halved when they grow.

    So habits of last year make room for those of today.
    """
    counts = bytearray(hours)
    (count,) = _HOUR.unpack_from(counts, 2 * hour)
    if count >= _MANY_REPORTS:
        _ALL_HOURS.pack_into(counts, 0, *[before // 2 for before in _ALL_HOURS.unpack(hours)])
        count //= 2
    _HOUR.pack_into(counts, 2 * hour, count + 1)
    return bytes(counts)


def unpacked_hours(hours: bytes) -> tuple[int, ...]:
    """The counts of the 24 hours of the day."""
    return _ALL_HOURS.unpack(hours)


def packed_attributes(attributes: Attributes) -> bytes:
    """Attributes as bytes."""
    offerings = attributes.offerings
    value = min(attributes.customer_value, 2**32 - 1)
    texts = [attributes.time_zone, attributes.segment, attributes.device_class]
    texts += [held.code for held in offerings]
    return b"".join(
        (
            _ATTRIBUTES.pack(attributes.barred, value, len(offerings)),
            *[_OFFERING.pack(held.suspended, held.ends_at) for held in offerings],
            _END.join(text.replace(_END, "") for text in texts).encode(),
        )
    )


@lru_cache(maxsize=16_384)
def unpacked_attributes(part: bytes) -> Attributes:
    """Back again; many subscribers share one value. Raises struct.error or ValueError for what is none."""
    barred, customer_value, count = _ATTRIBUTES.unpack_from(part)
    texts_at = _ATTRIBUTES.size + count * _OFFERING.size
    numbers = _OFFERING.iter_unpack(part[_ATTRIBUTES.size : texts_at])
    time_zone, segment, device_class, *codes = part[texts_at:].decode().split(_END)
    offerings = tuple(
        HeldOffering(code, suspended, ends_at)
        for code, (suspended, ends_at) in zip(codes, numbers, strict=True)
    )
    return Attributes(time_zone, segment, device_class, customer_value, barred, offerings)


def _unpacked(payload: bytes) -> Profile:
    _, count, zone_length, first_seen_at, refused_at, zone_at, hours = _HEADER.unpack_from(payload)
    if count > MOST_GROUPS:
        raise ValueError("more rating groups than a profile keeps")
    at = _HEADER.size + zone_length
    zone = payload[_HEADER.size : at].decode()
    groups = {}
    for _ in range(count):
        unit_length, is_paid, number = _GROUP_HEAD.unpack_from(payload, at)
        end = at + _GROUP.size + is_paid * _PAID.size + unit_length
        groups[number] = payload[at:end]
        at = end
    attributes = payload[at:]
    # Read now, so that damage is found here and not later.
    unpacked_attributes(attributes)
    return Profile(Instant(first_seen_at), attributes, refused_at, zone, zone_at, hours, groups)


@lru_cache(maxsize=1_024)
def _octets(text: str) -> bytes:
    octets = text.encode()
    return octets if len(octets) <= _LONGEST_TEXT else octets[:_LONGEST_TEXT].decode(errors="ignore").encode()


def _held(value: int) -> int:
    return max(-_LARGEST, min(value, _LARGEST))
