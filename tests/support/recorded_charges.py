"""Charges as the journal would have them, made from a price and figures."""

from __future__ import annotations

from typing import Any

from services.charging.domain.events import Debit, UsageCharged
from services.charging.domain.rating.circumstances import Circumstances
from services.charging.domain.rating.increments import Increments
from services.charging.domain.rating.price import Price, PriceModel
from services.common.kernel.clock import Instant
from services.common.kernel.money import currency, parse_money
from tests.support.charging_world import at

MONDAY = at("2026-03-02 10:30")


def minor_micros(amount: str, currency_code: str = "EUR") -> int:
    """An amount as it is stored."""
    return parse_money(amount, currency(currency_code)).minor_micros


def listed(model: PriceModel, increments: tuple[int, int] = (1, 1), **parts: Any) -> Price:
    """Price 3/prepaid-data/data of a price list."""
    defaults: dict[str, Any] = {"version": 3, "offering_code": "prepaid-data", "code": "data", "name": "Data"}
    return Price(increments=Increments(*increments), model=model, **(defaults | parts))


def charged(
    price: Price,
    used: int,
    covered: tuple[tuple[str, int], ...] = (),
    used_before: int = 0,
    paid_before: int = 0,
    factor: int = 1_000,
    unit: str = "octets",
    currency_code: str = "EUR",
    **parts: Any,
) -> UsageCharged:
    """What charging records of a use. `covered`: allowance buckets and what each paid."""
    increments = price.increments
    rated = increments.billable(used_before + used) - increments.billable(used_before)
    paid = rated - sum(units for _, units in covered)
    before = price.cost_minor_micros(paid_before, factor)
    after = price.cost_minor_micros(paid_before + paid, factor)
    debits = [Debit(bucket, unit, units) for bucket, units in covered]
    if after - before:
        debits.append(Debit("acme/money", currency_code, after - before))
    defaults: dict[str, Any] = {
        "charge_id": "c-0-7-1-1",
        "ref": "ref-1",
        "account_id": "acme",
        "subscriber_id": "sub-1",
        "rating_group": 10,
        "circumstances": Circumstances(zone="home"),
        "used_from": MONDAY,
        "used_until": Instant(MONDAY + 60_000_000),
        "overdrawn": 0,
        "nf_name": "smf-1",
        "charging_id": "1",
    }
    return UsageCharged(
        catalog_version=price.version,
        offering_code=price.offering_code,
        price_code=price.code,
        unit=unit,
        used_units=used,
        rated_units=rated,
        debits=tuple(debits),
        currency_code=currency_code,
        amount=after - before,
        tax_code=price.tax.code if price.tax is not None else "",
        tax=price.tax_minor_micros(after) - price.tax_minor_micros(before),
        factor_permille=factor,
        used_units_before=used_before,
        paid_units_before=paid_before,
        **(defaults | parts),
    )
