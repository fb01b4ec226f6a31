"""What peers say, as tools know it: prices out of a catalog, tokens for calls, links, dates."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tidemark.catalog.v1 import catalog_pb2, money_text_pb2, policies_pb2, pricing_pb2

from services.common.kernel.money import currency
from services.common.runtime.callers import Callers, Role
from services.common.runtime.token_keys import TokenKey
from services.notification.adapters.peers.assortment import assortment_of
from services.notification.adapters.peers.calling import bearer
from services.notification.adapters.peers.tokens import peer_tokens
from services.notification.application.tools.reading import read_amount, read_day, read_minute, show_minute
from tests.support.notification_tools_peers import EURO, NOW, euro

SECRET = b"a secret of this test, as long as it has to be"


def amount(decimal: str, francs: str = "") -> money_text_pb2.ExactAmount:
    others = [money_text_pb2.CurrencyAmount(currency_code="CHF", decimal=francs)] if francs else []
    return money_text_pb2.ExactAmount(decimal=decimal, others=others)


def catalog() -> catalog_pb2.Catalog:
    """A plan with a monthly fee in part and a promotion, a trial, a bundle, a tax on top, a counter."""
    monthly = pricing_pb2.Fee(
        amount=amount("20.00"),
        kind=pricing_pb2.FEE_KIND_RECURRING,
        prorated=True,
        promotion_periods=3,
        promotion_percent=50,
    )
    connection = pricing_pb2.Fee(amount=amount("9.99"), kind=pricing_pb2.FEE_KIND_ONE_TIME)
    taxed = pricing_pb2.Fee(amount=amount("10.00", "11.00"), kind=pricing_pb2.FEE_KIND_ONE_TIME, tax="vat")
    return catalog_pb2.Catalog(
        currency_code="EUR",
        other_currency_codes=["CHF"],
        taxes=[pricing_pb2.Tax(code="vat", percent="19", inclusive=False)],
        zones=[catalog_pb2.Zone(code="home", name="Home", home=True), catalog_pb2.Zone(code="world")],
        rating_groups=[
            catalog_pb2.RatingGroup(rating_group=1, code="web", name="Web"),
            catalog_pb2.RatingGroup(rating_group=2, code="chat"),
        ],
        offerings=[
            catalog_pb2.ProductOffering(
                code="plan",
                name="Plan",
                kind=catalog_pb2.OFFERING_KIND_PLAN,
                payment_mode=catalog_pb2.PAYMENT_MODE_POSTPAID,
                fees=[monthly, connection],
                period=pricing_pb2.Period(months=1, calendar=True),
            ),
            catalog_pb2.ProductOffering(
                code="trial",
                kind=catalog_pb2.OFFERING_KIND_ADD_ON,
                fees=[monthly],
                period=pricing_pb2.Period(months=1),
                trial=pricing_pb2.Trial(days=7),
            ),
            catalog_pb2.ProductOffering(code="taxed", kind=catalog_pb2.OFFERING_KIND_ADD_ON, fees=[taxed]),
            catalog_pb2.ProductOffering(
                code="bundle",
                kind=catalog_pb2.OFFERING_KIND_BUNDLE,
                includes=["taxed"],
                choice=catalog_pb2.BundleChoice(minimum=1, maximum=2, offerings=["trial", "plan"]),
            ),
        ],
        counters=[
            policies_pb2.Counter(
                code="cap",
                name="Cap",
                zones=["world"],
                measure=policies_pb2.COUNTER_MEASURE_MONEY,
                cap=policies_pb2.CounterMark(amount=amount("59.50", "60.00")),
                liftable=True,
            ),
            policies_pb2.Counter(
                code="units",
                measure=policies_pb2.COUNTER_MEASURE_UNITS,
                cap=policies_pb2.CounterMark(units=5),
            ),
        ],
    )


def test_prices_as_the_catalog_has_them() -> None:
    known = assortment_of(catalog(), 7)
    plan = known.offerings["plan"].terms["EUR"]
    assert (plan.at_once, plan.each_period, plan.prorated) == (euro("19.99"), euro("20.00"), True)
    assert known.offerings["plan"].postpaid
    trial = known.offerings["trial"].terms["EUR"]
    assert (trial.at_once, trial.each_period, trial.trial_days) == (euro("0"), euro("20.00"), 7)
    assert known.offerings["taxed"].terms["EUR"].at_once == euro("11.90"), "tax on top"
    assert known.offerings["taxed"].terms["CHF"].at_once.minor_micros == 13_090_000 * 100
    assert "CHF" not in known.offerings["plan"].terms, "not sold there"
    bundle = known.offerings["bundle"]
    assert bundle.terms["EUR"].at_once == euro("11.90"), "what it brings is paid with it"
    assert (bundle.choose, bundle.choices) == ((1, 2), frozenset({"trial", "plan"}))


def test_names_counters_and_zones() -> None:
    known = assortment_of(catalog(), 7)
    assert known.rating_groups == {1: "Web", 2: "chat"}
    assert (known.home_zone, known.zones["world"]) == ("home", "world")
    cap, units = known.counters["cap"], known.counters["units"]
    assert (cap.liftable, cap.is_money, cap.zones) == (True, True, frozenset({"world"}))
    assert dict(cap.cap) == {"EUR": euro("59.50").minor_micros, "CHF": 6_000 * 1_000_000}
    assert (units.is_money, dict(units.cap)) == (False, {"": 5})
    assert known.name_of("plan") == "Plan"
    assert known.name_of("gone") == "gone"


def test_peers_are_called_as_the_operator_with_a_token_that_stays_fresh(tmp_path: Path) -> None:
    key_file = tmp_path / "secret"
    key_file.write_bytes(SECRET)
    now = [1_000_000.0]
    token = peer_tokens(None, key_file, now_seconds=lambda: now[0])
    first = token()
    assert token() == first
    now[0] += 241
    assert token() != first
    fresh = peer_tokens(None, key_file)()
    assert Callers([TokenKey("HS256", SECRET)]).of_token(fresh).role is Role.OPERATOR
    assert peer_tokens(None, None)() == ""
    token_file = tmp_path / "token"
    from_file = peer_tokens(token_file, key_file)
    for text in ("one\n", "two\n"):
        token_file.write_text(text)
        assert from_file() == text.strip()
    assert bearer("") == ()
    assert bearer("x") == (("authorization", "Bearer x"),)


@given(st.integers(0, 10**8), st.sampled_from([".", ","]), st.sampled_from(["", " EUR", "€", " eur"]))
def test_amounts_are_read_as_they_are_written(cents: int, point: str, unit: str) -> None:
    text = f"{cents // 100}{point}{cents % 100:02d}{unit}"
    assert read_amount(text, EURO).minor_micros == cents * 1_000_000


@given(st.text(max_size=60))
def test_whatever_is_no_amount_is_refused(text: str) -> None:
    try:
        money = read_amount(text, currency("EUR"))
    except ValueError:
        return
    assert money.minor_micros >= 0


def test_days_and_minutes() -> None:
    assert read_day("today", NOW, "Europe/Berlin") == date(2026, 12, 2)
    assert read_day("yesterday", NOW, "Pacific/Kiritimati") == date(2026, 12, 2), "it is the third there"
    with pytest.raises(ValueError, match="isoformat"):
        read_day("soon", NOW, "UTC")
    for minute in (0, 61, 1_439):
        assert read_minute(show_minute(minute)) == minute
    for wrong in ("24:00", "7", "07:60", ""):
        with pytest.raises(ValueError, match="time of the day"):
            read_minute(wrong)
