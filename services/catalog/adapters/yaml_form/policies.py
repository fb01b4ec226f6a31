"""Forms of counters and velocity limits."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from services.catalog.adapters.yaml_form.circumstances import ConditionsForm
from services.catalog.domain.findings import FindingReason
from services.common.runtime.yaml_fields import Amounts, Code, Form, Name, Number, SizeField


class MarkForm(Form):
    units: SizeField | None = Field(default=None, description="where the counter counts units")
    amount: Amounts | None = Field(default=None, description="where the counter counts money")

    @model_validator(mode="after")
    def _one_of_both(self) -> MarkForm:
        if (self.units is None) == (self.amount is None):
            raise PydanticCustomError(
                FindingReason.COUNTER_MARK_INVALID.name, "a mark is either `units: ...` or `amount: ...`"
            )
        return self


class ThresholdForm(MarkForm):
    status: Code | None = Field(default=None, description="policy counter status from here on (TS 29.594)")


class CounterForm(Form):
    name: Name
    measure: Literal["units", "money"]
    period: Literal["day", "week", "month"]
    rating_groups: list[Code] = Field(default=[], description="empty: every rating group")
    services: list[Code] = Field(default=[], description="all rating groups of these service classes")
    when: ConditionsForm | None = Field(default=None, description="all that is named must hold")
    thresholds: list[ThresholdForm] = Field(default=[], description="each is told once a period")
    cap: MarkForm | None = Field(default=None, description="nothing more is granted beyond it")
    liftable: bool = Field(default=False, description="the subscriber may have the cap lifted")
    shared: bool = Field(default=False, description="one for the account")


class VelocityLimitForm(Form):
    name: Name
    subject: Literal["subscriber", "element"]
    request: Literal["session", "event"]
    maximum_requests: Number
    window: SizeField = Field(description="1 min, 1 h")
