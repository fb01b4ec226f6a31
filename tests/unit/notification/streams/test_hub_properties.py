"""Whatever happens in whatever order, each watcher hears of each entry once, in order, from its cursor on."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from services.notification.adapters.streams.hub import Watch
from services.notification.application.ports import Update
from services.notification.domain.facts import Recipient
from services.notification.domain.notifications import Notification
from tests.support.notification_streams import (
    Streams,
    balances,
    cursors,
    message,
    recipient,
    settled,
    waiting,
)

RECIPIENTS = [recipient(1), recipient(2), Recipient(party_code="music-co")]


@dataclass
class Heard:
    """A watcher and what it got. A fast one takes whatever comes; a slow one when it is its turn."""

    watch: Watch
    to: Recipient
    after: int | None
    committed: int
    """The last cursor there was when it began."""
    updates: list[Update] = field(default_factory=list)
    task: asyncio.Task[None] | None = None

    async def follow(self) -> None:
        """To the end."""
        async for update in self.watch:
            self.updates.append(update)


@dataclass(frozen=True)
class Step:
    """One thing that happens; what the numbers stand for depends on `what`."""

    what: str
    number: int
    count: int


STEPS = st.builds(
    Step,
    st.sampled_from(
        ["commit", "commit", "tell", "hold", "slow", "fast", "now", "pull", "mark", "turn", "move"]
    ),
    st.integers(0, 2),
    st.integers(0, 9),
)


class Story:
    """Plays steps."""

    def __init__(self, page: int, most_recent: int) -> None:
        self.streams = Streams(page, 1_000, most_recent)
        self.untold: list[Sequence[Notification]] = []
        self.heard: list[Heard] = []
        self.seq = 0

    async def play(self, step: Step) -> None:
        """One step."""
        to, hub = RECIPIENTS[step.number], self.streams.hub
        match step.what:
            case "commit":
                self.streams.tell(to, step.count + 1)
            case "hold":
                self.untold.append(self.streams.inboxes.commit(to, step.count % 3 + 1))
            case "tell" if self.untold:
                hub.told(self.untold.pop(step.count % len(self.untold)))
            case "slow" | "fast":
                self.begin(to, min(step.count, len(self.streams.inboxes.entries)), step.what == "fast")
            case "now":
                self.begin(to, None, step.count % 2 == 0)
            case "pull" if self.heard:
                slow = self.heard[step.number % len(self.heard)]
                if slow.task is None:
                    slow.updates.extend(await waiting(slow.watch, step.count))
            case "mark":
                hub.notified([to.key])
            case "move":
                self.seq += 1
                hub.moved(balances(self.seq))
                hub.said("s-1", message(self.seq))
            case _:
                for _ in range(step.count):
                    await asyncio.sleep(0)

    def begin(self, to: Recipient, after: int | None, is_fast: bool) -> None:
        """Another watcher."""
        watch = self.streams.hub.watch(to, after, with_balance=True, with_conversations=True)
        heard = Heard(watch, to, after, len(self.streams.inboxes.entries))
        heard.task = asyncio.ensure_future(heard.follow()) if is_fast else None
        self.heard.append(heard)

    async def end(self) -> None:
        """Everything is told and taken."""
        for told in self.untold:
            self.streams.hub.told(told)
        for heard in self.heard:
            if heard.task is None:
                heard.updates.extend(await waiting(heard.watch, 1_000))
        before = -1
        while before != (before := sum(len(heard.updates) for heard in self.heard)):
            await settled()
        for heard in self.heard:
            if heard.task is not None:
                heard.task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await heard.task

    def check(self) -> None:
        """Of each watcher."""
        for heard in self.heard:
            mine = [one.cursor for one in self.streams.inboxes.entries if one.recipient == heard.to]
            got = cursors(heard.updates)
            assert got == sorted(set(got))
            if heard.after is not None:
                assert got == [cursor for cursor in mine if cursor > heard.after]
            else:
                # What was committed and not told yet when it began is neither certain nor wrong.
                assert [one for one in got if one > heard.committed] == [
                    one for one in mine if one > heard.committed
                ]
                assert set(got) <= set(mine)
            if heard.to == RECIPIENTS[0] and self.seq:
                seen = [one.feature_seq for one in heard.updates if hasattr(one, "feature_seq")]
                assert seen == sorted(set(seen))


@settings(max_examples=150)
@given(st.lists(STEPS, max_size=40), st.integers(1, 4), st.integers(1, 8))
def test_slow_and_fast_watchers_hear_of_everything_once_in_order(
    steps: list[Step], page: int, most_recent: int
) -> None:
    async def play() -> None:
        story = Story(page, most_recent)
        for step in steps:
            await story.play(step)
        await story.end()
        story.check()

    asyncio.run(play())
