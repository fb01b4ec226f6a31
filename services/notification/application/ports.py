"""What the parts of this service need of each other. What only one part needs stands beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from services.common.kernel.clock import Instant
from services.common.kernel.money import Money
from services.notification.domain.cases import Case, CasePriority, CaseState, TriedTool
from services.notification.domain.conversations import Conversation, ConversationState, Message
from services.notification.domain.customers import Bucket, Customer, Present
from services.notification.domain.facts import Fact, Recipient
from services.notification.domain.notifications import Draft, Mark, Notification
from services.notification.domain.preferences import Preferences
from services.notification.domain.rules import AlertRules
from services.notification.domain.tools import ToolCall, ToolOutcome, ToolSpec


class CompiledRules(Protocol):
    """A version of the alert rules ready to be used: conditions compiled, words parsed."""

    @property
    def version(self) -> int:
        """From 1."""

    @property
    def rules(self) -> AlertRules:
        """As they were written."""

    def drafts(self, fact: Fact, customer: Customer | None, language: str) -> Sequence[Draft]:
        """What is to be told because of a fact, in a language (empty: the default); pure and quick."""


class RulesInForce(Protocol):
    """The newest published version; None: nothing was ever published."""

    def current(self) -> CompiledRules | None:
        """Looks only; swapped whole when rules are published."""


@dataclass(frozen=True, slots=True)
class Balances:
    """The buckets of an account as charging's journal left them at `feature_seq`."""

    account_id: str
    feature_seq: int
    at: Instant
    buckets: tuple[Bucket, ...]


@dataclass(frozen=True, slots=True)
class ChargeLine:
    """One charge, refund or correction. `amount` is signed; `units` 0 for fees."""

    charge_id: str
    subscriber_id: str
    at: Instant
    kind: str
    """`usage`, `fee`, `refund` or `correction`."""
    offering_code: str
    rating_group: int
    zone: str
    unit: str
    units: int
    amount: Money


@dataclass(frozen=True, slots=True)
class Bill:
    """What an account was charged in a calendar month (`2026-11`) of its time zone."""

    account_id: str
    month: str
    total: Money
    charges: int
    closed: bool


@dataclass(frozen=True, slots=True)
class UsageSlice:
    """Usage of one rating group and unit from an instant on, for charts."""

    begins_at: Instant
    rating_group: int
    unit: str
    units: int
    amount: Money


class Directory(Protocol):
    """What this service knows of accounts, mirrored from charging's journal."""

    async def customer(self, subscriber_id: str) -> Customer | None:
        """None: charging's journal never named it."""

    async def account_of(self, subscriber_id: str) -> str | None:
        """The account of a subscriber."""

    async def subscribers_of(self, account_id: str) -> Sequence[str]:
        """Its subscribers, in the order in which they came."""

    async def balances(self, account_id: str) -> Balances | None:
        """Open buckets; None for an account that is not known."""

    async def present(self, recipient: Recipient) -> Present:
        """What is so now, for looking whether a fact still holds."""

    async def charges(
        self, account_id: str, subscriber_id: str = "", before: Instant | None = None, limit: int = 20
    ) -> Sequence[ChargeLine]:
        """Newest first; an empty `subscriber_id`: of everybody on the account."""

    async def bills(self, account_id: str) -> Sequence[Bill]:
        """Newest month first, the running one included."""

    async def usage(self, subscriber_id: str, since: Instant, slice_minutes: int) -> Sequence[UsageSlice]:
        """Oldest first; slices without usage are left out."""


@dataclass(frozen=True, slots=True)
class InboxPage:
    """Entries in order of their cursors."""

    notifications: tuple[Notification, ...]
    next_cursor: int
    unread: int


class Inbox(Protocol):
    """Inboxes of all recipients."""

    async def page(
        self, recipient: Recipient, after_cursor: int, size: int, include_hidden: bool = False
    ) -> InboxPage:
        """Entries after a cursor. Hidden: dismissed, or superseded."""

    async def mark(self, recipient: Recipient, notification_ids: Sequence[str], mark: Mark) -> int:
        """Marks those that are the recipient's; returns how many are unread now."""


