"""The form of all policy files together."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from services.common.runtime.yaml_fields import Code, CurrencyCode, Form, Name, Number
from services.common.runtime.yaml_times import Clock, Language
from services.offers.adapters.yaml_form.examples import ExampleForm
from services.offers.adapters.yaml_form.fields import Condition, Count, Lever, Permille, RuleName
from services.offers.adapters.yaml_form.offers import OfferForm


class PlacementForm(Form):
    name: Name


class ChannelForm(Form):
    name: Name
    outbound: bool = Field(default=False, description="true: reaches customers who did not ask")


class UsageClassForm(Form):
    rating_groups: list[Number] = Field(min_length=1, description="numbers of the catalog: [107, 108]")
    unit: Annotated[str, Field(max_length=64)] = Field(description="octets, seconds, events, ...")


class CapForm(Form):
    contacts: Annotated[int, Field(ge=1, le=10_000)]
    days: Annotated[int, Field(ge=1, le=366)]
    channels: list[Code] = Field(default=[], description="absent: all channels")


class QuietHoursForm(Form):
    from_: Clock = Field(alias="from")
    until: Clock


class ContactForm(Form):
    caps: list[CapForm] = Field(default=[], description="of any offer, on the customer's own days")
    quiet_hours: QuietHoursForm | None = Field(default=None, description="nothing outbound, local time")
    decline_quiet_days: Count = Field(default=30, description='after a "no" the same offer keeps quiet')
    repeat_quiet_hours: Count = Field(default=0, description="after it was sent the same offer keeps quiet")


class ExplorationForm(Form):
    floor_percent: Permille = Field(default=50, description="shared by all candidates")
    draws: Annotated[int, Field(ge=16, le=4_096)] = 256
    candidates: Annotated[int, Field(ge=1, le=50)] = Field(default=10, description="ranked at most")
    control_percent: Permille = Field(default=20, description="ranked by rules alone, never learnt from")


class ArmForm(Form):
    percent: Annotated[int, Field(ge=0, le=100)]
    ranking: Literal["model", "rules", "random"] = "model"
    without: list[Code] = Field(default=[], description="offers that are left out here")
    levers: dict[Code, Lever] = Field(default={}, description="offer: per cent, in place of its own lever")


class ExperimentForm(Form):
    name: Name
    salt: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[\x21-\x7e]+$")] = Field(
        description="a new one deals the subscribers anew"
    )
    placements: list[Code] = Field(default=[], description="absent: all")
    arms: dict[Code, ArmForm] = Field(description="they add up to 100 per cent")


class PoliciesForm(Form):
    """All files of offer policies together."""

    model_config = ConfigDict(title="Tidemark offer policies")

    policies: Code
    name: Name
    currency: CurrencyCode
    time_zone: Annotated[str, Field(min_length=1, max_length=64)]
    languages: list[Language] = Field(min_length=1, description="the first stands in for others")
    placements: dict[Code, PlacementForm] = Field(default={})
    channels: dict[Code, ChannelForm] = Field(default={})
    usage_classes: dict[Code, UsageClassForm] = Field(default={})
    protected_segments: list[Code] = Field(
        default=[], description="segments that stand for what must not decide, an age for instance"
    )
    contact: ContactForm = ContactForm()
    exploration: ExplorationForm = ExplorationForm()
    rules: dict[RuleName, Condition] = Field(default={}, description="conditions with a name")
    offers: dict[Code, OfferForm] = Field(default={})
    experiments: dict[Code, ExperimentForm] = Field(default={})
    examples: dict[Code, ExampleForm] = Field(default={})
