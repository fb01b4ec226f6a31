"""What the catalog says of an offer: fees at once, later, how long, and what usage costs without it."""

from __future__ import annotations

from fractions import Fraction

import pytest
from tidemark.catalog.v1 import catalog_pb2, money_text_pb2, pricing_pb2

from services.offers.adapters.catalog_terms import catalog_terms
from services.offers.domain.catalog_terms import CatalogTerms, terms_of
from services.offers.domain.compiled import OfferTerms
from services.offers.domain.policies import Action, ActionKind
from tests.support.offers_policies import CENT, example_catalog_terms

EXAMPLES = example_catalog_terms()


def amount(decimal: str, **others: str) -> money_text_pb2.ExactAmount:
    return money_text_pb2.ExactAmount(
        decimal=decimal,
        others=[
            money_text_pb2.CurrencyAmount(currency_code=code, decimal=text) for code, text in others.items()
        ],
    )


def fee(decimal: str, *, recurring: bool = False, tax: str = "", **others: object) -> pricing_pb2.Fee:
    kind = pricing_pb2.FEE_KIND_RECURRING if recurring else pricing_pb2.FEE_KIND_ONE_TIME
    return pricing_pb2.Fee(code="fee", amount=amount(decimal), kind=kind, tax=tax, **others)  # type: ignore[arg-type]


def catalog(*offerings: catalog_pb2.ProductOffering, **fields: object) -> CatalogTerms:
    message = catalog_pb2.Catalog(
        currency_code="EUR",
        other_currency_codes=["CHF"],
        taxes=[pricing_pb2.Tax(code="net", percent="19", inclusive=False)],
        zones=[catalog_pb2.Zone(code="home", home=True)],
        offerings=offerings,
        **fields,  # type: ignore[arg-type]
    )
    return catalog_terms(message, 1)


def terms(offering: catalog_pb2.ProductOffering) -> OfferTerms:
    return catalog(offering).offerings[offering.code].terms["EUR"]


@pytest.mark.parametrize(
    ("code", "price", "recurring", "days"),
    [
        ("booster-1gb", 199, 0, 3),
        ("weekly-pass", 299, 299, 7),
        ("video-premium", 799, 799, 30),
        ("data-pack-10gb", 999, 0, 30),
        ("video-pass", 0, 0, 30),
        ("unlimited-trial", 0, 0, 7),
        ("video-premium-trial", 0, 799, 30),
        ("video-premium-taster", 0, 0, 7),
        ("stadium-day-pass", 149, 0, 1),
    ],
)
def test_fees_of_the_example_catalog(code: str, price: int, recurring: int, days: int) -> None:
    found = EXAMPLES.offerings[code].terms["EUR"]
    assert found.price_minor_micros == price * CENT
    assert found.recurring_minor_micros == recurring * CENT
    assert found.duration_days == days


def test_the_first_period_has_its_promotion_and_the_others_have_not() -> None:
    offering = catalog_pb2.ProductOffering(
        code="plan",
        fees=[fee("5.00"), fee("10.00", recurring=True, promotion_periods=2, promotion_percent=25)],
        period=pricing_pb2.Period(months=1),
    )
    found = terms(offering)
    assert found.price_minor_micros == (500 + 750) * CENT
    assert found.recurring_minor_micros == 1_000 * CENT


def test_an_exclusive_tax_is_added_to_fees_and_prices() -> None:
    offering = catalog_pb2.ProductOffering(
        code="net",
        fees=[fee("10.00", tax="net")],
        prices=[
            catalog_pb2.ProductOfferingPrice(
                code="data",
                rating_groups=[101],
                per_unit=catalog_pb2.PerUnitPrice(amount=amount("1.00"), per_units=10),
                tax="net",
            )
        ],
    )
    found = catalog(offering)
    assert found.offerings["net"].terms["EUR"].price_minor_micros == 1_190 * CENT
    price = found.unit_prices["EUR"]["net"][101, ""]
    assert Fraction(price.minor_micros, price.per_units) == Fraction(119 * CENT, 10)


def test_an_amount_that_is_missing_in_a_currency_is_not_sold_there() -> None:
    both = catalog_pb2.ProductOffering(
        code="both",
        fees=[pricing_pb2.Fee(amount=amount("1.00", CHF="1.20"), kind=pricing_pb2.FEE_KIND_ONE_TIME)],
    )
    one = catalog_pb2.ProductOffering(code="one", fees=[fee("1.00")])
    whole = catalog_pb2.ProductOffering(code="whole", includes=["both", "one"])
    found = catalog(both, one, whole).offerings
    assert found["both"].terms["CHF"].price_minor_micros == 120 * CENT
    assert set(found["one"].terms) == {"EUR"}
    assert set(found["whole"].terms) == {"EUR"}
    assert found["whole"].terms["EUR"].price_minor_micros == 200 * CENT


