"""Facts, drafts, rules and what is told, for tests of delivering."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Mapping, Sequence

from services.common.kernel.clock import Instant
from services.common.kernel.money import Money, currency
from services.notification.application.ports import (
    Balances,
    Bill,
    ChargeLine,
    CompiledRules,
    UsageSlice,
)
from services.notification.domain.customers import Customer, Present
from services.notification.domain.delivery.told import Delivery, Told, told_of
from services.notification.domain.facts import Fact, FactKind, Recipient, Value
from services.notification.domain.notifications import AlertSeverity, Category, Channel, Draft, Notification
from services.notification.domain.rules import AlertRule, AlertRules, RateLimit
from tests.support.notification_delivery_clock import NOON

ANNA = Recipient("s-anna", "acme-1")
PARTNER = Recipient(party_code="media-house")
OPERATOR = Recipient(operator=True)
EURO = currency("EUR")
BERLIN = "Europe/Berlin"


def euros(cents: int) -> Money:
    """Money in cents."""
    return Money(cents * 1_000_000, EURO)


def topped_up(cause_id: str, recipient: Recipient = ANNA, at: Instant = NOON) -> Fact:
    """A fact that stays true."""
    return Fact(
        FactKind.TOPPED_UP, cause_id, recipient, at, {"amount": euros(1000), "balance": euros(1500)}, "b-1"
    )


def balance_low(cause_id: str, recipient: Recipient = ANNA, at: Instant = NOON) -> Fact:
    """A fact that a top-up ends."""
    values: Mapping[str, Value] = {"balance": euros(150), "threshold": euros(200), "bucket_id": "b-1"}
    return Fact(FactKind.BALANCE_LOW, cause_id, recipient, at, values, "b-1")


def draft(fact: Fact, *chain: Channel, **other: object) -> Draft:
    """A draft in English; `other` replaces fields."""
    plain = Draft(
        fact=fact,
        alert_code=fact.kind.value,
        rules_version=1,
        category=Category.SERVICE,
        severity=AlertSeverity.INFO,
        language="en",
        title=f"Title {fact.cause_id}",
        body=f"Body of {fact.cause_id}.\nSecond line.",
        text=f"Text {fact.cause_id}",
        collapse_key="",
        chain=chain,
        data={"cause": fact.cause_id},
    )
    return dataclasses.replace(plain, **other)  # type: ignore[arg-type]


_cursors = itertools.count(1)


def entry(of: Draft, at: Instant = NOON, recipient: Recipient | None = None) -> tuple[Notification, Draft]:
    """An inbox entry, whose id is that of its cause and its recipient, with the draft it came from."""
    whom = recipient or of.fact.recipient
    return (
        Notification(
            notification_id=f"n-{of.alert_code}-{of.fact.cause_id}-{whom.key}",
            cursor=next(_cursors),
            recipient=whom,
            alert_code=of.alert_code,
            rules_version=of.rules_version,
            category=of.category,
            severity=of.severity,
            language=of.language,
            title=of.title,
            body=of.body,
            text=of.text,
            data=of.data,
            occurred_at=of.fact.at,
            created_at=at,
            collapse_key=of.collapse_key,
        ),
        of,
    )


def told(of: Draft | None = None, hold: bool = True, at: Instant = NOON) -> Told:
    """What is told because of a draft."""
    chosen = of or draft(topped_up("c-1"), Channel.WEB_PUSH)
    notification, _ = entry(chosen, at)
    return told_of(notification, chosen, hold)


def delivery(of: Told | None = None, **other: object) -> Delivery:
    """A delivery by the first channel of its chain; `other` replaces fields."""
    chosen = of or told()
    plain = Delivery("d-1", chosen, chosen.chain[0], 0, "e-1")
    return dataclasses.replace(plain, **other)  # type: ignore[arg-type]


def alert_rules(
    limits: Sequence[RateLimit] = (), quiet: tuple[int, int] = (0, 0), not_held: Sequence[str] = ()
) -> AlertRules:
    """Rules of which delivering reads limits, quiet hours, and which alerts are not to be held."""
    return AlertRules(
        code="test",
        languages=("en",),
        time_zone="UTC",
        quiet_from_minute=quiet[0],
        quiet_until_minute=quiet[1],
        expiry_hours=(24,),
        unusual_factor=3,
        unusual_at_least_minor=500,
        limits=tuple(limits),
        rules=tuple(
            AlertRule(code, FactKind.TOPPED_UP, Category.SERVICE, AlertSeverity.INFO, hold=False)
            for code in not_held
        ),
    )


class FixedRules:
    """Fulfils `RulesInForce` and, itself, `CompiledRules`: it makes no drafts."""

    version = 1

    def __init__(self, rules: AlertRules) -> None:
        self.rules = rules

    def current(self) -> CompiledRules | None:
        """Always in force."""
        return self

    def drafts(self, fact: Fact, customer: Customer | None, language: str) -> Sequence[Draft]:
        """None."""
        return ()


class FakeDirectory:
    """Fulfils `Directory` for delivering: everybody lives in Berlin; the test says what is so now."""

    def __init__(self) -> None:
        self.now = Present()

    async def customer(self, subscriber_id: str) -> Customer | None:
        """Known, whoever it is."""
        return Customer(subscriber_id, "acme-1", "EUR", BERLIN)

    async def present(self, recipient: Recipient) -> Present:
        """As the test says."""
        return self.now

    async def account_of(self, subscriber_id: str) -> str | None:
        """Not asked for."""
        raise AssertionError

    async def subscribers_of(self, account_id: str) -> Sequence[str]:
        """Not asked for."""
        raise AssertionError

    async def balances(self, account_id: str) -> Balances | None:
        """Not asked for."""
        raise AssertionError

    async def charges(
        self, account_id: str, subscriber_id: str = "", before: Instant | None = None, limit: int = 20
    ) -> Sequence[ChargeLine]:
        """Not asked for."""
        raise AssertionError

    async def bills(self, account_id: str) -> Sequence[Bill]:
        """Not asked for."""
        raise AssertionError

    async def usage(self, subscriber_id: str, since: Instant, slice_minutes: int) -> Sequence[UsageSlice]:
        """Not asked for."""
        raise AssertionError
