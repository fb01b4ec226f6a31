"""Forms of offerings and allowances."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from services.catalog.adapters.yaml_form.circumstances import ConditionsForm
from services.catalog.adapters.yaml_form.pricing import FeeForm, PriceForm
from services.common.runtime.yaml_fields import Code, Days, Form, Name, Number, SizeField, Text
from services.common.runtime.yaml_figures import Size


class RolloverForm(Form):
    maximum: SizeField = Field(default=Size(0), description="at most so much goes on; absent: all")
    periods: Number = Field(default=1, description="for how many further periods")


class AllowanceForm(Form):
    name: Name
    rating_groups: list[Code] = Field(default=[])
    services: list[Code] = Field(default=[], description="all rating groups of these service classes")
    when: ConditionsForm | None = Field(default=None, description="all that is named must hold")
    zones: list[Code] = Field(default=[], description="the same as `when: {zones: ...}`")
    amount: SizeField
    priority: Number = Field(default=50, description="lower is used first")
    validity: Days = Field(default=0, description="30 days; 0: no end")
    valid_from: Literal["start", "first-use"] = Field(default="start", description="when `validity` begins")
    renews: bool = Field(default=False, description="filled again at the start of every period")
    rollover: RolloverForm | None = Field(default=None, description="what is left goes on")
    shared: bool = Field(default=False, description="one bucket for the whole account")
    member_limit: SizeField | None = Field(
        default=None, description="most that one subscriber may use of a shared one"
    )
    giftable: bool = Field(default=False, description="part of it may be given to another subscriber")
    thresholds_percent: list[int] = Field(default=[], description="used percentages that raise an event")


class ChoiceForm(Form):
    minimum: Number
    maximum: Number
    offerings: list[Code]


class PeriodForm(Form):
    months: Number = 0
    days: Number = 0
    calendar: bool = Field(default=False, description="months begin on the first")


class TrialForm(Form):
    days: Number
    ends: bool = Field(default=False, description="the offering is over then")


class OfferingForm(Form):
    name: Name
    description: Text = ""
    kind: Literal["plan", "add-on", "bundle"]
    precedence: Number = Field(description="of several offerings with a price the lowest is used")
    payment_mode: Literal["prepaid", "postpaid"] | None = None
    existing_subscribers: Literal["keep", "move", "move-next-period", "move-at-once"] = Field(
        description="what a new version does to those who have it: they keep theirs, or move to it with "
        "their next session, with their next period, or at once"
    )
    period: PeriodForm | None = Field(default=None, description="of recurring fees and renewing allowances")
    fees: dict[Code, FeeForm] = Field(default={})
    trial: TrialForm | None = None
    validity: Days = Field(default=0, description="it ends by itself after so many days; 0: never")
    prices: dict[Code, PriceForm] = Field(default={})
    allowances: dict[Code, AllowanceForm] = Field(default={})
    includes: list[Code] = Field(default=[], description="offerings that come with this one")
    choice: ChoiceForm | None = Field(default=None, description="n of m further offerings")
    agreement: Code | None = Field(default=None, description="the partner agreement this falls under")
    denied_zones: list[Code] = Field(default=[], description="zones in which it is not available")
