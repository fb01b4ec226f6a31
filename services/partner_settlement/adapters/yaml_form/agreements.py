"""The form of all agreement files together: parties, agreements, worked examples."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from services.common.runtime.yaml_fields import (
    Amount,
    Amounts,
    Code,
    CurrencyCode,
    Day,
    Days,
    Form,
    Name,
    Number,
    Percent,
    SizeField,
)
from services.partner_settlement.adapters.yaml_form.fields import (
    BasisField,
    CoverageForm,
    Kind,
    Line,
    NetworkName,
    PeriodName,
    SignedAmount,
)
from services.partner_settlement.adapters.yaml_form.steps import StepForm


class PartyForm(Form):
    name: Name
    roles: list[Code] = Field(default=[], description="music-service, sponsor, iot-platform, ...")
    address: list[Line] = Field(default=[], max_length=8, description="lines, as on a letter")
    tax_number: Annotated[str, Field(max_length=64)] = ""
    tax_percent: Percent | None = Field(default=None, description="added where the party invoices with tax")
    withholding_percent: Percent | None = Field(default=None, description="held back, for a tax office")
    payout_minimum: Amounts | None = Field(
        default=None, description='below this a balance is carried forward: {EUR: "10.00"}'
    )
    payout_maximum: Amounts | None = Field(
        default=None, description='beyond this a person looks at the statement: {EUR: "100000.00"}'
    )
    payout_currency: CurrencyCode | None = Field(default=None, description="absent: each currency in itself")


class TermForm(Form):
    name: Name
    covers: CoverageForm
    basis: BasisField = Field(description="retail, net-of-tax, {cost: [...]}, {higher_of: [...]}, ...")
    funding: Literal["revenue", "sponsor", "operator"] = Field(
        default="revenue", description="whose money it is"
    )
    funded_by: Code | None = Field(default=None, description="with `funding: sponsor`: the party that pays")
    waterfall: list[StepForm] = Field(description="in order; what no step takes is the operator's")


class DisputesForm(Form):
    minimum: Amounts | None = Field(default=None, description="below this a line is not disputed")
    minimum_percent: Percent | None = Field(default=None, description="of the line's amount")
    days: Number = Field(default=0, description="from the day of the statement; 0: no limit")


class ProgramForm(Form):
    name: Name
    earned_by: CoverageForm
    every_units: SizeField | None = Field(default=None, description="a voucher for every 10 GB")
    every_amount: Amount | None = Field(default=None, description='a voucher for every "9.99", tax included')
    currency: CurrencyCode | None = Field(default=None, description="absent: the agreement's first")
    voucher: Amount = Field(description="what it is worth")
    redeemed_with: Code = Field(description="the party that takes it")
    valid: Days = Field(description="90 days")


class AgreementForm(Form):
    name: Name
    reference: Annotated[str, Field(max_length=200)] = Field(
        default="", description="the partner's own, shown on every line"
    )
    from_: Day = Field(alias="from", description="the first day of a period")
    until: Day | None = Field(default=None, description="the first day on which it no longer holds")
    period: Literal["day", "week", "month", "quarter"]
    currencies: list[str] = Field(description="usage in any other is an error; nothing is converted")
    terms: dict[Code, TermForm] = Field(
        description="in order: a record goes to the first term that covers it"
    )
    disputes: DisputesForm | None = None
    loyalty: dict[Code, ProgramForm] = Field(default={})


class ExampleRecordForm(Form):
    kind: Kind
    of: Kind | None = Field(default=None, description="of a refund or correction: the kind of its charge")
    offering: Code | None = None
    price: Code | None = Field(default=None, description="code of a price, or of a fee")
    rating_group: Number = 0
    slice: Code | None = None
    application: NetworkName | None = None
    sponsor: NetworkName | None = None
    loyalty_program: Code | None = None
    units: SizeField | None = Field(default=None, description="of each record: 5 GB, 12 kilometres")
    amount: SignedAmount = Field(
        default="0.00", description="of each record, tax included; refunds below zero"
    )
    tax: SignedAmount = Field(default="0.00", description="the tax in the amount")
    count: Annotated[int, Field(ge=1, le=10**9)] = Field(default=1, description="so many equal records")


class ExampleForm(Form):
    agreement: Code
    period: PeriodName
    currency: CurrencyCode | None = Field(default=None, description="absent: the agreement's first")
    records: list[ExampleRecordForm] = Field(default=[])
    shares: dict[str, SignedAmount] = Field(
        default={}, description="who gets how much; `operator` keeps the rest"
    )
    borne: dict[Code, SignedAmount] = Field(default={}, description="what parties bear themselves")
    owed: dict[Code, SignedAmount] = Field(default={}, description="what sponsors pay")


class AgreementsForm(Form):
    """All files of agreements together."""

    model_config = ConfigDict(title="Tidemark agreements")

    parties: dict[Code, PartyForm] = Field(default={})
    agreements: dict[Code, AgreementForm] = Field(default={})
    examples: dict[Code, ExampleForm] = Field(default={})
