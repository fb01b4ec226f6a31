"""What is to be told, and its way to one endpoint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.common.kernel.clock import DAY, MINUTE, Instant
from services.notification.domain.facts import Fact, Recipient
from services.notification.domain.notifications import AlertSeverity, Category, Channel, Draft, Notification

STALE = 7 * DAY
"""What could not be told for so long is not told any more, unless it says itself until when it holds."""


@dataclass(frozen=True, slots=True)
class Told:
    """A notification as channels need it. `may_wait`: quiet hours, digests and limits may hold it."""

    notification_id: str
    recipient: Recipient
    fact: Fact
    alert_code: str
    category: Category
    severity: AlertSeverity
    language: str
    title: str
    body: str
    text: str
    data: Mapping[str, str]
    occurred_at: Instant
    created_at: Instant
    expires_at: Instant
    chain: tuple[Channel, ...]
    everywhere: bool = False
    digest_minutes: int = 0
    may_wait: bool = True
    superseded: bool = False

    @property
    def is_urgent(self) -> bool:
        """Overtakes what waits, and is never held."""
        return not self.may_wait

    @property
    def digest_ends_at(self) -> Instant:
        """When its digest is sent at the latest; what has none: at once."""
        return Instant(self.created_at + self.digest_minutes * MINUTE)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message on its way to one endpoint. `step`: which channel of its chain this is, from 0.

    `held`: it waited for quiet hours, a digest or a limit, so that its fact may be over. `attempts`: begun
    so far. `digest_id`: the delivery that carries it together with others; empty: none does.
    """

    delivery_id: str
    told: Told
    channel: Channel
    step: int
    endpoint_id: str
    attempts: int = 0
    first_attempt_at: Instant | None = None
    held: bool = False
    digest_id: str = ""

    @property
    def lane(self) -> str:
        """Where it waits for its turn."""
        return lane_of(self.endpoint_id, self.told.is_urgent)


def lane_of(endpoint_id: str, urgent: bool) -> str:
    """Deliveries of a lane go out one after the other, in the order of their causes.

    An endpoint has two: what is urgent waits for nothing but what is urgent.
    """
    return f"{endpoint_id}!" if urgent else endpoint_id


def told_of(notification: Notification, draft: Draft, hold: bool) -> Told:
    """What channels need of a new entry. `hold`: its alert rule lets quiet hours hold it."""
    must_be_told = draft.category is Category.REGULATORY or draft.severity is AlertSeverity.CRITICAL
    return Told(
        notification_id=notification.notification_id,
        recipient=notification.recipient,
        fact=draft.fact,
        alert_code=draft.alert_code,
        category=draft.category,
        severity=draft.severity,
        language=draft.language,
        title=draft.title,
        body=draft.body,
        text=draft.text,
        data=draft.data,
        occurred_at=notification.occurred_at,
        created_at=notification.created_at,
        expires_at=_expiry(draft.fact, notification.created_at),
        chain=draft.chain,
        everywhere=draft.everywhere,
        digest_minutes=0 if must_be_told else draft.digest_minutes,
        may_wait=hold and not must_be_told,
    )


def first_steps(chain: Sequence[Channel], everywhere: bool, reachable: frozenset[Channel]) -> tuple[int, ...]:
    """With which channels a message begins: the first that reaches its recipient, or each that does."""
    steps = tuple(step for step, channel in enumerate(chain) if channel in reachable)
    return steps if everywhere else steps[:1]


def next_step(chain: Sequence[Channel], after: int, reachable: frozenset[Channel]) -> int | None:
    """The next channel of a chain that reaches the recipient; None: that was the last."""
    return next((step for step in range(after + 1, len(chain)) if chain[step] in reachable), None)


def _expiry(fact: Fact, created_at: Instant) -> Instant:
    stated = fact.values.get("expires_at")
    if isinstance(stated, int) and not isinstance(stated, bool):
        return Instant(stated)
    return Instant(created_at + STALE)
