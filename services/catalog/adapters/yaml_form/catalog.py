"""The form of a whole catalog, and of its rating groups and units."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from services.catalog.adapters.yaml_form.circumstances import (
    AreaForm,
    CalendarForm,
    CategoryForm,
    DestinationForm,
    LoadBandForm,
    QosClassForm,
    SliceForm,
    TimeBandForm,
    ZoneForm,
)
from services.catalog.adapters.yaml_form.examples import ExampleForm
from services.catalog.adapters.yaml_form.offerings import OfferingForm
from services.catalog.adapters.yaml_form.policies import CounterForm, VelocityLimitForm
from services.catalog.adapters.yaml_form.pricing import TaxForm
from services.common.runtime.yaml_fields import Amounts, Code, Form, Name, Number, SizeField
from services.common.runtime.yaml_figures import Size


class UnitForm(Form):
    name: Name


class QuotaForm(Form):
    initial: SizeField = Field(description="granted before any usage has been seen")
    minimum: SizeField = Field(description="smallest grant")
    maximum: SizeField = Field(description="largest grant")
    maximum_validity: SizeField = Field(description="longest validity of a grant: 1 h")
    holding_time: SizeField = Field(default=Size(0), description="quota holding time: 10 min; 0: none")


class RatingGroupForm(Form):
    number: Number = Field(description="Rating-Group as the network element reports it")
    name: Name
    service: Code = Field(description="service class: data, voice, sms, iot, slice, ...")
    unit: Code = Field(description="octets, seconds, events, money, or a unit defined under `units`")
    charging: Literal["online", "offline"] = Field(
        default="online", description="offline: usage is reported and charged, nothing is granted"
    )
    direction: Literal["total", "uplink", "downlink"] = Field(
        default="total", description="which octets count"
    )
    outcome: bool = Field(
        default=False, description="a unit is an outcome, which an event names with its evidence"
    )
    quota: QuotaForm
    final_unit_action: Literal["terminate", "redirect", "restrict-access"] = "terminate"
    redirect_address: Annotated[str, Field(max_length=2000)] = ""


class CatalogForm(Form):
    """All files of a catalog together."""

    model_config = ConfigDict(title="Tidemark catalog")

    catalog: Code
    name: Name
    currency: str = Field(description="ISO 4217: EUR")
    currencies: list[str] = Field(default=[], description="further currencies in which something is sold")
    time_zone: str = Field(description="IANA zone used where a subscriber has none: Europe/Berlin")
    default_rating_group: Code | None = Field(default=None, description="for usage that names none")
    low_balance_threshold: Amounts | None = Field(default=None, description="prepaid money at which to warn")
    units: dict[Code, UnitForm] = Field(default={})
    rating_groups: dict[Code, RatingGroupForm] = Field(default={})
    zones: dict[Code, ZoneForm] = Field(default={})
    time_bands: dict[Code, TimeBandForm] = Field(default={})
    calendars: dict[Code, CalendarForm] = Field(default={})
    destinations: dict[Code, DestinationForm] = Field(default={})
    areas: dict[Code, AreaForm] = Field(default={})
    slices: dict[Code, SliceForm] = Field(default={})
    qos_classes: dict[Code, QosClassForm] = Field(default={})
    load_bands: dict[Code, LoadBandForm] = Field(default={})
    segments: dict[Code, CategoryForm] = Field(default={})
    device_classes: dict[Code, CategoryForm] = Field(default={})
    taxes: dict[Code, TaxForm] = Field(default={})
    counters: dict[Code, CounterForm] = Field(default={})
    velocity_limits: dict[Code, VelocityLimitForm] = Field(default={})
    offerings: dict[Code, OfferingForm] = Field(default={})
    examples: dict[Code, ExampleForm] = Field(default={})
