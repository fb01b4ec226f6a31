"""Fields of agreements alone: recipients, coverage, rates, bases."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import (
    BeforeValidator,
    Field,
    GetJsonSchemaHandler,
    PlainValidator,
    WithJsonSchema,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from services.common.runtime.yaml_fields import Amounts, Code, Form, Number, SizeField
from services.common.runtime.yaml_figures import parse_amount, parse_size, wrong
from services.partner_settlement.domain.findings import FindingReason
from services.partner_settlement.domain.periods import parse_period

OPERATOR = "operator"
"""How the operator itself is written where a recipient is named."""

Kind = Literal["usage", "fee", "refund", "correction", "redemption"]
Line = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f-\x9f]+$")]
"""A text of one line."""
NetworkName = Annotated[str, Field(min_length=1, max_length=256, pattern=r"^[\x21-\x7e]+$")]
"""What network elements report: applicationServiceProviderIdentity, sponsorIdentity."""


SignedAmount = Annotated[
    str,
    PlainValidator(parse_amount),
    WithJsonSchema({"type": "string", "pattern": r"^-?[0-9]*\.?[0-9]*$", "examples": ["12.50", "-4.99"]}),
]
"""An amount that may be below zero: what a refund gives back, or the operator adds."""


class BearerForm(Form):
    bear: Code = Field(description="the party bears it itself: shown on its statement, not paid")


class RecipientForm(Form):
    """Either a party that is paid, one that bears it, or the operator."""

    pay: Code | None = None
    bear: Code | None = None
    operator: Literal[True] | None = None


def _recipient(value: object) -> object:
    if isinstance(value, str):
        return {"operator": True} if value == OPERATOR else {"pay": value}
    return BearerForm.model_validate(value).model_dump()


RecipientField = Annotated[
    RecipientForm,
    BeforeValidator(_recipient),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string"},
                {
                    "type": "object",
                    "properties": {"bear": {"type": "string"}},
                    "required": ["bear"],
                    "additionalProperties": False,
                },
            ],
            "examples": ["melody", "operator", {"bear": "citycab"}],
            "description": "a party that is paid; operator; or {bear: party}, who is shown it and not paid",
        }
    ),
]


class CoverageForm(Form):
    """Every list that is there must hold the record's value."""

    kinds: list[Kind] = Field(default=[], description="a refund or correction is of its charge's kind too")
    offerings: list[Code] = Field(default=[])
    prices: list[Code] = Field(default=[], description="codes of prices, or of fees")
    rating_groups: list[Number] = Field(default=[], description="numbers: 110")
    slices: list[Code] = Field(default=[])
    applications: list[NetworkName] = Field(default=[], description="applicationServiceProviderIdentity")
    sponsors: list[NetworkName] = Field(default=[], description="sponsorIdentity")
    loyalty_programs: list[Code] = Field(default=[], description="for redemptions")


class RateForm(Form):
    per: SizeField = Field(description="1 GB, 1 min, 1 vehicles; 1 records counts records: subscriptions")
    amount: Amounts


_NAMED = ("retail", "net-of-tax")


class BasisForm(Form):
    kind: Literal["retail", "net-of-tax"] | None = None
    cost: list[RateForm] | None = Field(default=None, description="units at these rates")
    higher_of: list[BasisField] | None = Field(default=None, description="over a whole period")
    lower_of: list[BasisField] | None = Field(default=None, description="over a whole period")

    @model_validator(mode="after")
    def _one_kind(self) -> BasisForm:
        if sum(getattr(self, name) is not None for name in type(self).model_fields) != 1:
            raise wrong(
                FindingReason.BASIS_INVALID,
                "a basis is `retail`, `net-of-tax`, or exactly one of `cost`, `higher_of` and `lower_of`",
            )
        return self

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """A name, or a mapping; `kind` is how a name is kept."""
        reference = handler(core_schema)
        schema = handler.resolve_ref_schema(reference)
        mapping = {**schema, "properties": {k: v for k, v in schema["properties"].items() if k != "kind"}}
        schema.clear()
        schema["anyOf"] = [{"type": "string", "enum": list(_NAMED)}, mapping]
        return reference


def _basis(value: object) -> object:
    if isinstance(value, str):
        if value not in _NAMED:
            raise wrong(
                FindingReason.BASIS_INVALID,
                f"{value!r} is no basis; write retail, net-of-tax or {{cost: ...}}",
            )
        return {"kind": value}
    return value


BasisField = Annotated[BasisForm, BeforeValidator(_basis)]


def _boundary(value: object) -> object:
    """Revenue, `"1000.00"`, or units, `500 GB`; which of them, the step says."""
    if isinstance(value, str) and not any(sign.isalpha() for sign in value):
        return parse_amount(value)
    return parse_size(value)


Boundary = Annotated[
    object,
    PlainValidator(_boundary),
    WithJsonSchema(
        {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string"}], "examples": ["1000.00", "500 GB"]}
    ),
]


def _period(value: object) -> str:
    if isinstance(value, str):
        try:
            return parse_period(value).name
        except ValueError as error:
            raise wrong(FindingReason.PERIOD_INVALID, str(error)) from error
    raise wrong(FindingReason.PERIOD_INVALID, f'{value!r} is no period; write 2026-W48 or "2026-11"')


PeriodName = Annotated[
    str,
    PlainValidator(_period),
    WithJsonSchema({"type": "string", "examples": ["2026-W48", "2026-11", "2026-Q4", "2026-11-27"]}),
]

BasisForm.model_rebuild()
