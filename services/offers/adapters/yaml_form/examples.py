"""The form of worked examples: a customer under the names that rules read, a moment, what comes out."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from services.common.runtime.yaml_fields import Amount, Code, CurrencyCode, Form, SizeField
from services.offers.adapters.yaml_form.fields import Count, DropReason, Time

ContextText = Annotated[str, Field(max_length=200)]
PurposeName = Literal["personalised-offers", "outbound", "location"]
Word = Annotated[str, Field(max_length=64)]


class CustomerFacts(Form):
    segment: Word = ""
    value: Count = 0
    device_class: Word = ""
    zone: Word = Field(default="", description="absent: home")
    roaming: bool = False
    offerings: list[Code] = Field(default=[], description="what the customer has")
    tenure_days: Count = 0
    refused_recently: bool = False
    barred: bool = False
    currency: CurrencyCode | None = Field(default=None, description="absent: that of the policies")


class UseFacts(Form):
    minutes: SizeField | None = None
    hour: SizeField | None = None
    day: SizeField | None = None
    week: SizeField | None = None
    month: SizeField | None = None
    decayed: SizeField | None = None
    spend_minutes: Amount | None = None
    spend_hour: Amount | None = None
    spend_day: Amount | None = None
    spend_week: Amount | None = None
    spend_month: Amount | None = None
    idle: Time | None = Field(default=None, description="since the last use: 30 min")


class BalanceFacts(Form):
    money: Amount = Field(default="0.00", description='"5.00"')
    left: dict[Code, SizeField] = Field(default={}, description="of allowances, by class of usage")
    given: dict[Code, SizeField] = Field(default={})


class MomentFacts(Form):
    at: str = Field(description="2026-12-04 20:00, in the zone of the policies, or with an offset")


class PlaceFacts(Form):
    fences: list[Code] = Field(default=[])


class RaisedFacts(Form):
    by: Literal["request", "usage", "allowance-low", "roaming", "fence-entered"]
    fence: Code | None = None


class ContactFacts(Form):
    offer: Code
    channel: Code
    ago: Time = Field(description="2 h, 3 days")
    declined: bool = Field(default=False, description="the customer said no")


class FactsForm(Form):
    customer: CustomerFacts = CustomerFacts()
    usage: dict[Code, UseFacts] = Field(default={})
    balance: BalanceFacts = BalanceFacts()
    moment: MomentFacts
    place: PlaceFacts = PlaceFacts()
    context: dict[str, ContextText] = Field(default={})
    raised: RaisedFacts | None = None
    consents: list[PurposeName] | None = Field(default=None, description="absent: all")
    contacts: list[ContactFacts] = Field(default=[], description="how the customer was approached before")


class ExampleForm(Form):
    facts: FactsForm
    placement: Code
    channel: Code
    expected: list[Code] = Field(description="offers in order of rank, by rules alone; []: nothing")
    dropped: dict[Code, DropReason] = Field(default={}, description="offer: why it is not among them")
