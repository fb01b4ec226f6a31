"""The compiled price book against its rules, asked one by one; and no switch is named too late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from services.charging.domain.rating.circumstances import Circumstances, Conditions
from services.charging.domain.rating.holidays import HolidayCalendar
from services.charging.domain.rating.increments import Increments
from services.charging.domain.rating.per_unit import PerUnit
from services.charging.domain.rating.price import Concurrency, Price
from services.charging.domain.rating.price_book import price_book
from services.charging.domain.rating.price_rule import PriceBookError, PriceRule
from services.charging.domain.rating.week import MINUTES_PER_DAY, TimeBand
from services.common.kernel.clock import DAY, HOUR, MINUTE, Instant, local
from tests.support.charging_catalog import DATA, VOICE
from tests.support.rated import moment

ZONES = ("home", "eu", "us")
TIME_ZONES = ("Europe/Berlin", "America/Santiago", "Australia/Lord_Howe", "Asia/Kolkata", "UTC")
FIRST, LAST = date(2026, 3, 20), date(2026, 11, 10)

zones = st.frozensets(st.sampled_from(ZONES), max_size=2)
codes = st.frozensets(st.sampled_from(["a", "b"]), max_size=2)
days = st.dates(FIRST, LAST)


@st.composite
def windows(draw: st.DrawFn, length: int) -> tuple[tuple[int, int], ...]:
    """Up to three windows, at times of the day that are hit often."""
    edges = st.integers(0, length // 30).map(lambda half_hour: half_hour * 30)
    pairs = draw(st.lists(st.tuples(edges, edges).map(sorted), min_size=1, max_size=3))
    return tuple((start, end) for start, end in pairs if start < end)


calendars = st.builds(
    HolidayCalendar,
    st.sampled_from(["feasts", "fasts"]),
    st.frozensets(days, max_size=3),
    st.frozensets(days.map(lambda day: (day.month, day.day)), max_size=3),
)


@st.composite
def rules(draw: st.DrawFn) -> list[PriceRule]:
    """A few rules; calendars of one code are the same."""
    known = {calendar.code: calendar for calendar in draw(st.lists(calendars, max_size=2))}
    return [draw(_rule(number, known)) for number in range(draw(st.integers(1, 5)))]


@st.composite
def _rule(draw: st.DrawFn, number: int, known: dict[str, HolidayCalendar]) -> PriceRule:
    calendar = known.get(draw(st.sampled_from(["", *known])))
    band = None
    if calendar is not None or draw(st.booleans()):
        band = TimeBand(
            "band",
            draw(windows(7 * MINUTES_PER_DAY)),
            calendar.code if calendar else "",
            draw(windows(MINUTES_PER_DAY)) if calendar else (),
        )
    span = sorted(draw(st.tuples(days, days)))
    concurrency = draw(st.sampled_from([None, None, None, Concurrency.SESSIONS]))
    return PriceRule(
        price=Price(1, "basic", f"p{number}", Increments(), PerUnit(number, 1), concurrency=concurrency),
        rating_groups=draw(st.sampled_from([frozenset({DATA}), frozenset({DATA, VOICE})])),
        conditions=Conditions(zones=draw(zones), slices=draw(codes), segments=draw(codes)),
        band=band,
        calendar=calendar,
        first_day=draw(st.sampled_from([None, span[0]])),
        last_day=draw(st.sampled_from([None, span[1]])),
        precedence=draw(st.integers(0, 3)),
    )


circumstances = st.builds(
    Circumstances,
    zone=st.sampled_from(["", *ZONES]),
    slice=st.sampled_from(["", "a", "b", "c"]),
    segment=st.sampled_from(["", "a", "b", "c"]),
)
instants = st.integers(moment("2026-03-15 00:00"), moment("2026-11-20 00:00")).map(Instant) | st.builds(
    lambda when, minutes: Instant(when + minutes * MINUTE),
    st.sampled_from(
        [
            moment("2026-03-29 03:00"),
            moment("2026-10-25 03:00"),
            moment("2026-04-05 00:00", "America/Santiago"),
            moment("2026-09-06 01:00", "America/Santiago"),
            moment("2026-04-05 02:00", "Australia/Lord_Howe"),
        ]
    ),
    st.integers(-300, 300),
)
denied = st.frozensets(st.sampled_from(ZONES), max_size=2)


@dataclass
class Naive:
    """Asks every rule, every time."""

    rules: list[PriceRule]
    denied: frozenset[str]
    under: Circumstances
    time_zone: str

    def holding(self, at: Instant, concurrency: Concurrency | None) -> list[PriceRule]:
        """The rules of the best rank that hold: none, one, or several that overlap."""
        if not self.under.zone or self.under.zone in self.denied:
            return []
        now = local(at, self.time_zone)
        found = [
            rule
            for rule in self.rules
            if rule.price.concurrency is concurrency
            and rule.holds(DATA, self.under, now.date(), now.hour * 60 + now.minute)
        ]
        best = min((rule.rank for rule in found), default=None)
        return [rule for rule in found if rule.rank == best]

    def price(self, at: Instant, concurrency: Concurrency | None = None) -> Price | None:
        """The price in force."""
        return next((rule.price for rule in self.holding(at, concurrency)), None)


@settings(max_examples=150)
@given(
    rules(), denied, circumstances, st.lists(instants, min_size=1, max_size=8), st.sampled_from(TIME_ZONES)
)
def test_the_book_finds_what_the_rules_say_and_refuses_what_they_leave_open(
    made: list[PriceRule],
    closed: frozenset[str],
    under: Circumstances,
    moments: list[Instant],
    time_zone: str,
) -> None:
    naive = Naive(made, closed, under, time_zone)
    try:
        book = price_book(made, ZONES, closed)
    except PriceBookError as refused:
        assert refused.reason == "PRICE_OVERLAP"
        assert _somewhere_open(made, closed)
        return
    for at in moments:
        assert len(naive.holding(at, None)) <= 1
        table = book.table(DATA, under)
        assert (table.at(at, time_zone) if table else None) == naive.price(at)
        peaks = book.concurrency_table(DATA, Concurrency.SESSIONS, under)
        assert (peaks.at(at, time_zone) if peaks else None) == naive.price(at, Concurrency.SESSIONS)


def _somewhere_open(made: list[PriceRule], closed: frozenset[str]) -> bool:
    """Looks at every zone, code and telling minute: somewhere two rules must be first at once."""
    equal = any(one.rank == two.rank for index, one in enumerate(made) for two in made[index + 1 :])
    return equal and any(
        _overlap_in_time(Naive(made, closed, Circumstances(zone=zone, slice=code, segment=segment), "UTC"))
        for zone in ZONES
        for code in ("", "a", "b")
        for segment in ("", "a", "b")
    )


def _overlap_in_time(naive: Naive) -> bool:
    kinds = {rule.price.concurrency for rule in naive.rules}
    return any(
        len(naive.holding(Instant(moment(f"{day} 00:00", "UTC") + minute * MINUTE), kind)) > 1
        for day in _telling_days(naive.rules)
        for minute in _telling_minutes(naive.rules)
        for kind in kinds
    )


def _telling_days(made: list[PriceRule]) -> list[date]:
    """A fortnight from every first and every last day, and each holiday on every weekday there is."""
    begins = {FIRST - timedelta(days=30)}
    holidays: set[date] = set()
    for rule in made:
        begins |= {day for day in (rule.first_day, rule.last_day) if day is not None}
        if rule.calendar is not None:
            holidays |= rule.calendar.dates
            holidays |= {date(year, *day) for day in rule.calendar.annual for year in range(1998, 2055)}
    fortnights = {begin + timedelta(days=number) for begin in begins for number in range(-1, 15)}
    return sorted(fortnights | holidays)


def _telling_minutes(made: list[PriceRule]) -> list[int]:
    edges = {0}
    for rule in made:
        for window in (*rule.band.windows, *rule.band.holiday_windows) if rule.band else ():
            edges |= {edge % MINUTES_PER_DAY for edge in window}
    return sorted(edges)


@settings(max_examples=150)
@given(rules(), circumstances, instants, st.sampled_from(TIME_ZONES))
def test_no_price_changes_before_the_switch_that_was_named(
    made: list[PriceRule], under: Circumstances, at: Instant, time_zone: str
) -> None:
    try:
        book = price_book(made, ZONES)
    except PriceBookError:
        assume(False)
    table = book.table(DATA, under)
    if table is None:
        return
    present, switch = table.at(at, time_zone), table.next_switch(at, time_zone)
    assert switch is None or switch > at
    until = min(switch or at + 30 * DAY, at + 30 * DAY)
    # Windows begin and end on half hours: between two of them nothing changes.
    looks = range(at - at % (HOUR // 2) + HOUR // 2, until, HOUR // 2)
    assert all(table.at(Instant(look), time_zone) == present for look in looks)
    assert table.at(Instant(until - 1), time_zone) == present
