"""What can be wrong with alert rules: a finding says what, where, and what to do."""

from __future__ import annotations

from enum import Enum

from services.common.kernel import findings
from services.common.kernel.findings import error, warning

# Lint takes its findings from here alone: the reasons, and how one is made of them.
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
    CODE_INVALID = "codes are written as such; those of alerts begin with a letter"
    AMOUNT_INVALID = "an amount is a plain decimal number that the currency can hold"
    AMOUNT_NOT_TEXT = "an amount is written in quotes"
    SIZE_INVALID = "a size is a whole number with its unit"
    DATE_INVALID = "a moment is one of the calendar"
    TIME_ZONE_UNKNOWN = "a time zone is one of IANA's"
    RULES_TOO_LARGE = "alerts are as many as people can look through"
    # For all alerts.
    LANGUAGE_UNKNOWN = "a language is one whose plurals and formats are known"
    LANGUAGE_TWICE = "a language is named once, and has one file of words"
    EXPIRY_HOURS_INVALID = "hours before an end are different ones"
    LIMIT_INVALID = "a limit of a channel says which one"
    LIMIT_TWICE = "a limit is given once"
    # Conditions.
    CONDITION_INVALID = "a condition is CEL over known variables and gives true or false"
    # Words.
    WORDS_INVALID = "a file of words is well-formed Fluent"
    WORDING_MISSING = "every alert has a title, a text and a body in every language"
    WORDING_UNUSED = "words belong to an alert, or are used by some that do"
    WORDING_INVALID = "words refer to messages, terms and functions that are there"
    VARIABLE_UNKNOWN = "words name fields of what is told"
    FIELD_UNPROVIDED = "words say something else where a field may be missing"
    TEXT_TOO_LONG = "a text fits into three text messages, a title into a line"
    # Alerts.
    ALERT_DUPLICATE = "nobody is told the same by two alerts"
    CHANNEL_UNKNOWN = "a channel is one that there is"
    CHANNEL_TWICE = "a channel stands once in a chain"
    CHANNEL_UNFIT = "the operator's own channels are for what the operator is told"
    COLLAPSE_INVALID = "a collapse key holds {about} and {alert}, and no other braces"
    REGULATORY_HAS_DIGEST = "what must be told is told at once"
    MARKETING_IS_CRITICAL = "nothing that is for sale is critical"
    DIGEST_WITHOUT_CHANNEL = "a digest has a channel that it goes through"
    EVERYWHERE_ALONE = "everywhere is more than one channel"
    FACT_UNTOLD = "whatever happens is told by some alert"
    # Worked examples.
    EXAMPLE_INVALID = "an example has what its fact consists of"
    EXAMPLE_DIFFERS = "the rules tell what the example says"
    ALERT_WITHOUT_EXAMPLE = "every alert is told by an example"


Finding = findings.Finding[FindingReason]
