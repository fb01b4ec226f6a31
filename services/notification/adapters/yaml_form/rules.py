"""The form of all files of alert rules together, without the words."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from services.common.runtime.yaml_fields import Code, Form
from services.common.runtime.yaml_times import Clock, Language
from services.notification.adapters.yaml_form.alerts import AlertForm
from services.notification.adapters.yaml_form.fields import AlertCode, ChannelField, Count, Time


class QuietHoursForm(Form):
    """Local time of whoever is told."""

    from_: Clock = Field(alias="from")
    until: Clock


class UnusualForm(Form):
    """When a day's charges are unusual."""

    factor: Annotated[int, Field(ge=2, le=1_000)] = Field(
        description="more than so many times the mean of the days before"
    )
    at_least_minor: Count = Field(description="and at least so many whole minor units: 1000 are 10.00 EUR")


class LimitForm(Form):
    """At most so many messages in so long."""

    scope: Literal["subscriber", "channel", "tenant"] = Field(
        description="of each subscriber, of a channel, or of all together"
    )
    most: Annotated[int, Field(ge=1, le=1_000_000)]
    per: Time = Field(description="10 min, 24 h")
    channel: ChannelField | None = Field(default=None, description="absent: through any")


class RulesForm(Form):
    """All files of alert rules together."""

    model_config = ConfigDict(title="Tidemark alert rules")

    rules: Code
    languages: list[Language] = Field(min_length=1, description="the first stands in for others")
    time_zone: Annotated[str, Field(min_length=1, max_length=64)]
    quiet_hours: QuietHoursForm | None = Field(default=None, description="absent: none")
    expiry_hours: list[Annotated[int, Field(ge=1, le=2_160)]] = Field(
        default=[24], description="so many hours before something ends it is told, each once"
    )
    unusual_usage: UnusualForm
    limits: list[LimitForm] = Field(default=[])
    alerts: dict[AlertCode, AlertForm] = Field(default={})
