"""What delivering needs of the database, the channels and the time."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from services.common.kernel.clock import Instant
from services.notification.domain.channels import Endpoint, Outgoing, SendOutcome
from services.notification.domain.delivery.deciding import DropReason, HoldReason
from services.notification.domain.delivery.told import Delivery
from services.notification.domain.facts import Recipient
from services.notification.domain.notifications import Channel
from services.notification.domain.preferences import Preferences


class ChannelPort(Protocol):
    """One way to reach somebody."""

    async def send(self, endpoint: Endpoint, outgoing: Outgoing) -> SendOutcome:
        """Really sends, within a bounded time. Whatever goes wrong is an outcome."""


class Alarm(Protocol):
    """The time, and waiting for it."""

    def now(self) -> Instant:
        """The present instant."""

    async def until(self, at: Instant) -> None:
        """Returns once it is so late; perhaps earlier."""


@dataclass(frozen=True, slots=True)
class Lane:
    """Deliveries to an endpoint that go one after the other. `host`: whom a breaker watches."""

    name: str
    channel: Channel
    host: str


@dataclass(frozen=True, slots=True)
class Taken:
    """What is not to be picked: lanes under way or paused, hosts that are full or broken, full channels."""

    lanes: Collection[str]
    hosts: Collection[str]
    channels: Collection[Channel]


@dataclass(frozen=True, slots=True)
class Ready:
    """What is due in a lane. `endpoint` None: removed. `preferences` None: nothing was ever set.

    `is_head`: nothing before it waits in its lane. `ways_out`: later channels of its chain that reach the
    recipient.
    """

    delivery: Delivery
    endpoint: Endpoint | None
    preferences: Preferences | None
    is_head: bool
    ways_out: tuple[Channel, ...]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One that was begun, for deliveries that go as one message; the first carries the others."""

    attempt_id: int
    deliveries: tuple[Delivery, ...]


@dataclass(frozen=True, slots=True)
class Delivered:
    """The receiver has it."""


@dataclass(frozen=True, slots=True)
class Waits:
    """It is tried again. `detail`: what went wrong."""

    at: Instant
    detail: str
    in_doubt: bool


@dataclass(frozen=True, slots=True)
class Failed:
    """Given up on this endpoint. `gone`: the endpoint is removed. `in_doubt`: it may have been received."""

    reason: str
    detail: str
    gone: bool = False
    in_doubt: bool = False


Ending = Delivered | Waits | Failed


@dataclass(frozen=True, slots=True)
class SentBefore:
    """What limits count of an earlier time. `at` None: unknown when, if at all: its process was killed."""

    recipient_key: str
    channel: Channel
    at: Instant | None


class Deliveries(Protocol):
    """What waits, stored. Each call is one transaction; lanes are kept right by every one of them."""

    async def due(self, now: Instant, taken: Taken, limit: int) -> Sequence[Lane]:
        """Lanes in which something is due, the longest due first."""

    async def next_due(self, now: Instant) -> Instant | None:
        """When something is due that is not yet."""

    async def next_of(self, lane: str, now: Instant) -> Ready | None:
        """The oldest that is due in a lane; None: nothing."""

    async def digest(self, first: Delivery, limit: int) -> Sequence[Delivery]:
        """What goes with a delivery in its digest, oldest first, itself excluded: what was begun with it,
        or, before the first attempt, what waits for a digest in its lane."""

    async def hold(self, delivery: Delivery, until: Instant, reason: HoldReason, now: Instant) -> None:
        """Others of the lane go first, unless a limit holds it: that holds all."""

    async def join(self, delivery: Delivery, now: Instant) -> None:
        """No longer held: it takes its place in the lane."""

    async def drop(self, delivery: Delivery, reason: DropReason, for_good: bool, now: Instant) -> None:
        """It is not sent here; the next channel of its chain is planned unless it is for good."""

    async def fail(self, delivery: Delivery, failed: Failed, now: Instant) -> None:
        """Given up without an attempt; the next channel of its chain is planned."""

    async def begin(self, deliveries: Sequence[Delivery], message_id: str, now: Instant) -> Attempt:
        """An attempt begins: it is on record before anything is sent."""

    async def end(self, attempt: Attempt, ending: Ending, now: Instant) -> None:
        """What came of it; the next channel of chains is planned where it failed."""

    async def sent_between(self, after: Instant, until: Instant) -> Sequence[SentBefore]:
        """What limits count, of attempts begun after one instant and no later than another."""

    async def prune(self, before: Instant, limit: int) -> int:
        """Deletes what was over before an instant, and endpoints removed before it; returns how much."""


class PreferenceRows(Protocol):
    """Preferences as stored."""

    async def get(self, subscriber_id: str) -> Preferences | None:
        """None: nothing was ever set."""

    async def put(self, subscriber_id: str, preferences: Preferences) -> None:
        """Replaces all."""


@dataclass(frozen=True, slots=True)
class Address:
    """A well-formed address as it is kept. `identity`: what makes two the same."""

    text: str
    identity: str


class Addresses(Protocol):
    """Reads addresses of every channel."""

    def read(self, channel: Channel, text: str) -> Address | str:
        """The address, or a sentence that says what is wrong with it."""


class EndpointRows(Protocol):
    """Endpoints as stored."""

    async def add(self, endpoint: Endpoint, identity: str, most: int) -> Endpoint | None:
        """Stores a new one, or gives the one of that identity. None: the recipient has so many in use.

        One that was removed is in use again, with the address and the secret of `endpoint`.
        """

    async def get(self, endpoint_id: str) -> Endpoint | None:
        """One, removed or not."""

    async def remove(self, endpoint_id: str, at: Instant) -> bool:
        """False: there is none."""

    async def of(self, recipient: Recipient) -> Sequence[Endpoint]:
        """All of a recipient, in the order in which they came."""


Channels = Mapping[Channel, ChannelPort]
"""Those that this service has been set up with."""
