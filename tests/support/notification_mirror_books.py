"""Any journal, for properties of notification's mirror."""

from __future__ import annotations

from hypothesis import strategies as st

from services.common.kernel.clock import DAY, HOUR, SECOND
from tests.support import notification_mirror as journal
from tests.support.notification_mirror import BEGIN, EURO, Event, MirrorBook

_HOMES = {"anna": "home", "bert": "home", "cleo": "away"}
_AMOUNTS = st.integers(0, 40 * EURO)


@st.composite
def event_at(draw: st.DrawFn, now: int) -> Event:
    """Anything that may happen at an instant; usage may be late, or of an element whose clock is ahead."""
    who = draw(st.sampled_from(sorted(_HOMES)))
    home, bucket_id = _HOMES[who], f"b-{draw(st.integers(0, 2))}"
    at = now - draw(st.sampled_from([0, 1, 200, 4_000, 90_000])) * SECOND + draw(st.integers(-5, 5))
    paid = draw(st.sampled_from([0, 0, draw(_AMOUNTS)]))
    choices = (
        journal.used(draw(_AMOUNTS), paid, who, home, at, zone=draw(st.sampled_from(["home", "eu", ""]))),
        journal.fee(draw(st.integers(-EURO, EURO)), who, home),
        journal.refunded(draw(_AMOUNTS), who, home),
        journal.corrected(draw(st.integers(-EURO, EURO)), who, home),
        journal.account(home),
        journal.joined(who, home, draw(st.sampled_from(["Europe/Berlin", "America/New_York", "Nowhere"]))),
        journal.described(who, home, draw(st.booleans())),
        journal.subscribed(
            f"offering-{draw(st.integers(0, 3))}", draw(st.sampled_from(["STARTED", "ENDED"]))
        ),
        journal.bucket(bucket_id, draw(_AMOUNTS), home, now + draw(st.integers(1, 90)) * HOUR),
        journal.moved(bucket_id, draw(_AMOUNTS), home),
        journal.moved(f"{home}/money", draw(_AMOUNTS), home, "TOPPED_UP", EURO),
        journal.crossed(bucket_id, draw(st.sampled_from([80, 95, 100])), 10, home),
        journal.started(bucket_id, now + DAY, home),
        journal.closed(bucket_id, home),
        journal.counted("roaming", draw(_AMOUNTS), who),
        journal.capped("roaming", draw(st.sampled_from([None, 50]))),
        journal.marked("roaming", 40, 41),
        journal.refused(),
    )
    return choices[draw(st.sampled_from([0, 0, 0, 0, *range(len(choices))]))]


@st.composite
def books(draw: st.DrawFn, most_records: int = 20) -> MirrorBook:
    """A journal with two accounts and some records of everything, over some weeks."""
    book, now = MirrorBook(), int(BEGIN)
    book.record(journal.account(), journal.joined(), journal.joined("bert"), journal.money(20 * EURO), at=now)
    book.record(
        journal.account("away"),
        journal.joined("cleo", "away", "Asia/Tokyo"),
        journal.money(0, "away"),
        at=now,
    )
    for _ in range(draw(st.integers(1, most_records))):
        entries = []
        for _ in range(draw(st.integers(1, 3))):
            now += draw(st.integers(0, 4 * 86_400)) * SECOND // draw(st.sampled_from([1, 100, 10_000]))
            entries.append((now, draw(st.lists(event_at(now), min_size=1, max_size=4))))
        book.entries(*entries)
    return book