def test_allowances_are_added_unit_by_unit() -> None:
    def pack(*units: str) -> catalog_pb2.ProductOffering:
        allowances = [
            catalog_pb2.Allowance(unit=unit, amount=10, rating_groups=[n]) for n, unit in enumerate(units)
        ]
        return catalog_pb2.ProductOffering(code="pack", allowances=allowances)

    assert terms(pack("octets", "octets")).allowances == {"octets": 20}
    assert terms(pack("octets", "seconds")).allowances == {"octets": 10, "seconds": 10}
    assert terms(pack("octets", "seconds")).rating_groups == {0, 1}


def test_a_discount_knows_what_it_is_instead_of() -> None:
    action = Action(ActionKind.DISCOUNT, "video-premium-saver", "video-premium")
    found = terms_of(action, EXAMPLES)
    assert (found["EUR"].price_minor_micros, found["EUR"].regular_price_minor_micros) == (
        599 * CENT,
        799 * CENT,
    )
    assert (found["CHF"].price_minor_micros, found["CHF"].regular_price_minor_micros) == (
        660 * CENT,
        880 * CENT,
    )


def test_what_is_chosen_is_paid_too() -> None:
    action = Action(
        ActionKind.SUBSCRIBE, "entertainment-bundle", chosen_offerings=("video-pass", "music-pass")
    )
    found = terms_of(action, EXAMPLES)["EUR"]
    assert {107, 110} <= found.rating_groups
    assert terms_of(Action(ActionKind.SUBSCRIBE, "nowhere"), EXAMPLES) == {}
    assert set(terms_of(Action(ActionKind.SUBSCRIBE, "booster-1gb"), EXAMPLES)) == {"EUR"}


def test_a_reward_is_in_its_own_currency_and_costs_nothing() -> None:
    action = Action(ActionKind.REWARD, amount_minor_micros=200 * CENT, currency_code="CHF")
    assert terms_of(action, EXAMPLES) == {"CHF": OfferTerms(currency_code="CHF")}


def test_the_plainest_price_stands_for_all() -> None:
    prices = EXAMPLES.unit_prices["EUR"]["prepaid-data"]
    # 0.05 a megabyte at any time, not 0.02 in the evening; 0.49 overseas; what is free has no price.
    assert prices[107, "home"].minor_micros * 10**6 == 5 * CENT * prices[107, "home"].per_units
    assert (
        prices[107, "rest-of-world"].minor_micros * 10**6
        == 49 * CENT * prices[107, "rest-of-world"].per_units
    )
    assert (117, "") not in prices
    assert EXAMPLES.home_zone == "home"


def test_a_bundle_has_the_prices_of_what_it_includes() -> None:
    bundle, plan = EXAMPLES.unit_prices["EUR"]["music-bundle"], EXAMPLES.unit_prices["EUR"]["prepaid-data"]
    assert bundle == plan


def test_a_price_finer_than_a_millionth_of_a_cent_is_kept_exactly() -> None:
    offering = catalog_pb2.ProductOffering(
        code="fine",
        prices=[
            catalog_pb2.ProductOfferingPrice(
                rating_groups=[1],
                per_unit=catalog_pb2.PerUnitPrice(amount=amount("0.0000000001"), per_units=3),
            )
        ],
    )
    price = catalog(offering).unit_prices["EUR"]["fine"][1, ""]
    assert Fraction(price.minor_micros, price.per_units) == Fraction(1, 300)


@pytest.mark.parametrize("model", ["flat", "free", "percentage"])
def test_what_has_no_price_for_a_unit_has_none(model: str) -> None:
    price = catalog_pb2.ProductOfferingPrice(rating_groups=[1])
    getattr(price, model).SetInParent()
    if model == "flat":
        price.flat.amount.decimal = "1.00"
    dearer = catalog_pb2.ProductOfferingPrice(
        rating_groups=[1],
        time_band="night",
        per_unit=catalog_pb2.PerUnitPrice(amount=amount("9.00"), per_units=1),
    )
    offering = catalog_pb2.ProductOffering(code="plan", prices=[dearer, price])
    assert catalog(offering).unit_prices["EUR"]["plan"] == {}
