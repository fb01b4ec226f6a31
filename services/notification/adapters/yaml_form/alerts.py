"""The form of one alert: what it is told of, to whom, how, and worked examples."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from services.common.runtime.yaml_fields import Code, CurrencyCode, Form
from services.common.runtime.yaml_times import Language
from services.notification.adapters.yaml_form.fields import (
    CategoryField,
    ChannelField,
    Condition,
    Count,
    FactField,
    FactValueField,
    Sentence,
    SeverityField,
    Time,
)

Word = Annotated[str, Field(max_length=64)]


class CustomerForm(Form):
    """A customer of an example; what is not named is as of somebody about whom nothing is known."""

    segment: Word = ""
    value: Count = 0
    device_class: Word = ""
    zone: Word = Field(default="", description="where the customer is; absent: nothing is known of it")
    barred: bool = False
    offerings: list[Code] = Field(default=[], description="what the customer has")
    currency: CurrencyCode = "EUR"
    time_zone: Annotated[str, Field(max_length=64)] = Field(default="", description="absent: the rules' own")


class WordsForm(Form):
    """What is told in one language; what is absent is not compared."""

    title: Sentence | None = None
    text: Sentence | None = None
    body: Sentence | None = None


class ExampleForm(Form):
    """A fact, and what is told of it."""

    fact: dict[str, FactValueField] = Field(
        description='the fields of its kind: {balance: "1.50 EUR", left: 200 MB, hours: 24}'
    )
    customer: CustomerForm = CustomerForm()
    told: dict[Language, WordsForm] = Field(description="by language; {}: this alert keeps silent")


class AlertForm(Form):
    """One alert. Its words are the message of its code in each Fluent file."""

    on: FactField = Field(description="what it is told of")
    when: Condition | None = None
    audience: Literal["recipient", "operator"] = Field(
        default="recipient", description="whom the fact concerns, or the operator instead"
    )
    category: CategoryField = Field(description="preferences and consent go by it")
    severity: SeverityField = Field(description="critical ones are never held back")
    channels: list[ChannelField] = Field(
        default=[], description="tried in this order until one has delivered; absent: the inbox alone"
    )
    everywhere: bool = Field(default=False, description="true: through all of its channels")
    collapse: Annotated[str, Field(max_length=200)] = Field(
        default="", description="of equal keys only the newest stays: balance-{about}, or {alert}"
    )
    digest: Time | None = Field(default=None, description="collected for so long; absent: sent at once")
    hold: bool = Field(default=True, description="false: sent in quiet hours too")
    examples: dict[Code, ExampleForm] = Field(default={})
