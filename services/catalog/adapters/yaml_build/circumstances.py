"""Tables of circumstances, and conditions, from their forms."""

from __future__ import annotations

from collections.abc import Sequence

from services.catalog.adapters.yaml_build.scope import Scope
from services.catalog.adapters.yaml_form import circumstances as form
from services.catalog.domain.catalog import TimeBand
from services.catalog.domain.circumstances import (
    ALWAYS,
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
from services.catalog.domain.findings import FindingReason


def build_zone(code: str, zone: form.ZoneForm) -> Zone:
    """A set of serving networks."""
    return Zone(code, zone.name, zone.home, tuple(sorted(zone.plmns)), zone.rest_of_world)


def build_time_band(code: str, band: form.TimeBandForm) -> TimeBand:
    """A part of the week."""
    windows = sorted(band.windows, key=lambda window: (window.weekdays, window.start_minute))
    return TimeBand(code, band.name, tuple(windows), band.calendar or "")


def build_destination(code: str, item: form.DestinationForm) -> Destination:
    """Whom is called."""
    return Destination(code, item.name, tuple(sorted(item.prefixes)), item.barred)


def build_area(code: str, item: form.AreaForm) -> Area:
    """Cells and tracking areas."""
    return Area(code, item.name, tuple(sorted(item.cells)), tuple(sorted(item.tracking_areas)))


def build_slice(code: str, item: form.SliceForm) -> Slice:
    """An S-NSSAI."""
    return Slice(code, item.name, item.sst, item.sd or "")


def build_qos_class(code: str, item: form.QosClassForm) -> QosClass:
    """5QI values."""
    return QosClass(code, item.name, tuple(sorted(item.five_qis)))


def build_load_band(code: str, item: form.LoadBandForm) -> LoadBand:
    """A range of network load."""
    return LoadBand(code, item.name, item.from_percent, item.until_percent)


def build_calendar(code: str, item: form.CalendarForm) -> HolidayCalendar:
    """Holidays."""
    return HolidayCalendar(code, item.name, tuple(sorted(item.days)))


def build_category(code: str, item: form.CategoryForm) -> Category:
    """A segment or a device class."""
    return Category(code, item.name)


def build_conditions(
    scope: Scope, when: form.ConditionsForm | None, zones: Sequence[str], field: str
) -> Conditions:
    """Conditions; `zones` are those written beside `when`, as was once the only way."""
    if when is None:
        return Conditions(zones=tuple(sorted(zones))) if zones else ALWAYS
    if zones and when.zones:
        scope.problem(
            FindingReason.CONDITION_TWICE, "give `zones` here or under `when`, not both", f"{field}.zones"
        )
    codes = {kind: tuple(sorted(getattr(when, kind))) for kind in KINDS}
    return Conditions(**(codes | {"zones": tuple(sorted(zones))} if zones else codes))
