"""An entry of an inbox: what is told, once for each (recipient, alert, cause)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from services.common.kernel.clock import DAY, Instant
from services.notification.domain.facts import Fact, Recipient

KEPT_DAYS = 30
KEPT = KEPT_DAYS * DAY


class Category(Enum):
    """What a message is for: preferences and consent go by it."""

    REGULATORY = "regulatory"
    SERVICE = "service"
    MARKETING = "marketing"


class AlertSeverity(Enum):
    """Critical ones are never held back."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


class Channel(Enum):
    """How messages reach somebody beside the inbox and its streams."""

    WEBHOOK = "webhook"
    WEB_PUSH = "web-push"
    EMAIL = "email"
    SMS = "sms"
    OPERATOR = "operator"


class Mark(Enum):
    """What a recipient did with an entry."""

    READ = "read"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True)
class Draft:
    """A notification before it has a place in an inbox; made by an alert rule from a fact.

    `chain`: channels in the order in which they are tried until one has delivered; `everywhere`: all of
    them. `digest_minutes` 0: at once. `text`: a short form of title and body, for text messages.
    """

    fact: Fact
    alert_code: str
    rules_version: int
    category: Category
    severity: AlertSeverity
    language: str
    title: str
    body: str
    text: str
    collapse_key: str
    chain: tuple[Channel, ...] = ()
    everywhere: bool = False
    digest_minutes: int = 0
    data: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Notification:
    """An entry of an inbox. `cursor`: its place, greater than that of every earlier one of the database."""

    notification_id: str
    cursor: int
    recipient: Recipient
    alert_code: str
    rules_version: int
    category: Category
    severity: AlertSeverity
    language: str
    title: str
    body: str
    text: str
    data: Mapping[str, str]
    occurred_at: Instant
    created_at: Instant
    collapse_key: str = ""
    read_at: Instant | None = None
    dismissed_at: Instant | None = None
    superseded: bool = False

    @property
    def hidden(self) -> bool:
        """Out of sight: dismissed, or superseded."""
        return self.superseded or self.dismissed_at is not None
