"""What happened to a subscriber, as profiles see it. Tuples: one is made for each event of the journal."""

from __future__ import annotations

from typing import NamedTuple

from services.offers.domain.profiles.profile import HeldOffering


class Used(NamedTuple):
    """Usage was charged. `at`: usage clock. `paid` in minor_micros, tax included.

    `from_allowance`: an allowance paid for a part of it.
    """

    at: int
    rating_group: int
    unit: str
    units: int
    paid: int
    zone: str = ""
    from_allowance: bool = False


class Refused(NamedTuple):
    """Usage was refused for want of balance."""

    at: int


class Located(NamedTuple):
    """An element told the serving zone."""

    at: int
    zone: str


class Repaid(NamedTuple):
    """Money of earlier charges, signed: above zero it was given back, below zero charged in addition.

    The journal does not say for which rating group, nor when it had been paid.
    """

    at: int
    minor_micros: int


class Added(NamedTuple):
    """The subscriber is there."""

    at: int
    time_zone: str
    segment: str
    customer_value: int
    device_class: str
    offerings: tuple[HeldOffering, ...]


class Described(NamedTuple):
    """Segment, value, device and bar, as they are now."""

    at: int
    segment: str
    customer_value: int
    device_class: str
    barred: bool


class Subscribed(NamedTuple):
    """An offering, as it is now; `ended`: it is gone."""

    at: int
    offering: HeldOffering
    ended: bool = False


Fact = Used | Refused | Located | Repaid | Added | Described | Subscribed
