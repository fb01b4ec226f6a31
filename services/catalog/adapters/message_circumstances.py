"""Tables of circumstances, and conditions, as protobuf."""

from __future__ import annotations

from tidemark.catalog.v1 import catalog_pb2, circumstances_pb2

from services.catalog.domain.catalog import TimeBand
from services.catalog.domain.circumstances import (
    KINDS,
    Area,
    Category,
    Conditions,
    Destination,
    HolidayCalendar,
    LoadBand,
    QosClass,
    Slice,
    Zone,
)


def zone_message(zone: Zone) -> catalog_pb2.Zone:
    """A set of serving networks."""
    return catalog_pb2.Zone(
        code=zone.code, name=zone.name, home=zone.home, plmns=zone.plmns, rest_of_world=zone.rest_of_world
    )


def time_band_message(band: TimeBand) -> catalog_pb2.TimeBand:
    """A part of the week."""
    return catalog_pb2.TimeBand(
        code=band.code,
        name=band.name,
        windows=[
            catalog_pb2.TimeWindow(
                weekdays=window.weekdays, start_minute=window.start_minute, end_minute=window.end_minute
            )
            for window in band.windows
        ],
        calendar=band.calendar,
    )


def destination_message(item: Destination) -> circumstances_pb2.Destination:
    """Whom is called."""
    return circumstances_pb2.Destination(
        code=item.code, name=item.name, prefixes=item.prefixes, barred=item.barred
    )


def area_message(item: Area) -> circumstances_pb2.Area:
    """Cells and tracking areas."""
    return circumstances_pb2.Area(
        code=item.code, name=item.name, cells=item.cells, tracking_areas=item.tracking_areas
    )


def slice_message(item: Slice) -> circumstances_pb2.Slice:
    """An S-NSSAI."""
    return circumstances_pb2.Slice(code=item.code, name=item.name, sst=item.sst, sd=item.sd)


def qos_class_message(item: QosClass) -> circumstances_pb2.QosClass:
    """5QI values."""
    return circumstances_pb2.QosClass(code=item.code, name=item.name, five_qis=item.five_qis)


def load_band_message(item: LoadBand) -> circumstances_pb2.LoadBand:
    """A range of network load."""
    return circumstances_pb2.LoadBand(
        code=item.code, name=item.name, from_percent=item.from_percent, until_percent=item.until_percent
    )


def calendar_message(item: HolidayCalendar) -> circumstances_pb2.HolidayCalendar:
    """Holidays."""
    return circumstances_pb2.HolidayCalendar(code=item.code, name=item.name, days=item.days)


def category_message(item: Category) -> circumstances_pb2.Category:
    """A segment or a device class."""
    return circumstances_pb2.Category(code=item.code, name=item.name)


def conditions_message(conditions: Conditions) -> circumstances_pb2.Conditions | None:
    """All kinds but zones, which have a field of their own beside; None where none of them is restricted."""
    codes = {kind: conditions.of(kind) for kind in KINDS if kind != "zones"}
    return circumstances_pb2.Conditions(**codes) if any(codes.values()) else None
