"""What can be wrong with offer policies: a finding says what, where, and what to do."""

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
    CODE_INVALID = "codes, rule names and reason codes are written as such"
    AMOUNT_INVALID = "an amount is a plain decimal number that the currency can hold"
    AMOUNT_NOT_TEXT = "an amount is written in quotes"
    SIZE_INVALID = "a size is a whole number in the unit of its class"
    DATE_INVALID = "a day is one of the calendar, and an end lies behind its beginning"
    ACTION_INVALID = "an action is exactly one of its kinds"
    TRIGGER_INVALID = "a trigger has what belongs to its kind, and can reach somebody"
    CURRENCY_UNKNOWN = "a currency is one of ISO 4217"
    TIME_ZONE_UNKNOWN = "a time zone is one of IANA's"
    POLICIES_TOO_LARGE = "offers, rules and places are as many as one decision can look at"
    # Places.
    GEOJSON_INVALID = "a file of places is a GeoJSON FeatureCollection"
    FEATURE_INVALID = "a feature is a fence or a cell, with what belongs to it"
    GEOMETRY_INVALID = "a fence is a valid area of the earth, and not too large"
    # Rules and texts.
    RULE_INVALID = "a rule is CEL over known variables and gives true or false"
    RULE_NAME_RESERVED = "a named rule is called like no variable"
    RULE_UNUSED = "a named rule is used"
    TEXT_INVALID = "braces in a text hold an expression and how its figure is written"
    LANGUAGE_MISSING = "texts are there in every language"
    LANGUAGE_TWICE = "a language is named once"
    REASON_MISSING = "an offer has words for the customer that always hold"
    PROTECTED_ATTRIBUTE = "no rule and no attribute looks at what must not decide over people"
    # What names what.
    PLACEMENT_UNKNOWN = "a placement that is named is defined"
    CHANNEL_UNKNOWN = "a channel that is named is defined"
    USAGE_CLASS_UNKNOWN = "a class of usage that is named is defined"
    USAGE_CLASS_OVERLAPS = "a rating group belongs to one class of usage"
    FENCE_UNKNOWN = "a fence that is named is defined"
    FENCE_UNUSED = "a fence that is defined is named"
    OFFER_UNKNOWN = "an offer that is named is defined"
    # Offers.
    NEVER_SHOWN = "an offer can be shown somewhere"
    VALUE_INVALID = "an acceptance is worth something"
    REWARD_INVALID = "a reward is above zero, within reason, in a currency that is sold in"
    BUDGET_INVALID = "a budget allows something"
    COMPARISON_MISSING = "an offer that must not leave anybody worse off says over which usage"
    PERSONAL_RULE = "what is not personalised does not look at usage"
    WINDOW_INVALID = "an answer is waited for at least as long as it can be given"
    # Contact, experiments.
    CAP_UNREACHABLE = "no cap is hidden by another"
    CAP_TWICE = "a cap is given once"
    QUIET_HOURS_INVALID = "quiet hours leave some of the day"
    OUTBOUND_UNLIMITED = "outbound channels have a cap"
    ARMS_INVALID = "the arms of an experiment add up to 100 per cent, two or more with some"
    SALT_TWICE = "experiments have salts of their own"
    # The catalog.
    CATALOG_UNREACHABLE = "the published catalog can be looked at"
    OFFERING_UNKNOWN = "an offering that is named is in the catalog"
    OFFERING_NOT_SOLD = "an offering is sold in the currency of the policies"
    DISCOUNT_NOT_CHEAPER = "a discounted offering costs less than the regular one"
    TRIAL_MISSING = "an offering to try has a trial"
    VALUE_EXCEEDS_PRICE = "what an acceptance is worth is in proportion to what is paid"
    RATING_GROUP_UNKNOWN = "a rating group that is named is in the catalog, with the unit of its class"
    COMPARISON_MISSES = "the usage that is compared is what the offering is for"
    # Worked examples.
    EXAMPLES_NOT_WORKED = "worked examples are decided with a catalog at hand"
    EXAMPLE_INVALID = "an example names what is there"
    EXAMPLE_DIFFERS = "deciding gives what the example says"
    OFFER_WITHOUT_EXAMPLE = "every offer is expected by an example"


Finding = findings.Finding[FindingReason]
