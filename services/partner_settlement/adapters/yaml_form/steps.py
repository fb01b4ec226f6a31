"""Forms of the steps of a waterfall."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from services.common.runtime.yaml_fields import Amounts, Code, Form, Percent, SizeField
from services.common.runtime.yaml_figures import wrong
from services.partner_settlement.adapters.yaml_form.fields import Boundary, RecipientField
from services.partner_settlement.domain.findings import FindingReason

MODELS = ("percent", "tiered", "fixed", "per_unit", "split", "remainder", "guarantee")
Of = Literal["basis", "remaining"]


class PercentForm(Form):
    to: RecipientField
    percent: Percent = Field(description='in quotes: "60"')
    of: Of = Field(default="basis", description="remaining: of what earlier steps left")
    cap: Amounts | None = Field(default=None, description="at most so much a period")


class ShareTierForm(Form):
    up_to: Boundary | None = Field(
        default=None, description='revenue "1000.00", or units 500 GB; absent in the last tier'
    )
    percent: Percent


class TieredForm(Form):
    to: RecipientField
    by: str = Field(default="revenue", description="what is measured: revenue, or a unit such as octets")
    graduated: bool = Field(description="true: each percentage for what lies in its tier; false: for all")
    of: Of = Field(default="basis", description="remaining: of what earlier steps left")
    tiers: list[ShareTierForm]
    cap: Amounts | None = Field(default=None, description="at most so much a period")


class FixedForm(Form):
    to: RecipientField
    amount: Amounts = Field(description="so much a period, whatever it brought")


class PerUnitForm(Form):
    to: RecipientField
    per: SizeField = Field(description="1 GB, 1 vehicles; 1 records counts records: subscriptions")
    amount: Amounts
    cap: Amounts | None = Field(default=None, description="at most so much a period")


class WeightForm(Form):
    to: RecipientField
    weight: Percent = Field(description="a percentage, or the price that this part has alone, in quotes")


class RemainderForm(Form):
    to: RecipientField


class GuaranteeForm(Form):
    party: Code
    amount: Amounts = Field(description="at least so much a period, topped up")


class StepForm(Form):
    code: Code = Field(description="what statements call it")
    percent: PercentForm | None = Field(default=None, description="a percentage")
    tiered: TieredForm | None = Field(default=None, description="a percentage by revenue or by volume")
    fixed: FixedForm | None = Field(default=None, description="so much a period")
    per_unit: PerUnitForm | None = Field(default=None, description="so much for every unit")
    split: list[WeightForm] | None = Field(default=None, description="all that is left, by weight")
    remainder: RemainderForm | None = Field(default=None, description="all that is left, to one")
    guarantee: GuaranteeForm | None = Field(default=None, description="at least so much for a party")

    @model_validator(mode="after")
    def _one_model(self) -> StepForm:
        if sum(getattr(self, model) is not None for model in MODELS) != 1:
            raise wrong(
                FindingReason.STEP_MODEL_INVALID,
                "a step has exactly one of " + ", ".join(f"`{model}`" for model in MODELS),
            )
        return self
