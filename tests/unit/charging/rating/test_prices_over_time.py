"""Prices by the wall clock and the calendar: hours, weekdays, holidays, dates, nights of clock changes."""

from __future__ import annotations

import pytest
from tidemark.catalog.v1 import catalog_pb2
from tidemark.catalog.v1.circumstances_pb2 import HolidayCalendar

from services.charging.domain.rating.circumstances import Circumstances
from services.charging.domain.rating.select import Priced, Subscribed, select_price
from services.charging.domain.rating.tariff import Tariff, TariffError
from services.common.kernel.clock import SECOND, Instant
from tests.support.charging_catalog import BERLIN, DATA, EVERY_DAY, band, offering, per, price, tariff
from tests.support.rated import moment

HOME = Circumstances(zone="home")
ELSE = price("else", DATA, per("1.00"))
HOLIDAY = (8,)
FEASTS = HolidayCalendar(code="feasts", days=["12-25", "2026-04-06", "2028-02-29"])
LOCAL_FEASTS = HolidayCalendar(code="local-feasts", days=["2026-12-25", "11-11"])


def _with(*prices: catalog_pb2.ProductOfferingPrice, bands: tuple[catalog_pb2.TimeBand, ...] = ()) -> Tariff:
    return tariff(
        offering("basic", ELSE, *prices),
        bands=bands,
        tables=catalog_pb2.Catalog(calendars=[FEASTS, LOCAL_FEASTS]),
    )


def _price(code: str, band: str = "", days: tuple[str, str] = ("", "")) -> catalog_pb2.ProductOfferingPrice:
    return price(code, DATA, per("0.10"), band=band, days=days)


def _found(known: Tariff, when: Instant, time_zone: str = BERLIN) -> Priced:
    found = select_price([Subscribed(known, known.offerings["basic"])], DATA, HOME, when, time_zone)
    assert isinstance(found, Priced)
    return found


def _code(known: Tariff, when: str, time_zone: str = BERLIN, fold: int = 0) -> str:
    return _found(known, moment(when, time_zone, fold), time_zone).price.code


NIGHTS = _with(
    _price("night", "night"),
    bands=(band("night", (EVERY_DAY, "22:00", "24:00"), (EVERY_DAY, "00:00", "06:00")),),
)


@pytest.mark.parametrize(
    ("when", "code"),
    [
        ("2026-03-02 21:59:59.999999", "else"),
        ("2026-03-02 22:00", "night"),
        ("2026-03-02 23:59:59.999999", "night"),
        ("2026-03-03 00:00", "night"),
        ("2026-03-03 05:59:59.999999", "night"),
        ("2026-03-03 06:00", "else"),
    ],
)
def test_by_time_of_day_over_midnight(when: str, code: str) -> None:
    assert _code(NIGHTS, when) == code


@pytest.mark.parametrize(
    ("when", "code"),
    [
        ("2026-03-06 23:59:59", "else"),  # Friday
        ("2026-03-07 00:00", "weekend"),
        ("2026-03-08 23:59:59", "weekend"),  # Sunday
        ("2026-03-09 00:00", "else"),
    ],
)
def test_by_weekday(when: str, code: str) -> None:
    known = _with(_price("weekend", "weekend"), bands=(band("weekend", ((6, 7), "00:00", "24:00")),))
    assert _code(known, when) == code


def test_the_subscriber_s_own_zone_says_what_time_it_is() -> None:
    afternoon = moment("2026-03-02 15:00")
    assert _found(NIGHTS, afternoon, BERLIN).price.code == "else"
    assert _found(NIGHTS, afternoon, "Asia/Tokyo").price.code == "night", "23:00 there"


WORKING_DAYS = _with(
    _price("work", "work"),
    _price("feast", "feast"),
    bands=(
        band("work", (range(1, 6), "08:00", "18:00"), calendar="feasts"),
        band("feast", (HOLIDAY, "10:00", "22:00"), calendar="feasts"),
    ),
)


