"""The assistant's tools over peers and books in memory, as a customer of a test sees them."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from services.common.kernel.clock import DAY, HOUR, Instant
from services.common.kernel.outcome import Refused, RefusedError
from services.notification.adapters.tools.registry import ToolPorts, build_toolbox
from services.notification.adapters.tools.words import FluentWords
from services.notification.application.ports import (
    Balances,
    Bill,
    CaseRequest,
    ChargeLine,
    InboxPage,
    UsageSlice,
)
from services.notification.domain.cases import Case, CaseState
from services.notification.domain.conversations import ProposedAction
from services.notification.domain.customers import Bucket, Customer, Present
from services.notification.domain.facts import Recipient
from services.notification.domain.notifications import Mark, Notification
from services.notification.domain.preferences import Preferences
from services.notification.domain.reasons import DUPLICATE_DIFFERS
from services.notification.domain.tools import ToolAnswer, ToolCall, ToolOutcome, ToolRefusal
from tests.support.charging_world import ManualClock
from tests.support.notification_tools_peers import (
    ACCOUNT,
    NOW,
    OTHER,
    OTHER_ACCOUNT,
    SUBSCRIBER,
    FakeCharging,
    FakeOffers,
    FakeShop,
    euro,
)
from tests.support.notification_tools_stores import MemoryProposals, MemorySuspensions

PAYMENT_PAGE = "https://pay.example/top-up?account={account}&amount={amount}"


class FakeDirectory:
    """Two accounts with a subscriber each."""

    def __init__(self) -> None:
        self.customers = {
            SUBSCRIBER: _customer(SUBSCRIBER, ACCOUNT),
            OTHER: _customer(OTHER, OTHER_ACCOUNT),
        }
        self.buckets: list[Bucket] = [
            Bucket("b-1", ACCOUNT, "money", True, "EUR", euro("20.00").minor_micros)
        ]
        self.lines: list[ChargeLine] = []
        self.slices: list[UsageSlice] = []
        self.months: list[Bill] = []

    async def customer(self, subscriber_id: str) -> Customer | None:
        """By its id."""
        return self.customers.get(subscriber_id)

    async def account_of(self, subscriber_id: str) -> str | None:
        """By its id."""
        found = self.customers.get(subscriber_id)
        return found.account_id if found else None

    async def subscribers_of(self, account_id: str) -> Sequence[str]:
        """In order."""
        return [key for key, value in self.customers.items() if value.account_id == account_id]

    async def balances(self, account_id: str) -> Balances | None:
        """Of the first account."""
        if account_id not in (ACCOUNT, OTHER_ACCOUNT):
            return None
        own = tuple(bucket for bucket in self.buckets if bucket.account_id == account_id)
        return Balances(account_id, 7, NOW, own)

    async def present(self, recipient: Recipient) -> Present:
        """Nothing."""
        return Present()

    async def charges(
        self, account_id: str, subscriber_id: str = "", before: Instant | None = None, limit: int = 20
    ) -> Sequence[ChargeLine]:
        """Newest first."""
        found = [line for line in self.lines if line.subscriber_id == subscriber_id]
        found = [line for line in found if before is None or line.at < before]
        return sorted(found, key=lambda line: -line.at)[:limit]

    async def bills(self, account_id: str) -> Sequence[Bill]:
        """As they are."""
        return self.months

    async def usage(self, subscriber_id: str, since: Instant, slice_minutes: int) -> Sequence[UsageSlice]:
        """From then on."""
        return [part for part in self.slices if part.begins_at >= since]


class FakeInbox:
    """An inbox with what a test puts in."""

    def __init__(self) -> None:
        self.entries: list[Notification] = []

    async def page(
        self, recipient: Recipient, after_cursor: int, size: int, include_hidden: bool = False
    ) -> InboxPage:
        """The recipient's, after a cursor."""
        found = [
            entry
            for entry in self.entries
            if entry.recipient.key == recipient.key and entry.cursor > after_cursor
        ][:size]
        return InboxPage(tuple(found), found[-1].cursor if found else after_cursor, len(found))

    async def mark(self, recipient: Recipient, notification_ids: Sequence[str], mark: Mark) -> int:
        """Nothing is unread."""
        return 0


class FakePreferences:
    """Wishes in memory."""

    def __init__(self) -> None:
        self.stored: dict[str, Preferences] = {}

    async def get(self, subscriber_id: str) -> Preferences:
        """The defaults at first."""
        return self.stored.get(subscriber_id, Preferences())

    async def put(self, subscriber_id: str, preferences: Preferences) -> Preferences:
        """Replaces all."""
        self.stored[subscriber_id] = preferences
        return preferences


