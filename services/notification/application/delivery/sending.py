"""One step of a lane: the oldest delivery that is due in it is sent, held, dropped or given up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from services.common.kernel.clock import Instant, zone
from services.notification.application.delivery.breakers import Breakers
from services.notification.application.delivery.caps import Caps, Place
from services.notification.application.delivery.ports import (
    Alarm,
    Channels,
    Delivered,
    Deliveries,
    Ending,
    Failed,
    Lane,
    Ready,
    Waits,
)
from services.notification.application.ports import Directory, RulesInForce
from services.notification.domain.channels import (
    Endpoint,
    Gone,
    Outgoing,
    Rejected,
    SendOutcome,
    Sent,
    TryLater,
)
from services.notification.domain.delivery.deciding import Drop, DropReason, Due, Hold, HoldReason, due_now
from services.notification.domain.delivery.outgoing import MOST_IN_DIGEST, outgoing_of
from services.notification.domain.delivery.pacing import PACES, Again, after_failure
from services.notification.domain.delivery.quiet import QuietHours
from services.notification.domain.delivery.told import Delivery
from services.notification.domain.delivery.wishes import default_preferences, is_wanted
from services.notification.domain.facts import Fact
from services.notification.domain.preferences import Preferences
from services.notification.domain.rules import AlertRules
from services.notification.domain.still import still_holds

REJECTED = "REJECTED"
GIVEN_UP = "GIVEN_UP"
ENDPOINT_GONE = "ENDPOINT_GONE"
ENDPOINT_REMOVED = "ENDPOINT_REMOVED"
CHANNEL_OFF = "CHANNEL_OFF"
"""Why deliveries fail: refused for good, tried long enough, no such endpoint any more, or no such channel."""

_LONGEST_SEND_SECONDS = 60.0
"""Channels have their own, shorter ones."""
_NEVER_QUIET = QuietHours("UTC", 0, 0)


@dataclass(frozen=True, slots=True)
class SendingPorts:
    """What a step needs. `chance`: 0 to 999, drawn anew at each call. `on_failure`: a channel is broken."""

    deliveries: Deliveries
    channels: Channels
    rules: RulesInForce
    directory: Directory
    alarm: Alarm
    chance: Callable[[], int]
    on_failure: Callable[[str, Exception], None]


class Sender:
    """Sends what lanes hold. One step of a lane at a time; lanes beside each other."""

    def __init__(self, ports: SendingPorts, caps: Caps, breakers: Breakers) -> None:
        self._ports = ports
        self._caps = caps
        self._breakers = breakers

    async def step(self, lane: Lane) -> bool:
        """Settles the oldest that is due; False: nothing is. Raises what the database raises."""
        now = self._ports.alarm.now()
        ready = await self._ports.deliveries.next_of(lane.name, now)
        if ready is None:
            return False
        failed = self._unreachable(ready)
        if failed is not None:
            await self._ports.deliveries.fail(ready.delivery, failed, now)
            return True
        assert ready.endpoint is not None, "it was looked at above"
        await self._decide(ready, ready.endpoint, lane.host, now)
        return True

    def _unreachable(self, ready: Ready) -> Failed | None:
        if ready.endpoint is None:
            return Failed(ENDPOINT_REMOVED, "")
        if ready.delivery.channel not in self._ports.channels:
            return Failed(CHANNEL_OFF, "this service was not set up for it")
        return None

    async def _decide(self, ready: Ready, endpoint: Endpoint, host: str, now: Instant) -> None:
        delivery, store = ready.delivery, self._ports.deliveries
        preferences = self._preferences(ready)
        quiet = await self._quiet_hours(delivery, preferences)
        due = await self._rechecked(delivery, due_now(delivery, preferences, quiet, now), now)
        if isinstance(due, Hold):
            await store.hold(delivery, due.until, due.reason, now)
        elif isinstance(due, Drop):
            await store.drop(delivery, due.reason, due.for_good, now)
        elif not ready.is_head:
            await store.join(delivery, now)
        else:
            place = await self._place(delivery, now)
            if not isinstance(place, Place):
                await store.hold(delivery, place, HoldReason.RATE_LIMITED, now)
                return
            await self._send(ready, endpoint, host, place, preferences, quiet, now)

    async def _send(
        self,
        ready: Ready,
        endpoint: Endpoint,
        host: str,
        place: Place,
        preferences: Preferences,
        quiet: QuietHours,
        now: Instant,
    ) -> None:
        counts, store = False, self._ports.deliveries
        try:
            group = (ready.delivery, *await self._companions(ready.delivery, preferences, quiet, now))
            outgoing = outgoing_of(group)
            attempt = await store.begin(group, outgoing.message_id, now)
            # From here on it may have been received, unless the receiver says otherwise.
            counts = True
            outcome = await self._sent(endpoint, outgoing)
            counts = isinstance(outcome, Sent) or (isinstance(outcome, TryLater) and outcome.in_doubt)
        finally:
            self._caps.ended(place, self._ports.alarm.now(), counts)
        ended_at = self._ports.alarm.now()
        self._tell_breaker(host, outcome, ended_at)
        await store.end(attempt, self._ending(ready, preferences, outcome, ended_at), ended_at)

    async def _sent(self, endpoint: Endpoint, outgoing: Outgoing) -> SendOutcome:
        try:
            async with asyncio.timeout(_LONGEST_SEND_SECONDS):
                return await self._ports.channels[endpoint.channel].send(endpoint, outgoing)
        except TimeoutError:
            return TryLater("no answer in time", in_doubt=True)
        except Exception as error:
            self._ports.on_failure(f"the channel {endpoint.channel.value} broke", error)
            return TryLater(type(error).__name__, in_doubt=True)

    def _tell_breaker(self, host: str, outcome: SendOutcome, now: Instant) -> None:
        if not isinstance(outcome, TryLater):
            self._breakers.answered(host)
        elif outcome.after_seconds is None:
            # Who says when to come back works; that is between it and one endpoint.
            self._breakers.failed(host, now)

    def _ending(self, ready: Ready, preferences: Preferences, outcome: SendOutcome, now: Instant) -> Ending:
        if isinstance(outcome, Sent):
            return Delivered()
        if isinstance(outcome, Rejected):
            return Failed(REJECTED, outcome.detail)
        if isinstance(outcome, Gone):
            return Failed(ENDPOINT_GONE, outcome.detail, gone=True)
        delivery = ready.delivery
        pace, tries = PACES[delivery.channel], delivery.attempts + 1
        first = delivery.first_attempt_at or now
        told = delivery.told
        way_out = any(is_wanted(preferences, told.category, told.alert_code, one) for one in ready.ways_out)
        then = after_failure(pace, tries, first, now, outcome, way_out, self._ports.chance())
        if isinstance(then, Again):
            return Waits(then.at, outcome.detail, outcome.in_doubt)
        return Failed(GIVEN_UP, outcome.detail, in_doubt=outcome.in_doubt)

    async def _companions(
        self, first: Delivery, preferences: Preferences, quiet: QuietHours, now: Instant
    ) -> Sequence[Delivery]:
        """What goes in the same digest. Before its first attempt each is looked at like any other."""
        if not first.told.digest_minutes:
            return ()
        waiting = await self._ports.deliveries.digest(first, MOST_IN_DIGEST - 1)
        if first.attempts:
            return waiting
        going = []
        for one in waiting:
            due = await self._rechecked(one, due_now(one, preferences, quiet, now, in_digest=True), now)
            if isinstance(due, Drop):
                await self._ports.deliveries.drop(one, due.reason, due.for_good, now)
            elif not isinstance(due, Hold):
                going.append(one)
        return going

    async def _rechecked(self, delivery: Delivery, due: Due, now: Instant) -> Due:
        if isinstance(due, Hold | Drop) or not due.recheck or await self._holds(delivery.told.fact, now):
            return due
        return Drop(DropReason.NOT_TRUE_ANY_MORE)

    async def _holds(self, fact: Fact, now: Instant) -> bool:
        present = await self._ports.directory.present(fact.recipient)
        return still_holds(fact.kind, fact.values, fact.about, present, now)

    async def _place(self, delivery: Delivery, now: Instant) -> Place | Instant:
        rules = self._rules()
        limits = rules.limits if rules is not None else ()
        await self._caps.cover(limits, now)
        told = delivery.told
        return self._caps.take(limits, told.recipient.key, delivery.channel, now, told.is_urgent)

    def _preferences(self, ready: Ready) -> Preferences:
        if ready.preferences is not None:
            return ready.preferences
        is_subscriber = bool(ready.delivery.told.recipient.subscriber_id)
        return default_preferences(self._rules()) if is_subscriber else Preferences()

    async def _quiet_hours(self, delivery: Delivery, preferences: Preferences) -> QuietHours:
        begin, end = preferences.quiet_from_minute, preferences.quiet_until_minute
        if begin == end or not delivery.told.may_wait:
            return _NEVER_QUIET
        if preferences.time_zone:
            return QuietHours(preferences.time_zone, begin, end)
        customer = await self._ports.directory.customer(delivery.told.recipient.subscriber_id)
        rules = self._rules()
        names = (customer.time_zone if customer else "", rules.time_zone if rules else "")
        return QuietHours(next((name for name in names if _is_zone(name)), "UTC"), begin, end)

    def _rules(self) -> AlertRules | None:
        compiled = self._ports.rules.current()
        return None if compiled is None else compiled.rules


def _is_zone(name: str) -> bool:
    try:
        zone(name)
    except ValueError:
        return False
    return bool(name)
