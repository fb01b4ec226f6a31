"""What can be wrong with agreements: a finding says what, where, and what to do."""

from __future__ import annotations

from enum import Enum

from services.common.kernel import findings
from services.common.kernel.findings import error, warning

# A rule takes its findings from here alone: the reasons, and how one is made of them.
__all__ = ["Finding", "FindingReason", "error", "warning"]


class FindingReason(Enum):
    """Every kind of finding, with the rule it is about."""

    # The form.
    YAML_INVALID = "a file is well-formed YAML"
    KEY_TWICE = "a key stands once in its place"
    CODE_TWICE = "a code is defined once over all files"
    FIELD_UNKNOWN = "there are no fields but the known ones"
    FIELD_MISSING = "required fields are there"
    FIELD_INVALID = "a field holds what it is for"
    CODE_INVALID = "a code is lower-case letters, digits and inner hyphens"
    AMOUNT_INVALID = "an amount is a plain decimal number above zero that a statement can hold"
    AMOUNT_NOT_TEXT = "an amount is written in quotes"
    AMOUNT_TOO_FINE = "an amount that is paid is whole minor units"
    SIZE_INVALID = "a size is a whole number and its unit"
    DATE_INVALID = "a day is one of the calendar"
    PERIOD_INVALID = "a period is a day, week, month or quarter of the agreement's kind"
    STEP_MODEL_INVALID = "a step has exactly one model"
    BASIS_INVALID = "a basis is one of its kinds"
    CODE_RESERVED = "operator and sponsor are nobody's codes"
    AGREEMENTS_TOO_LARGE = "terms and steps are as many as somebody can check"
    # Parties.
    PARTY_UNKNOWN = "a party that is named is defined"
    PARTY_UNUSED = "a party that is defined is named"
    PARTY_PERCENT_INVALID = "tax is 0 to 100 per cent, withholding 0 to below 100"
    PAYOUT_BOUNDS_INVALID = "the least payout is not above the greatest"
    # Currencies and days.
    CURRENCY_UNKNOWN = "a currency is one of ISO 4217"
    CURRENCY_TWICE = "a currency is named once"
    CURRENCY_NOT_AGREED = "amounts are in the agreement's currencies"
    CURRENCY_INCOMPLETE = "every amount is given in each of the agreement's currencies"
    EFFECTIVE_FROM_INVALID = "an agreement begins with one of its periods"
    EFFECTIVE_UNTIL_INVALID = "an agreement ends after it begins, with one of its periods"
    PERIOD_CHANGE_SPLITS = "a version with other periods begins between two of the version before"
    # Coverage.
    TERM_MISSING = "an agreement has a term, and a term a step"
    COVERAGE_EMPTY = "there can be records that a term covers"
    COVERS_EVERYTHING = "a term says what it covers"
    TERM_UNREACHABLE = "no term is hidden by the ones before it"
    REVENUE_SHARED_TWICE = "what a customer paid is shared once"
    # Basis and funding.
    RATES_MISSING = "a basis at cost has rates"
    RATE_INVALID = "a rate is for one unit or more, once for each unit"
    RATE_COUNTS_NOTHING = "a rate counts what the covered records have"
    BASIS_SIDES_MISSING = "higher-of and lower-of compare two bases or more"
    BASIS_NESTED = "higher-of and lower-of are not put into each other"
    SPONSOR_MISSING = "a sponsored term says who pays"
    SPONSOR_UNEXPECTED = "only a sponsored term has somebody who pays"
    SPONSOR_PAID = "a sponsor is not paid out of what it pays"
    SPONSORED_REVENUE = "a sponsor pays by cost rates, as its customers pay nothing"
    # Steps.
    STEP_CODE_TWICE = "a code names one step of a term"
    PERCENT_INVALID = "a percentage is above 0 and at most 100"
    SHARES_EXCEED_BASIS = "percentages never take more than all there is"
    STEP_UNREACHABLE = "a step can get something"
    TIERS_INVALID = "tiers ascend and the last, only the last, has no end"
    TIERS_CURRENCIES_DIFFER = "tiers of revenue mean the same in each currency"
    WEIGHT_INVALID = "a split has two shares or more, with weights above 0"
    RECIPIENT_TWICE = "a split names each recipient once"
    GUARANTEE_WITHOUT_SHARE = "a guarantee tops something up"
    GUARANTEE_TOO_EARLY = "a guarantee stands after what it tops up"
    # Loyalty.
    PROGRAM_UNKNOWN = "a loyalty program that is named is defined"
    PROGRAM_MISSING = "a term for redemptions says of which program"
    PROGRAM_TWICE = "a loyalty program belongs to one agreement"
    PROGRAM_NOT_SETTLED = "somebody settles what a program's vouchers cost"
    PROGRAM_EARNING_INVALID = "a voucher is earned by units or by money, not both"
    PROGRAM_INVALID = "a voucher is worth something and can be redeemed for a day or more"
    # Disputes.
    DISPUTE_TERMS_INVALID = "thresholds of disputes are 0 or more, and at most 100 per cent"
    # The catalog.
    CATALOG_UNREACHABLE = "the published catalog can be looked at"
    OFFERING_UNKNOWN = "an offering that is named is in the catalog"
    OFFERING_NOT_COVERED = "an offering that names an agreement is covered by it"
    PRICE_UNKNOWN = "a price or fee that is named is in the catalog"
    RATING_GROUP_UNKNOWN = "a rating group that is named is in the catalog"
    SLICE_UNKNOWN = "a slice that is named is in the catalog"
    UNIT_UNKNOWN = "a unit is built in or in the catalog"
    # Worked examples.
    AGREEMENT_UNKNOWN = "a worked example is of an agreement in the files"
    EXAMPLE_CHECKS_NOTHING = "an example expects something"
    EXAMPLE_NOT_IN_FORCE = "an example is of a period that the agreement settles"
    EXAMPLE_NOT_SETTLED = "an example can be settled"
    EXAMPLE_DIFFERS = "settlement computes what the example says"


Finding = findings.Finding[FindingReason]