@pytest.mark.parametrize(
    ("when", "code"),
    [
        ("2026-12-24 09:00", "work"),  # a Thursday
        ("2026-12-25 09:00", "else"),  # Friday, but a holiday: no working hours, and not yet 10:00
        ("2026-12-25 10:00", "feast"),
        ("2026-12-25 21:59:59", "feast"),
        ("2026-12-25 22:00", "else"),
        ("2027-12-25 12:00", "feast"),  # every year; a Saturday
        ("2026-04-06 12:00", "feast"),  # Easter Monday of 2026
        ("2027-04-06 12:00", "work"),  # which is a working day in 2027
        ("2028-02-29 12:00", "feast"),  # a leap day
        ("2028-03-01 12:00", "work"),
        ("2032-02-29 12:00", "else"),  # the next leap day is no holiday; a Sunday
    ],
)
def test_on_a_holiday_only_the_windows_of_holidays_hold(when: str, code: str) -> None:
    assert _code(WORKING_DAYS, when) == code


def test_a_holiday_is_one_on_the_subscriber_s_own_date() -> None:
    """When it is Christmas in Tokyo, 12:00, it is still the 24th in Los Angeles, 19:00."""
    noon_in_tokyo = moment("2026-12-25 12:00", "Asia/Tokyo")
    assert _found(WORKING_DAYS, noon_in_tokyo, "Asia/Tokyo").price.code == "feast"
    assert _found(WORKING_DAYS, noon_in_tokyo, "America/Los_Angeles").price.code == "else"


def test_two_calendars_may_have_a_holiday_each_and_one_together() -> None:
    known = _with(
        _price("feast", "feast"),
        price("local", DATA, per("0.20"), band="local", precedence=0, days=("2026-01-01", "")),
        bands=(
            band("feast", (HOLIDAY, "00:00", "24:00"), calendar="feasts"),
            band("local", (HOLIDAY, "00:00", "12:00"), calendar="local-feasts"),
        ),
    )
    assert _code(known, "2026-11-11 08:00") == "local"
    assert _code(known, "2026-11-11 12:00") == "else"
    assert _code(known, "2026-12-25 08:00") == "local", "both are; the local price has more conditions"
    assert _code(known, "2026-12-25 12:00") == "feast"
    assert _code(known, "2027-12-25 08:00") == "feast"


def test_holidays_of_two_calendars_that_meet_on_one_day_only_are_found_to_overlap() -> None:
    bands = (
        band("feast", (HOLIDAY, "00:00", "24:00"), calendar="feasts"),
        band("local", (HOLIDAY, "00:00", "24:00"), calendar="local-feasts"),
    )
    with pytest.raises(TariffError) as refused:
        _with(_price("feast", "feast"), _price("local", "local"), bands=bands)
    assert refused.value.reason == "PRICE_OVERLAP"
    until = ("", "2026-12-24")
    known = _with(_price("feast", "feast", until), _price("local", "local", until), bands=bands)
    assert _code(known, "2026-12-25 12:00") == "else"


@pytest.mark.parametrize(
    ("when", "code"),
    [
        ("2026-11-30 23:59:59.999999", "else"),
        ("2026-12-01 00:00", "advent"),
        ("2026-12-24 23:59:59.999999", "advent"),
        ("2026-12-25 00:00", "else"),
        ("2027-12-10 00:00", "else"),
    ],
)
def test_by_first_and_last_day(when: str, code: str) -> None:
    assert _code(_with(_price("advent", days=("2026-12-01", "2026-12-24"))), when) == code


def test_a_price_may_hold_on_a_leap_day_alone() -> None:
    known = _with(_price("leap", days=("2028-02-29", "2028-02-29")))
    days = ("2028-02-28 23:59", "2028-02-29 00:00", "2028-02-29 23:59", "2028-03-01 00:00")
    assert [_code(known, when) for when in days] == ["else", "leap", "leap", "else"]


@pytest.mark.parametrize(
    ("when", "switch"),
    [
        ("2026-03-02 21:50", "2026-03-02 22:00"),
        ("2026-03-02 23:00", "2026-03-03 06:00"),  # midnight changes nothing
    ],
)
def test_the_next_switch_is_when_another_price_takes_over(when: str, switch: str) -> None:
    assert _found(NIGHTS, moment(when)).next_switch == moment(switch)


