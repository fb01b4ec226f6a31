"""What tools are told. Schemas are made from these: every field is described by the text below it.

Money is text with its currency (`20.00 EUR`), a day is ISO 8601 or `today` or `yesterday`; texts that are
empty say nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal


@dataclass(frozen=True, slots=True)
class Arguments:
    """Of a tool that wants to be told nothing."""

    __pydantic_config__: ClassVar[dict[str, object]] = {
        "extra": "forbid",
        "use_attribute_docstrings": True,
        "strict": True,
    }


@dataclass(frozen=True, slots=True)
class UsageArguments(Arguments):
    """Which usage."""

    days: int = 7
    """How many days to look back, 1 to 90; today counts as one."""


@dataclass(frozen=True, slots=True)
class ExplainArguments(Arguments):
    """Which charge: the last one, unless something is said."""

    charge_id: str = ""
    """A charge by its id; then nothing else is looked at."""
    day: str = ""
    """Only charges of that day: `2026-11-27`, `today`, `yesterday`."""
    amount: str = ""
    """Only a charge of about that amount: `4.99 EUR`, `4.99`."""


@dataclass(frozen=True, slots=True)
class OffersArguments(Arguments):
    """How many offers."""

    limit: int = 3
    """At most so many, 1 to 10."""


@dataclass(frozen=True, slots=True)
class OfferArguments(Arguments):
    """An offer of a decision."""

    decision_id: str
    """From list_offers, or from a notification about an offer."""
    offer_code: str
    """Which offer of it."""


@dataclass(frozen=True, slots=True)
class DeclineArguments(Arguments):
    """A no to an offer."""

    decision_id: str
    """From list_offers, or from a notification about an offer."""
    offer_code: str
    """Which offer of it."""
    reason: str = ""
    """A code: `too-expensive`, `not-interested`, ..."""
    never_again: bool = False
    """True: nothing of this kind shall be sent again."""


@dataclass(frozen=True, slots=True)
class TopUpArguments(Arguments):
    """How much."""

    amount: str
    """`20.00 EUR`, or `20`: in the account's currency."""


@dataclass(frozen=True, slots=True)
class RoamingArguments(Arguments):
    """On or off."""

    state: Literal["on", "off"]
    """`off` stops usage outside the home zones as far as it has a cap; `on` puts the usual cap back."""


@dataclass(frozen=True, slots=True)
class OfferingArguments(Arguments):
    """Something of the catalog."""

    offering_code: str
    """Its code, or its name."""
    chosen_offerings: list[str] = field(default_factory=list)
    """Codes of the parts chosen, where an offering leaves a choice."""


@dataclass(frozen=True, slots=True)
class SpendCapArguments(Arguments):
    """A limit on spending."""

    cap: str
    """`20.00 EUR` in the counter's period; `none`: no limit; `default`: as the price list has it."""
    counter_code: str = ""
    """Which one, by code; may be left out where there is only one."""


@dataclass(frozen=True, slots=True)
class WishArgument:
    """One thing wanted, or not."""

    category: Literal["service", "marketing"]
    """What messages are for."""
    wanted: bool
    """Whether they shall come."""
    channel: Literal["", "webhook", "web-push", "email", "sms"] = ""
    """Through which channel; empty: through any."""
    alert_code: str = ""
    """One kind of alert only; empty: all of the category."""


@dataclass(frozen=True, slots=True)
class PreferencesArguments(Arguments):
    """What shall be different. What is left out stays as it is."""

    language: str = ""
    """BCP 47: `en`, `de`."""
    quiet_from: str = ""
    """When messages shall begin to wait: `22:00` on the own clock."""
    quiet_until: str = ""
    """When they may come again: `07:00`. The same as `quiet_from`: no quiet hours."""
    marketing: Literal["", "yes", "no"] = ""
    """Consent to marketing messages."""
    wishes: list[WishArgument] = field(default_factory=list)
    """Kinds of messages that are wanted, or not."""


@dataclass(frozen=True, slots=True)
class NotificationsArguments(Arguments):
    """Which part of the inbox."""

    after: int = 0
    """Entries after this cursor; 0: from the oldest kept."""
    limit: int = 20
    """At most so many, 1 to 100."""


@dataclass(frozen=True, slots=True)
class CaseArguments(Arguments):
    """A case for a person."""

    topic: str
    """A code: `dispute`, `fraud`, `fault`, `contract`, `other`, ..."""
    summary: str
    """What it is about, in a sentence or two."""
    priority: Literal["low", "normal", "high", "urgent"] = "normal"
    """How much it hurts to wait."""
    request_id: str = ""
    """The same again opens no second case; empty: a case of its own."""


@dataclass(frozen=True, slots=True)
class TransferArguments(Arguments):
    """A hand-over to a person."""

    summary: str
    """What the person should know, in a sentence or two."""
