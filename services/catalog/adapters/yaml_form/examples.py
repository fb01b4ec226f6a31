"""Forms of worked examples."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema

from services.catalog.adapters.yaml_form.circumstances import Cell, Octet, SliceDifferentiator, TrackingArea
from services.catalog.adapters.yaml_form.fields import Digits
from services.common.runtime.yaml_fields import Amount, Code, CurrencyCode, Form, Number, SizeField


class ExampleSliceForm(Form):
    code: Code | None = None
    sst: Octet | None = None
    sd: SliceDifferentiator | None = None


def _code_alone(value: object) -> object:
    return {"code": value} if isinstance(value, str) else value


ExampleSlice = Annotated[
    ExampleSliceForm,
    BeforeValidator(_code_alone),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string"},
                {
                    "type": "object",
                    "properties": {"sst": {"type": "integer"}, "sd": {"type": "string"}},
                    "required": ["sst"],
                    "additionalProperties": False,
                },
            ],
            "examples": ["surgery", {"sst": 2, "sd": "0000a1"}],
        }
    ),
]


class ExampleUsageForm(Form):
    rating_group: Code
    units: SizeField | None = None
    at_a_time: Number | None = Field(
        default=None, description="instead of units: how many there are at a time"
    )
    at: str = Field(description="2026-03-02 10:00, in the example's time zone, or with an offset")
    session: Code | None = Field(default=None, description="reports of one session share it")
    zone: Code | None = Field(default=None, description="absent: home")
    plmn: Annotated[str, Field(pattern="^[0-9]{5,6}$")] | None = Field(
        default=None, description='a network instead of a zone: "20801"'
    )
    destination: Digits | None = Field(default=None, description='whom is called: "+49301234567"')
    cell: Cell | None = None
    tracking_area: TrackingArea | None = None
    slice: ExampleSlice | None = Field(default=None, description="a slice code, or SST and SD")
    five_qi: Octet | None = None
    load_percent: Annotated[int, Field(ge=0, le=100)] | None = None
    device_class: Code | None = None
    amount: Amount | None = Field(default=None, description="expected, exact, tax included")
    tax: Amount | None = Field(default=None, description="expected: the tax in the amount")
    from_allowance: SizeField | None = Field(default=None, description="expected")
    refusal: Annotated[str, Field(min_length=1, max_length=200)] | None = Field(
        default=None, description="expected: words of the refusal, such as `no price` or `not available`"
    )


class TotalForm(Form):
    amount: Amount
    tax: Amount | None = None


class ExampleFeesForm(Form):
    at: str = Field(description="when the offerings are taken: 2026-03-16 10:00")
    periods: Number = Field(description="the one-time fees and those of so many first periods")
    total: Amount = Field(description="expected, exact, tax included")
    tax: Amount | None = Field(default=None, description="expected: the tax in the total")


class ExampleForm(Form):
    offerings: list[Code] = Field(
        min_length=1, description="what the imagined customer has, choices included"
    )
    time_zone: str | None = Field(default=None, description="absent: the catalog's")
    currency: CurrencyCode | None = Field(default=None, description="of the account; absent: the first")
    segment: Code | None = None
    customer_value: Number = 0
    usage: list[ExampleUsageForm] = Field(default=[])
    total: TotalForm | None = None
    fees: ExampleFeesForm | None = Field(default=None, description="what having the offerings costs")
