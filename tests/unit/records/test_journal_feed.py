"""Each record once and in order, whatever the bus repeats, lacks or does not answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import cast

import pytest

from services.cli.records.journal_feed import JournalFeed
from services.cli.records.journal_stream import JournalStream
from services.common.runtime.bus import BusUnavailableError
from services.common.runtime.following import FollowedRecord
from services.common.runtime.journal_source import SourceUnavailableError
from tests.support.charged_journal import JournalAtHand, journal_of

JOURNAL = journal_of(30)


class StreamAtHand:
    """Stands in for a JournalStream: gives pieces of messages, then nothing. `connected` may change."""

    def __init__(self, *pieces: Sequence[int]) -> None:
        self.pieces = [[JOURNAL[sequence - 1] for sequence in piece] for piece in pieces]
        self.published = max((record.sequence for piece in self.pieces for record in piece), default=0)
        self.connected = True
        self.breaks = False

    async def last_sequence(self) -> int:
        """As JournalStream.last_sequence."""
        if self.breaks:
            raise BusUnavailableError("away")
        return self.published

    async def next_records(
        self, after_sequence: int, wait_seconds: float, at_most: int = 100
    ) -> Sequence[FollowedRecord]:
        """As JournalStream.next_records."""
        await asyncio.sleep(0)
        if self.pieces:
            return self.pieces.pop(0)
        if self.breaks:
            raise BusUnavailableError("away")
        return ()


def feed(stream: StreamAtHand | None, source: JournalAtHand, after: int = 0) -> JournalFeed:
    return JournalFeed(0, cast(JournalStream | None, stream), source, after)


async def sequences(pieces: AsyncIterator[Sequence[FollowedRecord]]) -> list[int]:
    return [record.sequence async for piece in pieces for record in piece]


@pytest.mark.parametrize(
    ("pieces", "read_after"),
    [
        pytest.param([range(1, 11), range(11, 31)], [30], id="the bus has all"),
        pytest.param([], [0], id="the bus has nothing"),
        pytest.param([range(8, 31)], [0, 30], id="the bus has lost the beginning"),
        pytest.param([range(1, 21)], [20], id="the bus lags behind"),
        pytest.param([[1, 2, 5, 6], range(9, 31)], [2, 6, 30], id="the bus leaves gaps"),
        pytest.param([range(1, 21), range(3, 31)], [30], id="the relay was rewound"),
        pytest.param([[1, 2, 2, 1, 3], range(2, 31)], [30], id="the bus repeats"),
    ],
)
async def test_every_record_comes_once_and_in_order(
    pieces: list[Sequence[int]], read_after: list[int]
) -> None:
    source = JournalAtHand(JOURNAL)
    assert await sequences(feed(StreamAtHand(*pieces), source).to_the_head()) == list(range(1, 31))
    assert source.readings == read_after, "what the bus has is not asked of charging"


async def test_without_a_bus_the_journal_is_enough() -> None:
    assert await sequences(feed(None, JournalAtHand(JOURNAL), after=12).to_the_head()) == list(range(13, 31))


@pytest.mark.parametrize("where", ["not connected", "breaks at once", "breaks later"])
async def test_a_bus_that_is_away_is_passed_over(where: str) -> None:
    stream = StreamAtHand(*([range(1, 6)] if where == "breaks later" else []))
    stream.connected, stream.breaks = where != "not connected", True
    assert await sequences(feed(stream, JournalAtHand(JOURNAL)).to_the_head()) == list(range(1, 31))


async def test_a_bus_that_is_ahead_of_the_journal_is_a_fault() -> None:
    shorter = JournalAtHand(JOURNAL[:20])
    with pytest.raises(SourceUnavailableError, match="ends at record 20, and the bus has record 25"):
        await sequences(feed(StreamAtHand(range(25, 31)), shorter).to_the_head())


async def test_following_goes_on_after_charging_and_bus_were_away() -> None:
    source, stream, faults = JournalAtHand(JOURNAL[:10]), StreamAtHand(), list[str]()
    stream.connected, source.fails_after = False, 0
    following = feed(stream, source)
    seen: list[int] = []
    async with asyncio.timeout(10):
        async for piece in following.for_ever(0.001, faults.append):
            seen += [record.sequence for record in piece]
            if faults and source.fails_after == 0:
                source.fails_after = None
            elif seen and seen[-1] == 10 and not stream.connected:
                source.records, stream.connected = JOURNAL, True
                stream.pieces = [JOURNAL[14:20], JOURNAL[8:30]]
            elif seen and seen[-1] == 30:
                break
    assert seen == list(range(1, 31))
    assert faults[0] == "DEADLINE_EXCEEDED: too slow"
    assert faults[-1] == ""


async def test_following_says_when_nothing_has_come() -> None:
    quiet = feed(None, JournalAtHand(())).for_ever(0.001, lambda _fault: None)
    async with asyncio.timeout(10):
        assert await anext(quiet) == ()
