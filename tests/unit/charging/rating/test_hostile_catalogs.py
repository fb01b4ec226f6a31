"""A catalog comes over the network: whatever is in it, it is compiled, or refused by name and field."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from hypothesis import given, settings
from hypothesis import strategies as st
from tidemark.catalog.v1 import catalog_pb2, pricing_pb2

from services.charging.adapters.tariff_messages import compile_tariffs
from services.charging.domain.rating.quote import Usage, rate_usage
from services.charging.domain.rating.tariff import TariffError
from tests.support.full_catalog import full_catalog
from tests.support.rated import MONDAY_NOON

TEXTS = ("", "x", "EUR", "XAU", "-1", "1e9", "0.0000000000000001", "9" * 40, "2026-02-30", "13-01", "02-29")
NUMBERS = {
    FieldDescriptor.CPPTYPE_INT64: (-(2**63), -1, 0, 1, 2**63 - 1),
    FieldDescriptor.CPPTYPE_UINT32: (0, 1, 9, 2**31, 2**32 - 1),
    FieldDescriptor.CPPTYPE_INT32: (-(2**31), -1, 0, 2**31 - 1),
    FieldDescriptor.CPPTYPE_ENUM: (0, 1, 2, 99),
    FieldDescriptor.CPPTYPE_BOOL: (False, True),
    FieldDescriptor.CPPTYPE_STRING: TEXTS,
}


def test_the_full_catalog_is_sold_in_both_currencies() -> None:
    known = compile_tariffs(full_catalog(), 1)
    assert set(known["EUR"].offerings) == {"basic", "plan", "devices"}
    assert set(known["JPY"].offerings) == {"devices"}


def _messages(message: Message) -> list[Message]:
    """The message and all inside it that have fields."""
    found = [message] if message.DESCRIPTOR.fields else []
    for field, value in message.ListFields():
        if field.type == FieldDescriptor.TYPE_MESSAGE:
            for inner in value if field.is_repeated else [value]:
                found += _messages(inner)
    return found


def _spoil(data: st.DataObject, message: Message) -> None:
    """Changes one field: cleared, doubled, or set to something it should not be."""
    fields = [*message.DESCRIPTOR.fields]
    field = data.draw(st.sampled_from(fields), label="field")
    if field.type == FieldDescriptor.TYPE_MESSAGE:
        if field.is_repeated and len(getattr(message, field.name)):
            values = getattr(message, field.name)
            values.append(values[data.draw(st.integers(0, len(values) - 1))])
        elif data.draw(st.booleans(), label="clear"):
            message.ClearField(field.name)
        elif not field.is_repeated:
            getattr(message, field.name).SetInParent()
        return
    value = data.draw(st.sampled_from(NUMBERS[field.cpp_type]), label="value")
    if field.is_repeated:
        getattr(message, field.name).append(value)
    else:
        setattr(message, field.name, value)


@settings(max_examples=300)
@given(st.data())
def test_a_spoilt_catalog_is_compiled_or_refused_by_field(data: st.DataObject) -> None:
    made = full_catalog()
    for _ in range(data.draw(st.integers(1, 3))):
        _spoil(data, data.draw(st.sampled_from(_messages(made)), label="message"))
    try:
        known = compile_tariffs(made, 1)
    except TariffError as refused:
        assert refused.reason
        assert refused.field
        assert refused.message
        return
    for tariff in known.values():
        usages = [Usage("s", group, 7, MONDAY_NOON) for group in tariff.rating_groups]
        for offering_code in tariff.offerings:
            try:
                lines = rate_usage(tariff, [offering_code], usages)
            except TariffError as refused:
                assert refused.reason in ("OFFERING_UNKNOWN", "CHOICE_INVALID")
                continue
            assert all(line.amount_minor_micros >= 0 for line in lines)


def _first_price(made: catalog_pb2.Catalog, code: str) -> catalog_pb2.ProductOfferingPrice:
    return next(price for offering in made.offerings for price in offering.prices if price.code == code)


def _price(code: str, change: Callable[[catalog_pb2.ProductOfferingPrice], object]) -> Callable[..., object]:
    return lambda made: change(_first_price(made, code))


@pytest.mark.parametrize(
    ("change", "reason", "field"),
    [
        (lambda made: made.ClearField("zones"), "HOME_ZONE_INVALID", "zones"),
        (lambda made: setattr(made, "currency_code", "NOPE"), "CATALOG_INVALID", "catalog"),
        (lambda made: setattr(made, "time_zone", "Mars/Olympus"), "CATALOG_INVALID", "catalog"),
        (lambda made: made.calendars[0].days.append("2026-02-29"), "DAY_INVALID", "calendars.feasts"),
        (lambda made: made.calendars[0].days.append(""), "DAY_INVALID", "calendars.feasts"),
        (lambda made: made.ClearField("calendars"), "CALENDAR_UNKNOWN", "time_bands.night"),
        (
            lambda made: setattr(made.time_bands[1].windows[0], "end_minute", 1_441),
            "TIME_WINDOW_INVALID",
            "time_bands.day",
        ),
        (
            lambda made: made.time_bands[1].windows[0].weekdays.append(9),
            "TIME_WINDOW_INVALID",
            "time_bands.day",
        ),
        (lambda made: setattr(made.taxes[0], "percent", "-1"), "TAX_INVALID", "taxes.vat"),
        (lambda made: made.ClearField("taxes"), "TAX_UNKNOWN", "offerings.basic.prices.data"),
        (
            _price("special", lambda price: setattr(price, "time_band", "never")),
            "TIME_BAND_UNKNOWN",
            "offerings.basic.prices.special",
        ),
        (
            _price("flat", lambda price: setattr(price.flat.amount, "decimal", "-0.01")),
            "AMOUNT_NEGATIVE",
            "offerings.basic.prices.flat",
        ),
        (
            _price("flat", lambda price: setattr(price.flat.amount, "decimal", "0.000000001")),
            "AMOUNT_TOO_FINE",
            "offerings.basic.prices.flat",
        ),
        (
            _price("flat", lambda price: setattr(price.flat.amount, "decimal", "a lot")),
            "AMOUNT_INVALID",
            "offerings.basic.prices.flat",
        ),
        (
            _price("flat", lambda price: setattr(price.flat.amount, "decimal", "9" * 20)),
            "AMOUNT_INVALID",
            "offerings.basic.prices.flat",
        ),
        (
            _price("data", lambda price: setattr(price.per_unit, "per_units", 0)),
            "PER_UNITS_INVALID",
            "offerings.basic.prices.data",
        ),
        (
            _price("data", lambda price: setattr(price.maximum, "decimal", "0.01")),
            "BOUNDS_INVALID",
            "offerings.basic.prices.data",
        ),
        (
            _price("data", lambda price: price.ClearField("per_unit")),
            "PRICE_MODEL_MISSING",
            "offerings.basic.prices.data",
        ),
        (
            _price("special", lambda price: price.tiered.tiers[0].ClearField("up_to_units")),
            "STEPS_INVALID",
            "offerings.basic.prices.special",
        ),
        (
            _price("bulk", lambda price: price.volume.ClearField("steps")),
            "STEPS_INVALID",
            "offerings.basic.prices.bulk",
        ),
        (
            _price("advent", lambda price: setattr(price.package, "units", 0)),
            "PACKAGE_INVALID",
            "offerings.basic.prices.advent",
        ),
        (
            _price("advent", lambda price: setattr(price, "last_day", "2026-11-30")),
            "DAY_INVALID",
            "offerings.basic.prices.advent",
        ),
        (
            _price("share", lambda price: price.rating_groups.append(10)),
            "PERCENTAGE_UNIT_INVALID",
            "offerings.basic.prices.share",
        ),
        (
            _price("share", lambda price: setattr(price.percentage, "percent", "-2")),
            "PERCENTAGE_INVALID",
            "offerings.basic.prices.share",
        ),
        (
            _price("surge", lambda price: setattr(price, "concurrency", pricing_pb2.CONCURRENCY_SESSIONS)),
            "DYNAMIC_INVALID",
            "offerings.basic.prices.surge.dynamic",
        ),
        (
            lambda made: made.offerings[1].ClearField("period"),
            "PERIOD_MISSING",
            "offerings.plan.allowances.each",
        ),
        (
            lambda made: setattr(made.offerings[1].period, "days", 3),
            "PERIOD_INVALID",
            "offerings.plan.period",
        ),
        (
            lambda made: setattr(made.offerings[1].period, "months", 1_201),
            "PERIOD_INVALID",
            "offerings.plan.period",
        ),
        (
            lambda made: setattr(made.offerings[1].trial, "days", 40_000),
            "PERIOD_INVALID",
            "offerings.plan.trial",
        ),
        (
            lambda made: setattr(made.offerings[1], "validity_days", 2**31),
            "PERIOD_INVALID",
            "offerings.plan.validity_days",
        ),
        (
            lambda made: setattr(made.offerings[1].allowances[1], "validity_days", 40_000),
            "PERIOD_INVALID",
            "offerings.plan.allowances.gift.validity_days",
        ),
        (
            lambda made: setattr(made.offerings[1].allowances[0], "amount", -1),
            "ALLOWANCE_INVALID",
            "offerings.plan.allowances.each",
        ),
        (
            lambda made: setattr(made.offerings[1].fees[0], "promotion_percent", 101),
            "PROMOTION_INVALID",
            "offerings.plan.fees.monthly",
        ),
        (
            lambda made: made.offerings[1].fees[0].ClearField("kind"),
            "CATALOG_INVALID",
            "offerings.plan.fees.monthly.kind",
        ),
    ],
)
def test_what_is_wrong_is_named(change: Callable[..., object], reason: str, field: str) -> None:
    made = full_catalog()
    change(made)
    with pytest.raises(TariffError) as refused:
        compile_tariffs(made, 1)
    assert (refused.value.reason, refused.value.field) == (reason, field)