class FakeCases:
    """A case desk that only opens."""

    def __init__(self) -> None:
        self.requests: dict[str, CaseRequest] = {}

    async def open(self, request: CaseRequest) -> Case:
        """Once for an id."""
        known = self.requests.setdefault(request.request_id, request)
        if known != request:
            raise RefusedError(Refused(DUPLICATE_DIFFERS, "another case"))
        number = list(self.requests).index(request.request_id) + 1
        return Case(
            f"case-{number}",
            number,
            request.subscriber_id,
            request.account_id,
            request.conversation_id,
            CaseState.OPEN,
            request.priority,
            request.topic,
            request.summary,
            NOW,
            NOW,
        )


@dataclass
class ToolWorld:
    """Everything that tools stand on, and a customer who calls them."""

    directory: FakeDirectory = field(default_factory=FakeDirectory)
    inbox: FakeInbox = field(default_factory=FakeInbox)
    preferences: FakePreferences = field(default_factory=FakePreferences)
    cases: FakeCases = field(default_factory=FakeCases)
    charging: FakeCharging = field(default_factory=FakeCharging)
    offers: FakeOffers = field(default_factory=FakeOffers)
    shop: FakeShop = field(default_factory=FakeShop)
    proposals: MemoryProposals = field(default_factory=MemoryProposals)
    suspensions: MemorySuspensions = field(default_factory=MemorySuspensions)
    clock: ManualClock = field(default_factory=lambda: ManualClock(NOW))
    page: str = PAYMENT_PAGE
    not_sold: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        numbers = itertools.count(1)
        self.toolbox = build_toolbox(
            ToolPorts(
                self.directory,
                self.inbox,
                self.preferences,
                self.cases,  # type: ignore[arg-type]  # tools only open cases
                self.charging,
                self.offers,
                self.shop,
                self.proposals,
                self.suspensions,
                FluentWords(),
                self.clock,
                self.page,
                self.not_sold,
                new_id=lambda: f"id-{next(numbers)}",
            )
        )

    async def call(
        self,
        tool: str,
        *,
        by: str = SUBSCRIBER,
        token: str = "",
        language: str = "en",
        conversation: str = "",
        **arguments: object,
    ) -> ToolOutcome:
        """What it comes to."""
        call = self.call_of(tool, arguments, by=by, token=token, language=language)
        return await self.toolbox.call(replace(call, conversation_id=conversation))

    def call_of(
        self,
        tool: str,
        arguments: Mapping[str, object],
        *,
        by: str = SUBSCRIBER,
        token: str = "",
        language: str = "en",
    ) -> ToolCall:
        """A call, with the account that it is on."""
        customer = self.directory.customers.get(by)
        account = customer.account_id if customer else ""
        return ToolCall(by, account, tool, arguments, language, token)

    async def answer(self, tool: str, **said: object) -> ToolAnswer:
        """Of a tool that has to answer."""
        outcome = await self.call(tool, **said)  # type: ignore[arg-type]
        assert isinstance(outcome, ToolAnswer), outcome
        return outcome

    async def refusal(self, tool: str, **said: object) -> str:
        """The reason of a tool that has to refuse; its words are there."""
        outcome = await self.call(tool, **said)  # type: ignore[arg-type]
        assert isinstance(outcome, ToolRefusal), outcome
        assert outcome.text
        return outcome.reason

    async def proposal(self, tool: str, **said: object) -> ProposedAction:
        """Of a tool that has to propose."""
        outcome = await self.call(tool, **said)  # type: ignore[arg-type]
        assert isinstance(outcome, ProposedAction), outcome
        return outcome

    async def yes(self, proposed: ProposedAction, **changed: object) -> ToolOutcome:
        """The customer says yes."""
        arguments: Mapping[str, object] = json.loads(proposed.arguments_json)
        said = {**arguments, "token": proposed.confirmation_token, **changed}
        return await self.call(proposed.tool, **said)  # type: ignore[arg-type]


def charge_line(
    charge_id: str, amount: str, hours_ago: int = 1, kind: str = "usage", units: int = 1_000_000
) -> ChargeLine:
    """A charge of the customer's."""
    at = Instant(NOW - hours_ago * HOUR)
    return ChargeLine(
        charge_id, SUBSCRIBER, at, kind, "prepaid-data", 101, "home", "octets", units, euro(amount)
    )


def rows(answer: ToolAnswer, name: str) -> list[dict[str, Any]]:
    """A list of a result."""
    found: Any = answer.result[name]
    return list(found)


def in_days(days: int) -> Instant:
    """So many days after the present of the test."""
    return Instant(NOW + days * DAY)


def _customer(subscriber_id: str, account_id: str) -> Customer:
    return Customer(
        subscriber_id,
        account_id,
        "EUR",
        "Europe/Berlin",
        zone="home",
        offering_codes=frozenset({"prepaid-data", "video-pass"}),
    )
