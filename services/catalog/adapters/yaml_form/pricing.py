"""Forms of prices, taxes and fees."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from services.catalog.adapters.yaml_form.circumstances import PriceConditionsForm
from services.catalog.domain.findings import FindingReason
from services.common.runtime.yaml_fields import Amounts, Code, Form, Name, Number, Percent, SizeField
from services.common.runtime.yaml_figures import Size

Permille = Annotated[int, Field(ge=0, le=1_000_000)]
Scope = Literal["session", "month"]
MODELS = ("flat", "per_unit", "tiered", "volume", "package", "percentage", "free")


class IncrementsForm(Form):
    first: SizeField = Field(description="usage counts as this much at least")
    next: SizeField = Field(description="then in steps of this")


class FlatForm(Form):
    amount: Amounts


class PerUnitForm(Form):
    amount: Amounts
    per: SizeField = Field(default=Size(1), description="1 MB, 1 min, 1 kilometres, ...")


class StepForm(Form):
    up_to: SizeField | None = Field(
        default=None, description="last unit of the step; absent in the last step"
    )
    amount: Amounts
    per: SizeField = Size(1)


class TieredForm(Form):
    scope: Scope = Field(description="over what the units are counted")
    tiers: list[StepForm]


class VolumeForm(Form):
    scope: Scope = Field(description="over what the units are counted")
    steps: list[StepForm]


class PackageForm(Form):
    amount: Amounts
    units: SizeField = Field(description="size of a package; a begun one counts whole")


class PercentageForm(Form):
    percent: Percent = Field(description='of the value reported in unit money, in quotes: "15"')


class DynamicForm(Form):
    expression: Annotated[str, Field(min_length=1, max_length=2000)] = Field(
        description="CEL that gives a whole number of per mille: load_percent > 80 ? 1500 : 1000"
    )
    minimum_permille: Permille
    maximum_permille: Permille


class TaxForm(Form):
    name: Name
    percent: Percent
    inclusive: bool = Field(description="true: amounts include it; false: it comes on top")


class PromotionForm(Form):
    periods: Number = Field(description="how many first periods")
    percent: Number = Field(description="how much less they cost")


class FeeForm(Form):
    name: Name
    kind: Literal["one-time", "recurring"]
    amount: Amounts
    prorated: bool = Field(default=False, description="a period partly had costs its part, to the second")
    tax: Code | None = None
    promotion: PromotionForm | None = None
    suspends: bool = Field(
        default=False, description="unpaid, the offering is suspended; otherwise the account is overdrawn"
    )


class PriceForm(Form):
    name: Name
    rating_groups: list[Code] = Field(default=[])
    services: list[Code] = Field(default=[], description="all rating groups of these service classes")
    when: PriceConditionsForm | None = Field(default=None, description="all that is named must hold")
    zones: list[Code] = Field(default=[], description="the same as `when: {zones: ...}`")
    time_band: Code | None = Field(default=None, description="the same as `when: {time_band: ...}`")
    precedence: Number = Field(default=0, description="the lowest wins, before the number of conditions")
    increments: IncrementsForm | None = None
    flat: FlatForm | None = Field(default=None, description="one amount for a session or an event")
    per_unit: PerUnitForm | None = Field(default=None, description="an amount for so many units")
    tiered: TieredForm | None = Field(default=None, description="graduated steps")
    volume: VolumeForm | None = Field(default=None, description="the step of the sum prices all units")
    package: PackageForm | None = Field(default=None, description="an amount for each begun package")
    percentage: PercentageForm | None = Field(default=None, description="a share of a value in unit money")
    free: Literal[True] | None = Field(default=None, description="costs nothing")
    minimum: Amounts | None = Field(default=None, description="usage of one scope costs this at least")
    maximum: Amounts | None = Field(default=None, description="usage of one scope costs this at most")
    tax: Code | None = None
    dynamic: DynamicForm | None = Field(default=None, description="multiplies the price, within bounds")
    concurrency: Literal["sessions", "subscribers"] | None = Field(
        default=None, description="prices the peak of how many there are at a time in a month"
    )

    @model_validator(mode="after")
    def _one_model(self) -> PriceForm:
        if sum(getattr(self, model) is not None for model in MODELS) != 1:
            raise PydanticCustomError(
                FindingReason.PRICE_MODEL_INVALID.name,
                "a price has exactly one of `flat`, `per_unit`, `tiered`, `volume`, `package`, "
                "`percentage` and `free: true`",
            )
        return self
