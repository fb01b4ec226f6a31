"""The dispatcher: starts lanes in which something is due, many at once, and waits for the next to be due.

It holds no queue. What waits stands in the database; what is under way is known here, so that no lane
runs twice, no host is asked too much at once, and a slow one takes no place from the others.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable

from services.common.kernel.clock import DAY, HOUR, SECOND, Instant
from services.notification.application.delivery.breakers import Breakers
from services.notification.application.delivery.ports import Alarm, Deliveries, Lane, Taken
from services.notification.application.delivery.sending import Sender
from services.notification.domain.delivery.pacing import PACES
from services.notification.domain.notifications import KEPT

_PICKED_AT_ONCE = 200
_STEPS = 20
"""Of one lane before it goes back to the end of the queue."""
_PAUSE = 30 * SECOND
"""For a lane of which a step raised: the database is away, or a row cannot be read."""
_LONGEST_REST = 1 * HOUR
_PRUNE_EVERY = 1 * DAY
_PRUNED_AT_ONCE = 500


class Dispatcher:
    """Delivers. `wake` it after a commit that planned deliveries."""

    def __init__(
        self,
        deliveries: Deliveries,
        sender: Sender,
        breakers: Breakers,
        alarm: Alarm,
        on_failure: Callable[[str, Exception], None],
    ) -> None:
        self._deliveries = deliveries
        self._sender = sender
        self._breakers = breakers
        self._alarm = alarm
        self._on_failure = on_failure
        self._woken = asyncio.Event()
        self._running: dict[str, asyncio.Task[None]] = {}
        self._per_channel: Counter[str] = Counter()
        self._per_host: Counter[str] = Counter()
        self._usual: dict[str, int] = {}
        self._paused: dict[str, Instant] = {}

    def wake(self) -> None:
        """Something may be due. On the event loop."""
        self._woken.set()

    @property
    def under_way(self) -> int:
        """Lanes that run now."""
        return len(self._running)

    async def run(self) -> None:
        """Delivers until cancelled; what is being sent then is cut off, and sent again under the same id."""
        try:
            while True:
                self._woken.clear()
                try:
                    rest_until = await self._next_look(await self._start_due())
                except Exception as error:
                    self._on_failure("what is due could not be looked at", error)
                    rest_until = Instant(self._alarm.now() + _PAUSE)
                await self._rest(rest_until)
        finally:
            await self._cut_off()

    async def run_pruning(self) -> None:
        """Deletes once a day what has been over for 30 days, until cancelled."""
        while True:
            try:
                while await self._deliveries.prune(Instant(self._alarm.now() - KEPT), _PRUNED_AT_ONCE):
                    pass
            except Exception as error:
                self._on_failure("old deliveries could not be deleted", error)
            await self._alarm.until(Instant(self._alarm.now() + _PRUNE_EVERY))

    async def _start_due(self) -> Instant:
        """Starts lanes until nothing is due that there is room for; says at which instant that was so."""
        while True:
            now = self._alarm.now()
            lanes = await self._deliveries.due(now, self._taken(now), _PICKED_AT_ONCE)
            started = [lane for lane in lanes if self._has_room(lane, now) and self._start(lane)]
            if not started:
                return now

    def _start(self, lane: Lane) -> bool:
        self._per_channel[lane.channel.value] += 1
        self._per_host[lane.host] += 1
        self._usual[lane.host] = PACES[lane.channel].at_once_per_host
        task = asyncio.get_running_loop().create_task(self._work(lane), name=f"lane {lane.name}")
        self._running[lane.name] = task
        task.add_done_callback(lambda _: self._over(lane))
        return True

    def _over(self, lane: Lane) -> None:
        del self._running[lane.name]
        self._per_channel[lane.channel.value] -= 1
        self._per_host[lane.host] -= 1
        if not self._per_host[lane.host]:
            del self._per_host[lane.host], self._usual[lane.host]
        self._woken.set()

    async def _work(self, lane: Lane) -> None:
        try:
            for _ in range(_STEPS):
                if not await self._sender.step(lane) or not self._breakers.room(
                    lane.host, self._alarm.now(), 1
                ):
                    return
        except Exception as error:
            self._on_failure(f"a delivery could not be handled ({lane.name})", error)
            self._paused[lane.name] = Instant(self._alarm.now() + _PAUSE)

    def _has_room(self, lane: Lane, now: Instant) -> bool:
        pace = PACES[lane.channel]
        room = self._breakers.room(lane.host, now, pace.at_once_per_host)
        return (
            lane.name not in self._running
            and self._per_host[lane.host] < room
            and self._per_channel[lane.channel.value] < pace.at_once
        )

    def _taken(self, now: Instant) -> Taken:
        self._paused = {name: until for name, until in self._paused.items() if now < until}
        channels = [
            channel for channel, pace in PACES.items() if self._per_channel[channel.value] >= pace.at_once
        ]
        return Taken(
            lanes={*self._running, *self._paused},
            hosts={*self._full_hosts(now), *self._breakers.open_hosts(now)},
            channels=channels,
        )

    def _full_hosts(self, now: Instant) -> list[str]:
        return [
            host
            for host, count in self._per_host.items()
            if count >= self._breakers.room(host, now, self._usual[host])
        ]

    async def _next_look(self, now: Instant) -> Instant:
        nexts = [await self._deliveries.next_due(now), self._breakers.next_probe(now), *self._paused.values()]
        return min((at for at in nexts if at is not None), default=Instant(now + _LONGEST_REST))

    async def _rest(self, until: Instant) -> None:
        """Until it is woken, by a commit or by a lane that is over, or until then."""
        waits = [asyncio.ensure_future(self._woken.wait()), asyncio.ensure_future(self._alarm.until(until))]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    async def _cut_off(self) -> None:
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks, return_exceptions=True)
