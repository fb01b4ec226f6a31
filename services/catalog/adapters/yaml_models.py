"""The written form of a catalog as pydantic models; the published JSON Schema is made from them.

Codes are the keys of mappings. The field descriptions are what an editor
shows to whoever writes a catalog.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from services.catalog.adapters.yaml_figures import Size, parse_amount, parse_days, parse_size, parse_window
from services.catalog.domain.catalog import TimeWindow
from services.catalog.domain.findings import FindingReason
from services.common.kernel.identifiers import is_code

_CODE_PATTERN = "^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$"


def _check_code(text: str) -> str:
    if not is_code(text):
        raise PydanticCustomError(
            FindingReason.CODE_INVALID.name,
            "{text}",
            {"text": f"{text!r} is no code; write lower-case letters, digits and inner hyphens, at most 64"},
        )
    return text


Code = Annotated[
    str, AfterValidator(_check_code), WithJsonSchema({"type": "string", "pattern": _CODE_PATTERN})
]
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f-\x9f]+$")]
Text = Annotated[str, Field(max_length=2000, pattern=r"^[^\x00-\x09\x0b-\x1f\x7f-\x9f]*$")]
Number = Annotated[int, Field(ge=0, le=2**32 - 1)]
SizeField = Annotated[
    Size,
    PlainValidator(parse_size),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 0},
                {"type": "string", "pattern": "^[0-9]{1,19}( ?[A-Za-z][A-Za-z0-9-]*)?$"},
            ],
            "examples": [1, "5 GB", "100 KiB", "60 s", "10 min"],
        }
    ),
]
Amount = Annotated[
    str,
    PlainValidator(parse_amount),
    WithJsonSchema({"type": "string", "pattern": r"^[0-9]*\.?[0-9]*$", "examples": ["0.05"]}),
]
Days = Annotated[
    int,
    PlainValidator(parse_days),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 0},
                {"type": "string", "pattern": "^[0-9]{1,5} days?$"},
            ],
            "examples": ["30 days"],
        }
    ),
]
Window = Annotated[
    TimeWindow,
    PlainValidator(parse_window),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": "^[a-z]{3}(-[a-z]{3})? [0-9]{2}:[0-9]{2}-[0-9]{2}:[0-9]{2}$",
            "examples": ["mon-fri 07:00-19:00", "sat 00:00-24:00"],
        }
    ),
]


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class UnitForm(_Form):
    name: Name


class QuotaForm(_Form):
    initial: SizeField = Field(description="granted before any usage has been seen")
    minimum: SizeField = Field(description="smallest grant")
    maximum: SizeField = Field(description="largest grant")
    maximum_validity: SizeField = Field(description="longest validity of a grant: 1 h")
    holding_time: SizeField = Field(default=Size(0), description="quota holding time: 10 min; 0: none")


class RatingGroupForm(_Form):
    number: Number = Field(description="Rating-Group as the network element reports it")
    name: Name
    service: Code = Field(description="service class: data, voice, sms, iot, slice, ...")
    unit: Code = Field(description="octets, seconds, events, or a unit defined under `units`")
    quota: QuotaForm
    final_unit_action: Literal["terminate", "redirect", "restrict-access"] = "terminate"
    redirect_address: Annotated[str, Field(max_length=2000)] = ""


class ZoneForm(_Form):
    name: Name
    home: bool = Field(default=False, description="meant where the network reports no place")
    plmns: list[str] = Field(default=[], description='MCC ("262") or MCC and MNC ("26201"), in quotes')
    rest_of_world: bool = Field(default=False, description="every network that no other zone names")


class TimeBandForm(_Form):
    name: Name
    windows: list[Window]


class IncrementsForm(_Form):
    first: SizeField = Field(description="usage counts as this much at least")
    next: SizeField = Field(description="then in steps of this")


class FlatForm(_Form):
    amount: Amount


class PerUnitForm(_Form):
    amount: Amount
    per: SizeField = Field(default=Size(1), description="1 MB, 1 min, 1 kilometres, ...")


class TierForm(_Form):
    up_to: SizeField | None = Field(
        default=None, description="last unit of the step; absent in the last step"
    )
    amount: Amount
    per: SizeField = Size(1)


class TieredForm(_Form):
    scope: Literal["session", "month"] = Field(description="over what the units are counted")
    tiers: list[TierForm]


class PriceForm(_Form):
    name: Name
    rating_groups: list[Code] = Field(min_length=1)
    zones: list[Code] = Field(default=[], description="empty: in every zone")
    time_band: Code | None = Field(default=None, description="absent: at any time")
    increments: IncrementsForm | None = None
    flat: FlatForm | None = Field(default=None, description="one amount for a session or an event")
    per_unit: PerUnitForm | None = Field(default=None, description="an amount for so many units")
    tiered: TieredForm | None = Field(default=None, description="graduated steps")
    free: Literal[True] | None = Field(default=None, description="costs nothing")

    @model_validator(mode="after")
    def _one_model(self) -> PriceForm:
        if sum(model is not None for model in (self.flat, self.per_unit, self.tiered, self.free)) != 1:
            raise PydanticCustomError(
                FindingReason.PRICE_MODEL_INVALID.name,
                "a price has exactly one of `flat`, `per_unit`, `tiered` and `free: true`",
            )
        return self


class AllowanceForm(_Form):
    name: Name
    rating_groups: list[Code] = Field(min_length=1)
    zones: list[Code] = Field(default=[], description="empty: in every zone")
    amount: SizeField
    priority: Number = Field(default=50, description="lower is used first")
    validity: Days = Field(default=0, description="30 days; 0: no end")
    shared: bool = Field(default=False, description="one bucket for the whole account")
    thresholds_percent: list[int] = Field(default=[], description="used percentages that raise an event")


class ChoiceForm(_Form):
    minimum: Number
    maximum: Number
    offerings: list[Code]


class OfferingForm(_Form):
    name: Name
    description: Text = ""
    kind: Literal["plan", "add-on", "bundle"]
    precedence: Number = Field(description="of several offerings with a price the lowest is used")
    payment_mode: Literal["prepaid", "postpaid"] | None = None
    existing_subscribers: Literal["keep", "move"] = Field(
        description="what a new version does to those who have it: they keep theirs, or move to it"
    )
    prices: dict[Code, PriceForm] = {}
    allowances: dict[Code, AllowanceForm] = {}
    includes: list[Code] = Field(default=[], description="offerings that come with this one")
    choice: ChoiceForm | None = Field(default=None, description="n of m further offerings")
    agreement: Code | None = Field(default=None, description="the partner agreement this falls under")
    denied_zones: list[Code] = Field(default=[], description="zones in which it is not available")


class TotalForm(_Form):
    amount: Amount


class ExampleUsageForm(_Form):
    rating_group: Code
    units: SizeField
    at: str = Field(description="2026-03-02 10:00, in the example's time zone, or with an offset")
    session: Code | None = Field(default=None, description="reports of one session share it")
    zone: Code | None = Field(default=None, description="absent: home")
    plmn: Annotated[str, Field(pattern="^[0-9]{5,6}$")] | None = Field(
        default=None, description='a network instead of a zone: "20801"'
    )
    amount: Amount | None = Field(default=None, description="expected, exact")
    from_allowance: SizeField | None = Field(default=None, description="expected")
    refusal: Annotated[str, Field(min_length=1, max_length=200)] | None = Field(
        default=None, description="expected: words of the refusal, such as `no price` or `not available`"
    )


class ExampleForm(_Form):
    offerings: list[Code] = Field(
        min_length=1, description="what the imagined customer has, choices included"
    )
    time_zone: str | None = Field(default=None, description="absent: the catalog's")
    usage: list[ExampleUsageForm] = Field(min_length=1)
    total: TotalForm | None = None


class CatalogForm(_Form):
    """All files of a catalog together."""

    model_config = ConfigDict(title="Tidemark catalog")

    catalog: Code
    name: Name
    currency: str = Field(description="ISO 4217: EUR")
    time_zone: str = Field(description="IANA zone used where a subscriber has none: Europe/Berlin")
    default_rating_group: Code | None = Field(default=None, description="for usage that names none")
    low_balance_threshold: Amount | None = Field(default=None, description="prepaid money at which to warn")
    units: dict[Code, UnitForm] = {}
    rating_groups: dict[Code, RatingGroupForm] = {}
    zones: dict[Code, ZoneForm] = {}
    time_bands: dict[Code, TimeBandForm] = {}
    offerings: dict[Code, OfferingForm] = {}
    examples: dict[Code, ExampleForm] = {}
