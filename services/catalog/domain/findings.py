"""What can be wrong with a catalog: a finding says what, where, and what to do."""

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
    AMOUNT_INVALID = "an amount is a plain decimal number that a balance can hold"
    AMOUNT_NOT_TEXT = "an amount is written in quotes"
    SIZE_INVALID = "a size is a whole number, with or without a unit"
    UNIT_DIFFERS = "a size is written in the unit of its rating group"
    PRICE_MODEL_INVALID = "a price has exactly one model"
    TIME_WINDOW_INVALID = "a window is weekdays and two times, the first before the second"
    DATE_INVALID = "a day is one of the calendar"
    COUNTER_MARK_INVALID = "a mark is units or an amount, as its counter measures"
    CONDITION_TWICE = "a condition is written in one place"
    CATALOG_TOO_LARGE = "every price can be looked at in every zone at every time"
    # References.
    CURRENCY_UNKNOWN = "the currency is one of ISO 4217"
    TIME_ZONE_UNKNOWN = "a time zone is one of the IANA database"
    RATING_GROUP_UNKNOWN = "a rating group that is named is defined"
    ZONE_UNKNOWN = "a zone that is named is defined"
    DESTINATION_UNKNOWN = "a destination that is named is defined, and may be called"
    AREA_UNKNOWN = "an area that is named is defined"
    SLICE_UNKNOWN = "a slice that is named is defined"
    QOS_CLASS_UNKNOWN = "a QoS class that is named is defined"
    LOAD_BAND_UNKNOWN = "a load band that is named is defined"
    SEGMENT_UNKNOWN = "a segment that is named is defined"
    DEVICE_CLASS_UNKNOWN = "a device class that is named is defined"
    CALENDAR_UNKNOWN = "a calendar that is named is defined"
    TAX_UNKNOWN = "a tax that is named is defined"
    TIME_BAND_UNKNOWN = "a time band that is named is defined"
    OFFERING_UNKNOWN = "an offering that is named is defined"
    UNIT_UNKNOWN = "a unit is built in or defined"
    SERVICE_UNKNOWN = "a service class that is named has rating groups"
    REFERENCE_TWICE = "a list names each thing once"
    RATING_GROUP_NUMBER_TWICE = "two rating groups have two numbers"
    UNIT_BUILT_IN = "octets, seconds, events and money are not defined anew"
    # Places and times.
    HOME_ZONE_INVALID = "exactly one zone is home"
    REST_OF_WORLD_INVALID = "at most one zone is the rest of the world"
    REST_OF_WORLD_MISSING = "every network lies in some zone"
    ZONE_EMPTY = "a zone holds some network"
    PLMN_INVALID = "a network is 3 digits of MCC, or 5 or 6 of MCC and MNC"
    PLMN_TWICE = "a network lies in one zone"
    DESTINATION_EMPTY = "a destination has a prefix"
    PREFIX_TWICE = "a prefix lies in one destination"
    AREA_EMPTY = "an area holds a cell or a tracking area"
    CELL_TWICE = "a cell, or a tracking area, lies in one area"
    SLICE_TWICE = "an S-NSSAI is one slice"
    QOS_CLASS_EMPTY = "a QoS class has a 5QI"
    FIVE_QI_TWICE = "a 5QI lies in one QoS class"
    LOAD_BAND_INVALID = "a load band ends above where it begins"
    LOAD_BANDS_OVERLAP = "a network load lies in one load band"
    CALENDAR_EMPTY = "a calendar has a holiday"
    HOLIDAY_WITHOUT_CALENDAR = "a band with holidays says whose"
    TIME_BAND_EMPTY = "a time band has a window"
    TIME_WINDOWS_OVERLAP = "the windows of a band do not overlap"
    # Figures.
    AMOUNT_NEGATIVE = "no amount is negative"
    AMOUNT_TOO_FINE = "a flat amount can be charged exactly"
    PER_UNITS_INVALID = "a price is for one unit or more"
    INCREMENTS_INVALID = "increments are one unit or more, and only where they mean something"
    TIERS_INVALID = "steps ascend and the last, only the last, has no end"
    QUOTA_INVALID = "0 < minimum <= initial <= maximum"
    THRESHOLDS_INVALID = "thresholds ascend between 1 and 100"
    ALLOWANCE_EMPTY = "an allowance brings something for something"
    ALLOWANCE_UNIT_DIFFERS = "an allowance counts what its rating groups count"
    PRICE_UNITS_MIXED = "the rating groups of a price count the same unit"
    REDIRECT_ADDRESS_MISSING = "a redirect says where to"
    # Prices.
    DAYS_INVALID = "the first day of a price is not after the last"
    PERCENTAGE_UNIT_DIFFERS = "a percentage is of money"
    PERCENT_INVALID = "a percentage is above 0, and a tax at most 100"
    BOUNDS_INVALID = "a minimum is not above the maximum"
    DYNAMIC_INVALID = "an expression compiles, and its bounds are positive and in order"
    CONCURRENCY_INVALID = "a price of how many there are at a time is rounded by nothing and for no event"
    CURRENCY_INCOMPLETE = "an offering gives all its amounts in a currency, or none"
    CURRENCY_NOT_SOLD = "an offering is sold in every currency"
    # Fees, periods, allowances.
    PERIOD_INVALID = "a period is so many months, or so many days"
    PERIOD_MISSING = "what recurs says how often"
    PROMOTION_INVALID = "a promotion is of recurring fees, and 1 to 100 per cent"
    TRIAL_INVALID = "a trial of a day or more saves recurring fees"
    ROLLOVER_INVALID = "what rolls over renews, for a period or more"
    MEMBER_LIMIT_INVALID = "only a shared allowance has member limits, below its size"
    VALIDITY_INVALID = "what is valid from its first use says how long"
    # Policies.
    COUNTER_EMPTY = "a counter has a threshold or a cap"
    COUNTER_UNITS_MIXED = "a counter of units counts one unit"
    COUNTER_THRESHOLDS_INVALID = "marks ascend above 0"
    COUNTER_LIFTABLE_INVALID = "only a cap can be lifted"
    VELOCITY_LIMIT_INVALID = "a velocity limit lets one request pass in a second at least"
    # Offerings.
    OFFERING_EMPTY = "an offering brings something"
    PAYMENT_MODE_MISSING = "a plan says when it is paid"
    BUNDLE_CYCLE = "no offering contains itself"
    CHOICE_INVALID = "a choice can be made"
    PRICE_HOLE = "a plan has a price in every zone and at every minute"
    PRICE_OVERLAP = "one price is the most specific"
    PRICE_UNREACHABLE = "a price applies somewhere, at some time"
    PRECEDENCE_EQUAL = "it is clear whose price goes first"
    RATING_GROUP_UNPRICED = "some offering prices each rating group"
    TARIFF_REFUSED = "charging can compile the catalog"
    # Worked examples.
    EXAMPLE_CHECKS_NOTHING = "an example expects something"
    EXAMPLE_DIFFERS = "charging computes what the example says"


Finding = findings.Finding[FindingReason]