@pytest.mark.parametrize(
    ("when", "switch"),
    [
        ("2026-12-24 17:00", "2026-12-24 18:00"),
        ("2026-12-24 18:00", "2026-12-25 10:00"),  # not 08:00: that is a holiday
        ("2026-12-25 12:00", "2026-12-25 22:00"),
        ("2026-12-25 22:00", "2026-12-28 08:00"),  # over the weekend
    ],
)
def test_the_next_switch_knows_holidays(when: str, switch: str) -> None:
    assert _found(WORKING_DAYS, moment(when)).next_switch == moment(switch)


def test_a_far_first_day_is_no_switch_that_is_missed() -> None:
    """Looked for eight days ahead; until then an earlier instant is named, and asked again there."""
    known = _with(_price("summer", days=("2026-06-01", "2026-08-31")))
    assert _found(known, moment("2026-05-31 12:00")).next_switch == moment("2026-06-01 00:00")
    when, asked = moment("2026-01-01 12:00"), 0
    while _found(known, when).price.code == "else":
        switch = _found(known, when).next_switch
        assert switch is not None
        assert switch > when
        when, asked = switch, asked + 1
    assert when == moment("2026-06-01 00:00")
    assert asked < 30


def test_without_conditions_on_time_there_is_no_switch() -> None:
    assert _found(_with(), moment("2026-03-02 12:00")).next_switch is None


# 29 March 2026: 02:00 becomes 03:00. 25 October 2026: 03:00 becomes 02:00.
SMALL_HOURS = _with(
    _price("small", "small", ("2026-01-01", "")), bands=(band("small", (EVERY_DAY, "02:30", "05:00")),)
)


@pytest.mark.parametrize(
    ("when", "fold", "code", "switch", "switch_fold"),
    [
        # An hour is missing: the band begins when the clock jumps over its start.
        ("2026-03-29 01:50", 0, "else", "2026-03-29 03:00", 0),
        ("2026-03-29 03:00", 0, "small", "2026-03-29 05:00", 0),
        # An hour comes twice: at 03:00 the clock goes back before the start of the band.
        ("2026-10-25 02:10", 0, "else", "2026-10-25 02:30", 0),
        ("2026-10-25 02:40", 0, "small", "2026-10-25 02:00", 1),
        ("2026-10-25 02:10", 1, "else", "2026-10-25 02:30", 1),
        ("2026-10-25 02:40", 1, "small", "2026-10-25 05:00", 0),
    ],
)
def test_prices_and_switches_when_the_clock_is_changed(
    when: str, fold: int, code: str, switch: str, switch_fold: int
) -> None:
    found = _found(SMALL_HOURS, moment(when, fold=fold))
    assert (found.price.code, found.next_switch) == (code, moment(switch, fold=switch_fold))


@pytest.mark.parametrize(
    ("evening", "hours"), [("2026-03-28", 7), ("2026-03-29", 8), ("2026-10-24", 9), ("2026-10-25", 8)]
)
def test_a_night_is_as_long_as_its_clock_makes_it(evening: str, hours: int) -> None:
    """22:00 to 06:00 is seven hours when summer time begins, nine when it ends."""
    begin = end = moment(f"{evening} 22:00")
    while _found(NIGHTS, end).price.code == "night":
        switch = _found(NIGHTS, end).next_switch
        assert switch is not None
        end = switch
    assert end - begin == hours * 3_600 * SECOND


def test_a_switch_between_two_hours_that_come_twice_is_not_missed() -> None:
    """02:40 and 03:00 of the first round have one price, but in the second round 02:10 has another."""
    known = _with(
        _price("ten", "ten"),
        bands=(band("ten", (EVERY_DAY, "00:00", "02:10"), (EVERY_DAY, "02:30", "09:00")),),
    )
    switch = _found(known, moment("2026-10-25 02:40")).next_switch
    assert switch == moment("2026-10-25 02:10", fold=1)


def test_where_midnight_is_left_out_a_day_begins_when_the_clock_says_one() -> None:
    """In Santiago summer time begins at midnight: 6 September 2026 begins at 01:00."""
    santiago = "America/Santiago"
    known = _with(_price("spring", days=("2026-09-06", "2026-09-06")))
    before = moment("2026-09-05 23:30", santiago)
    assert _found(known, before, santiago).next_switch == before + 1_800 * SECOND
    assert _code(known, "2026-09-06 01:00", santiago) == "spring"
    assert _code(known, "2026-09-06 23:59", santiago) == "spring"
    assert _code(known, "2026-09-07 00:00", santiago) == "else"
