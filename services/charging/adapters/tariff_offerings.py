"""Offerings of the catalog: price books, allowances, fees and periods."""

from __future__ import annotations

from collections.abc import Sequence

from tidemark.catalog.v1 import catalog_pb2, pricing_pb2

from services.charging.adapters.tariff_places import conditions
from services.charging.adapters.tariff_prices import Context, price_rule
from services.charging.adapters.tariff_values import choice
from services.charging.domain.rating.fees import Fee, Period, Rollover, Trial
from services.charging.domain.rating.price_book import PriceBook, price_book
from services.charging.domain.rating.price_rule import PriceBookError, PriceRule
from services.charging.domain.rating.tariff import Allowance, ExistingSubscribers, Offering, TariffError

_EXISTING = {
    catalog_pb2.EXISTING_SUBSCRIBERS_UNSPECIFIED: ExistingSubscribers.KEEP,
    catalog_pb2.EXISTING_SUBSCRIBERS_KEEP: ExistingSubscribers.KEEP,
    catalog_pb2.EXISTING_SUBSCRIBERS_MOVE: ExistingSubscribers.NEXT_SESSION,
    catalog_pb2.EXISTING_SUBSCRIBERS_MOVE_NEXT_PERIOD: ExistingSubscribers.NEXT_PERIOD,
    catalog_pb2.EXISTING_SUBSCRIBERS_MOVE_AT_ONCE: ExistingSubscribers.AT_ONCE,
}
_MOST_MONTHS, _MOST_DAYS = 1_200, 36_525
"""A hundred years: beyond it an end is a slip of the pen, and no date."""

_RECURRING = {pricing_pb2.FEE_KIND_ONE_TIME: False, pricing_pb2.FEE_KIND_RECURRING: True}


def offering(message: catalog_pb2.ProductOffering, context: Context) -> Offering:
    """One offering, ready to be priced.

    Raises TariffError naming the field; NotSoldError where an amount is not
    given in the currency.
    """
    field = f"offerings.{message.code}"
    rules = [price_rule(price, message.code, context) for price in message.prices]
    period = _period(message, field)
    return Offering(
        code=message.code,
        precedence=message.precedence,
        prices=_price_book(rules, message, context, f"{field}.prices"),
        price_by_code={rule.price.code: rule.price for rule in rules},
        allowances=tuple(
            _allowance(item, _sold_in(message, context), period, f"{field}.allowances.{item.code}")
            for item in message.allowances
        ),
        includes=tuple(message.includes),
        choice=(message.choice.minimum, message.choice.maximum, frozenset(message.choice.offerings)),
        existing=choice(_EXISTING, message.existing_subscribers, f"{field}.existing_subscribers"),
        denied_zones=frozenset(message.denied_zones),
        fees=tuple(_fee(item, context, period, f"{field}.fees.{item.code}") for item in message.fees),
        period=period,
        trial=_trial(message.trial, f"{field}.trial"),
        validity_days=_days(message.validity_days, f"{field}.validity_days"),
        name=message.name,
    )


def _price_book(
    rules: Sequence[PriceRule], message: catalog_pb2.ProductOffering, context: Context, field: str
) -> PriceBook:
    try:
        return price_book(rules, context.zones, frozenset(message.denied_zones))
    except PriceBookError as error:
        raise TariffError(error.reason, field, error.message) from error


def _sold_in(message: catalog_pb2.ProductOffering, context: Context) -> list[str]:
    """The zones left to an offering that is denied in some; empty where it is denied in none."""
    if not message.denied_zones:
        return []
    return [code for code in context.zones if code not in message.denied_zones]


def _allowance(
    message: catalog_pb2.Allowance, sold_in: list[str], period: Period | None, field: str
) -> Allowance:
    if message.renews and period is None:
        raise TariffError("PERIOD_MISSING", field, "an allowance renews with the period of its offering")
    if min(message.amount, message.member_limit_units, message.rollover.maximum_units) < 0:
        raise TariffError("ALLOWANCE_INVALID", field, "its units are at least 0")
    zones = [code for code in message.zones if code in sold_in] if sold_in else list(message.zones)
    return Allowance(
        code=message.code,
        name=message.name,
        rating_groups=frozenset(message.rating_groups),
        unit=message.unit,
        amount=message.amount,
        priority=message.priority,
        validity_days=_days(message.validity_days, f"{field}.validity_days"),
        shared=message.shared,
        thresholds_percent=tuple(message.thresholds_percent),
        conditions=conditions(zones or sold_in, message.conditions),
        renews=message.renews,
        rollover=Rollover(message.rollover.maximum_units, max(1, message.rollover.periods))
        if message.HasField("rollover")
        else None,
        from_first_use=message.valid_from_first_use,
        member_limit_units=message.member_limit_units,
        giftable=message.giftable,
    )


def _fee(message: pricing_pb2.Fee, context: Context, period: Period | None, field: str) -> Fee:
    recurring = choice(_RECURRING, message.kind, f"{field}.kind")
    if recurring and period is None:
        raise TariffError("PERIOD_MISSING", field, "a recurring fee needs the period of its offering")
    if message.promotion_percent > 100:
        raise TariffError("PROMOTION_INVALID", field, "a promotion takes at most 100 per cent off")
    return Fee(
        code=message.code,
        name=message.name,
        amount_minor_micros=context.amounts.whole(message.amount, field),
        recurring=recurring,
        prorated=message.prorated,
        tax=context.tax(message.tax, field),
        promotion_periods=message.promotion_periods,
        promotion_percent=message.promotion_percent,
        suspends=message.suspends,
    )


def _period(message: catalog_pb2.ProductOffering, field: str) -> Period | None:
    months, days = message.period.months, message.period.days
    if not months and not days:
        return None
    if (months and days) or (message.period.calendar and not months):
        raise TariffError(
            "PERIOD_INVALID", f"{field}.period", "a period is of months or of days, a calendar one of months"
        )
    if months > _MOST_MONTHS:
        raise TariffError("PERIOD_INVALID", f"{field}.period", f"it is longer than {_MOST_MONTHS} months")
    return Period(months, _days(days, f"{field}.period"), message.period.calendar)


def _trial(message: pricing_pb2.Trial, field: str) -> Trial | None:
    return Trial(_days(message.days, field), message.ends) if message.days else None


def _days(days: int, field: str) -> int:
    if days > _MOST_DAYS:
        raise TariffError("PERIOD_INVALID", field, f"it is longer than {_MOST_DAYS} days")
    return days
