"""The form of an offer: what it is, to whom, when, and in what words."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from services.common.runtime.yaml_fields import Amount, Code, CurrencyCode, Day, Form
from services.common.runtime.yaml_figures import wrong
from services.offers.adapters.yaml_form.fields import (
    Condition,
    Count,
    DropReason,
    Lever,
    Permille,
    Texts,
    Time,
)
from services.offers.domain.findings import FindingReason

ACTIONS = ("subscribe", "discount", "trial", "reward")
AttributeText = Annotated[str, Field(min_length=1, max_length=64, pattern="^[a-z0-9][a-z0-9-]*$")]


class ActionForm(Form):
    subscribe: Code | None = Field(default=None, description="an offering of the catalog, at its price")
    discount: Code | None = Field(default=None, description="an offering that costs less than `instead_of`")
    instead_of: Code | None = Field(
        default=None, description="with `discount`: the offering at its full price"
    )
    trial: Code | None = Field(default=None, description="an offering with a trial")
    reward: Amount | None = Field(default=None, description='money as a present: "2.00"')
    currency: CurrencyCode | None = Field(
        default=None, description="with `reward`; absent: that of the policies"
    )
    choose: list[Code] = Field(default=[], description="what is chosen of a bundle with a choice")

    @model_validator(mode="after")
    def _one_action(self) -> ActionForm:
        if sum(getattr(self, name) is not None for name in ACTIONS) != 1:
            raise wrong(FindingReason.ACTION_INVALID, "an action is exactly one of " + ", ".join(ACTIONS))
        if (self.discount is None) != (self.instead_of is None):
            raise wrong(
                FindingReason.ACTION_INVALID,
                "a discount says what it is instead of: {discount: video-half, instead_of: video-premium}",
            )
        if self.currency is not None and self.reward is None:
            raise wrong(
                FindingReason.ACTION_INVALID, "only a reward has a currency; the catalog has the others"
            )
        if self.choose and self.reward is not None:
            raise wrong(FindingReason.ACTION_INVALID, "a reward has nothing to choose")
        return self


class RuleForm(Form):
    when: Condition
    reason: DropReason | None = Field(
        default=None, description="why it is dropped where this does not hold: NOT_A_VIDEO_FAN"
    )


class WeightForm(Form):
    when: Condition
    percent: Lever = Field(description="so many per cent more, or below zero less, where it holds")


class ReasonForm(Form):
    when: Condition | None = Field(default=None, description="absent: always")
    text: Texts = Field(description="{...} is CEL, and how it is written: {usage.video.hour | octets}")


class TriggerForm(Form):
    on: Literal["usage", "allowance-low", "roaming", "fence-entered"]
    when: Condition | None = Field(default=None, description="absent: always")
    fence: Code | None = Field(default=None, description="with fence-entered: which one")
    below_percent: Annotated[int, Field(ge=1, le=99)] | None = Field(
        default=None, description="with allowance-low: so much is left, or less; 20 where it is not said"
    )

    @model_validator(mode="after")
    def _fitting(self) -> TriggerForm:
        if (self.fence is not None) != (self.on == "fence-entered"):
            raise wrong(
                FindingReason.TRIGGER_INVALID, "`fence` belongs to fence-entered, which says which one it is"
            )
        if self.below_percent is not None and self.on != "allowance-low":
            raise wrong(FindingReason.TRIGGER_INVALID, "`below_percent` belongs to allowance-low")
        return self


class BudgetForm(Form):
    acceptances: Count | None = Field(default=None, description="at most so many; absent: no such bound")
    amount: Amount | None = Field(default=None, description="given away altogether; absent: no such bound")


class OfferForm(Form):
    name: Texts
    description: Texts = Field(default={})
    action: ActionForm
    placements: list[Code]
    channels: list[Code]
    value: Amount = Field(description='what an acceptance is worth to the operator: "2.50"')
    propensity_percent: Permille = Field(default=20, description="how many accept, where no model says so")
    lever_percent: Lever = Field(default=0, description="pushes it in the ranking, or holds it back")
    personalised: bool = Field(default=True, description="false: for everybody alike; needs no consent")
    attributes: dict[Code, AttributeText] = Field(
        default={}, description="what a model may learn across offers: {kind: data, size: medium}"
    )
    from_: Day | None = Field(default=None, alias="from", description="its first day")
    until: Day | None = Field(default=None, description="the first day on which it no longer holds")
    eligibility: list[RuleForm] = Field(default=[], description="may this customer have it?")
    applicability: list[RuleForm] = Field(default=[], description="does it fit the moment?")
    suitability: list[RuleForm] = Field(default=[], description="is it good for this customer?")
    weights: list[WeightForm] = Field(default=[])
    excluded_with: list[Code] = Field(default=[], description="not for who has one of these offerings")
    not_worse_off: bool = Field(
        default=True, description="not where it costs more than what the customer has, for the usage shown"
    )
    compared_over: list[Code] = Field(default=[], description="with not_worse_off: classes of usage")
    fences: list[Code] = Field(default=[], description="only inside one of these")
    triggers: list[TriggerForm] = Field(default=[], description="what raises it by itself")
    reasons: list[ReasonForm] = Field(default=[], description="words for the customer; the first that holds")
    budget: BudgetForm | None = None
    expires: Time = Field(default=1_440, description="how long it can be accepted")
    reward_window: Time = Field(default=1_440, description="after this it counts as ignored")
    immature_daily_cap: Count = Field(
        default=0, description="sent by itself at most so often a day while it is new; 0: no cap"
    )
