"""Plays lanes side by side: each one in its own task, all through one delivery."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from services.cli.replay.delivery import Delivery
from services.cli.replay.lane import Lane, LaneTotals

MOST_REQUESTS_AT_ONCE = 32


def _say_nothing() -> None:
    return


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds on the wall for each second of the table. 0: as fast as charging answers, 1: real time."""

    time_scale: float = 0.0

    async def wait(self, at_ms: int, began_at: float) -> None:
        """Returns when `at_ms` of the table has come; `began_at` is the loop's time at millisecond 0."""
        if self.time_scale > 0:
            remaining = began_at + at_ms / 1000 * self.time_scale - asyncio.get_running_loop().time()
            if remaining > 0:
                await asyncio.sleep(remaining)


@dataclass(frozen=True, slots=True)
class PlayTotals:
    """What the element counted, over all lanes. Usage by rating group in its own unit."""

    rows: int
    requests: int
    retransmissions: int
    pdu_sessions: int
    calls: int
    messages: int
    seconds: float
    carried: Counter[int] = field(default_factory=Counter)
    blocked: Counter[int] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)


async def play(
    lanes: Sequence[Lane],
    delivery: Delivery,
    pace: Pace | None = None,
    on_answer: Callable[[], None] = _say_nothing,
) -> PlayTotals:
    """Plays every lane to its end. `on_answer` is called after each answer.

    Raises DeliveryError, after the other lanes have been stopped where they are.
    """
    clock = asyncio.get_running_loop()
    began_at = clock.time()
    gate = asyncio.Semaphore(MOST_REQUESTS_AT_ONCE)
    tasks = [
        asyncio.ensure_future(_play_lane(lane, delivery, pace or Pace(), began_at, gate, on_answer))
        for lane in lanes
    ]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return _sum([lane.totals for lane in lanes], delivery, clock.time() - began_at)


async def _play_lane(
    lane: Lane,
    delivery: Delivery,
    pace: Pace,
    began_at: float,
    gate: asyncio.Semaphore,
    on_answer: Callable[[], None],
) -> None:
    exchange = lane.play()
    outgoing = next(exchange, None)
    while outgoing is not None:
        await pace.wait(outgoing.at_ms, began_at)
        async with gate:
            reply = await delivery.send(outgoing)
        on_answer()
        try:
            outgoing = exchange.send(reply)
        except StopIteration:
            return


def _sum(parts: Sequence[LaneTotals], delivery: Delivery, seconds: float) -> PlayTotals:
    return PlayTotals(
        rows=sum(part.rows for part in parts),
        requests=sum(part.requests for part in parts),
        retransmissions=delivery.retransmissions,
        pdu_sessions=sum(part.pdu_sessions for part in parts),
        calls=sum(part.calls for part in parts),
        messages=sum(part.messages for part in parts),
        seconds=seconds,
        carried=sum((part.carried for part in parts), Counter()),
        blocked=sum((part.blocked for part in parts), Counter()),
        refusals=sum((part.refusals for part in parts), Counter()),
    )
