"""Forms of the tables that conditions name, and of conditions."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from services.catalog.adapters.yaml_form.fields import Digits, Holiday, Window
from services.common.runtime.yaml_fields import Code, Day, Form, Name

Cell = Annotated[str, Field(pattern="^[0-9]{5,6}-[0-9a-f]{7,9}$")]
TrackingArea = Annotated[str, Field(pattern="^[0-9]{5,6}-[0-9a-f]{4,6}$")]
SliceDifferentiator = Annotated[str, Field(pattern="^[0-9a-f]{6}$")]
Octet = Annotated[int, Field(ge=0, le=255)]
Percentage = Annotated[int, Field(ge=0, le=101)]


class ZoneForm(Form):
    name: Name
    home: bool = Field(default=False, description="meant where the network reports no place")
    plmns: list[str] = Field(default=[], description='MCC ("262") or MCC and MNC ("26201"), in quotes')
    rest_of_world: bool = Field(default=False, description="every network that no other zone names")


class DestinationForm(Form):
    name: Name
    prefixes: list[Digits] = Field(description='E.164 prefixes in quotes: "+49", "+49900"; the longest wins')
    barred: bool = Field(default=False, description="nobody may call it")


class AreaForm(Form):
    name: Name
    cells: list[Cell] = Field(
        default=[], description='cell identities, hexadecimal, after the network: "26201-0000a1b20"'
    )
    tracking_areas: list[TrackingArea] = Field(
        default=[], description='tracking area codes, hexadecimal, after the network: "26201-00a1f3"'
    )


class SliceForm(Form):
    name: Name
    sst: Octet = Field(description="slice/service type")
    sd: SliceDifferentiator | None = Field(
        default=None, description='slice differentiator, six hexadecimal digits; absent: any: "0000a1"'
    )


class QosClassForm(Form):
    name: Name
    five_qis: list[Octet] = Field(description="5QI values (TS 23.501 table 5.7.4-1)")


class LoadBandForm(Form):
    name: Name
    from_percent: Percentage = Field(description="network load from which on it holds")
    until_percent: Percentage = Field(description="first load that is no more in it; 101 for no end")


class CalendarForm(Form):
    name: Name
    days: list[Holiday] = Field(description="2026-12-25, or 12-25 for every year")


class CategoryForm(Form):
    name: Name


class TimeBandForm(Form):
    name: Name
    windows: list[Window]
    calendar: Code | None = Field(
        default=None, description="on its holidays only the windows that begin with `holiday` hold"
    )


class ConditionsForm(Form):
    """All that are named must hold."""

    zones: list[Code] = Field(default=[])
    destinations: list[Code] = Field(default=[])
    areas: list[Code] = Field(default=[])
    slices: list[Code] = Field(default=[])
    qos_classes: list[Code] = Field(default=[])
    load_bands: list[Code] = Field(default=[])
    segments: list[Code] = Field(default=[])
    device_classes: list[Code] = Field(default=[])


class PriceConditionsForm(ConditionsForm):
    time_band: Code | None = None
    from_: Day | None = Field(default=None, alias="from", description="first day, in the subscriber's zone")
    until: Day | None = Field(default=None, description="last day, in the subscriber's zone")