Update = Notification | Balances | Message


class Watching(Protocol):
    """Streams. Whoever reads slowly holds nobody up, misses no notification and sees the newest balance."""

    def watch(
        self,
        recipient: Recipient,
        after_cursor: int | None,
        with_balance: bool = False,
        with_conversations: bool = False,
    ) -> AsyncIterator[Update]:
        """The inbox from a cursor on (None: from now), then everything new, until it is closed.

        Raises RefusedError TOO_MANY_STREAMS.
        """


class PreferenceStore(Protocol):
    """What recipients wish."""

    async def get(self, subscriber_id: str) -> Preferences:
        """The defaults where nothing was set."""

    async def put(self, subscriber_id: str, preferences: Preferences) -> Preferences:
        """Replaces all. Raises RefusedError PREFERENCES_INVALID."""


class ToolBox(Protocol):
    """The assistant's tools. Who may call for whom was checked before."""

    def specs(self) -> Sequence[ToolSpec]:
        """All tools, in the order in which they are shown."""

    async def call(self, call: ToolCall) -> ToolOutcome:
        """Calls one. Raises RefusedError TOOL_UNKNOWN, ARGUMENTS_INVALID; all else is an outcome."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a customer says. `confirm`: the token of what was proposed; `conversation_id` empty: a new one."""

    subscriber_id: str
    account_id: str
    text: str
    conversation_id: str = ""
    confirm: str = ""
    request_id: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
    """The conversation after it: what was said since, the answer last."""

    conversation_id: str
    state: ConversationState
    messages: tuple[Message, ...]
    case_id: str = ""


class Conversing(Protocol):
    """Plain text."""

    async def converse(self, said: Said) -> Heard:
        """Answers.

        Raises RefusedError TEXT_INVALID, REQUEST_ID_INVALID, FIELD_INVALID, CONVERSATION_UNKNOWN,
        CONVERSATION_CLOSED, DUPLICATE_DIFFERS.
        """

    async def get(self, conversation_id: str, after_sequence: int) -> tuple[Conversation, Sequence[Message]]:
        """A conversation. Raises RefusedError CONVERSATION_UNKNOWN."""

    async def rate(self, conversation_id: str, score: int, comment: str) -> None:
        """How it was, 1 to 5. Raises RefusedError CONVERSATION_UNKNOWN, FIELD_INVALID."""


@dataclass(frozen=True, slots=True)
class CaseRequest:
    """A case to be opened; the same `request_id` again is the same case."""

    request_id: str
    subscriber_id: str
    account_id: str
    topic: str
    summary: str
    priority: CasePriority
    conversation_id: str = ""
    language: str = ""
    tried: tuple[TriedTool, ...] = field(default_factory=tuple)


class CaseDesk(Protocol):
    """Cases and their queue. Opening, replying and resolving tell streams and raise facts."""

    async def open(self, request: CaseRequest) -> Case:
        """Raises RefusedError DUPLICATE_DIFFERS."""

    async def get(self, case_id: str) -> Case:
        """Raises RefusedError CASE_UNKNOWN."""

    async def queue(
        self, states: Sequence[CaseState], assignee: str = "", subscriber_id: str = "", limit: int = 50
    ) -> Sequence[Case]:
        """Most urgent first, then oldest."""

    async def assign(self, case_id: str, assignee: str) -> Case:
        """Raises RefusedError CASE_UNKNOWN, CASE_RESOLVED."""

    async def reply(self, case_id: str, agent: str, text: str, request_id: str) -> Message:
        """Into the conversation. Raises RefusedError CASE_UNKNOWN, CASE_RESOLVED, TEXT_INVALID."""

    async def resolve(self, case_id: str, resolution: str) -> Case:
        """Raises RefusedError CASE_UNKNOWN, CASE_RESOLVED."""
