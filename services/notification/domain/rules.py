"""Alert rules: what is told, to whom, when, and how urgently. Values of one published version.

Conditions are texts of the Common Expression Language that give true or false. Words stand beside the
rules, in Fluent files by language, as the messages `<code>` with the attributes `.title` and `.text`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.notification.domain.customers import Customer
from services.notification.domain.facts import FactKind, Value
from services.notification.domain.notifications import AlertSeverity, Category, Channel


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most so many messages in so many minutes, by what: `subscriber`, `channel` or `tenant`."""

    scope: str
    most: int
    minutes: int
    channel: Channel | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """What is told, in one language. `text`: a short form of title and body, for text messages."""

    title: str
    body: str
    text: str


@dataclass(frozen=True, slots=True)
class AlertExample:
    """A fact and a customer, and what is told: by language, parts that are empty are not compared.

    `told` empty: this alert keeps silent. `customer` None: the fact concerns no subscriber.
    """

    code: str
    values: Mapping[str, Value]
    told: Mapping[str, Words]
    customer: Customer | None = None


@dataclass(frozen=True, slots=True)
class AlertRule:
    """What becomes of facts of one kind.

    `when` reads `fact` (the fields of the kind), `customer` (segment, offerings, ...); empty: always.
    `audience`: who is told: `recipient` of the fact, or `operator`. `collapse`: a key in which `{about}` and
    `{alert}` stand for themselves; empty: nothing is superseded. `hold`: quiet hours may hold it.
    """

    code: str
    on: FactKind
    category: Category
    severity: AlertSeverity
    when: str = ""
    audience: str = "recipient"
    collapse: str = ""
    chain: tuple[Channel, ...] = ()
    everywhere: bool = False
    digest_minutes: int = 0
    hold: bool = True
    examples: tuple[AlertExample, ...] = ()


@dataclass(frozen=True, slots=True)
class AlertRules:
    """All rules of a version, and what holds for all of them. The first language is the default."""

    code: str
    languages: tuple[str, ...]
    time_zone: str
    quiet_from_minute: int
    quiet_until_minute: int
    expiry_hours: tuple[int, ...]
    """EXPIRES_SOON is raised so many hours before the end, each once."""
    unusual_factor: int
    """UNUSUAL_USAGE: a day's charges exceed so many times the mean of the days before."""
    unusual_at_least_minor: int
    limits: tuple[RateLimit, ...]
    rules: tuple[AlertRule, ...]
    words: dict[str, str] = field(default_factory=dict)
    """Fluent source by language."""
