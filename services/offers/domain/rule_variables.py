"""What rules may read. The only door between a customer and a rule: what is not here, no rule can see.

customer   segment, value, device_class, zone, roaming, offerings, tenure_days, refused_recently
usage      by class: minutes, hour, day, week, month, decayed (units); spend_minutes ... spend_month
           (whole minor units); idle_seconds since the last use (-1: never used)
balance    money (whole minor units), currency; left, given and left_percent by class (left_percent -1:
           no allowance)
moment     hour, minute, weekday (1 Monday to 7), weekend, day (`2026-12-01`), all local
place      fences the customer is in
context    what the caller said, texts by key
raised     by (`request` or a trigger's kind), fence
offer      code, price (whole minor units), regular_price, duration_days
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from services.common.kernel.clock import DAY, SECOND, Instant, local
from services.common.kernel.money import MICROS_PER_MINOR_UNIT
from services.offers.domain.customer import WINDOW_NAMES, ClassUse, CustomerView
from services.offers.domain.decisions import Asked

VARIABLE_NAMES = frozenset({"customer", "usage", "balance", "moment", "place", "context", "raised", "offer"})

_NEVER = -1


def customer_variables(view: CustomerView, asked: Asked, now: Instant) -> dict[str, object]:
    """Everything but `offer`, which changes from offer to offer. Made once a decision."""
    return {
        "customer": _customer(view, now),
        "usage": {code: use_variables(use, now) for code, use in view.usage.items()},
        "balance": _balance(view),
        "moment": moment_variables(now, view.time_zone),
        "place": {"fences": sorted(view.fences)},
        "context": dict(asked.context),
        "raised": {"by": asked.raised_by, "fence": asked.fence_code},
    }


@lru_cache(maxsize=10_000)
def offer_variables(
    code: str, price_minor_micros: int, regular_minor_micros: int, days: int
) -> Mapping[str, object]:
    """`offer`: the same for everybody, so it is made once."""
    return {
        "code": code,
        "price": price_minor_micros // MICROS_PER_MINOR_UNIT,
        "regular_price": regular_minor_micros // MICROS_PER_MINOR_UNIT,
        "duration_days": days,
    }


def use_variables(use: ClassUse, now: Instant) -> dict[str, int]:
    """One class of `usage`."""
    units = dict(zip(WINDOW_NAMES, use.units, strict=True))
    spend = {
        f"spend_{name}": amount // MICROS_PER_MINOR_UNIT
        for name, amount in zip(WINDOW_NAMES, use.spend_minor_micros, strict=True)
    }
    idle = _NEVER if use.last_used_at is None else max(0, now - use.last_used_at) // SECOND
    return {**units, **spend, "decayed": use.decayed_units, "idle_seconds": idle}


def moment_variables(now: Instant, time_zone: str) -> dict[str, object]:
    """`moment`, on the wall clock of a zone."""
    at = local(now, time_zone)
    return {
        "hour": at.hour,
        "minute": at.minute,
        "weekday": at.isoweekday(),
        "weekend": at.isoweekday() >= 6,
        "day": at.date().isoformat(),
    }


def _customer(view: CustomerView, now: Instant) -> Mapping[str, object]:
    seen = view.first_seen_at
    return {
        "segment": view.segment,
        "value": view.customer_value,
        "device_class": view.device_class,
        "zone": view.zone,
        "roaming": view.roaming,
        "offerings": sorted(view.offering_codes),
        "tenure_days": 0 if seen is None else max(0, now - seen) // DAY,
        "refused_recently": view.refused_recently,
    }


def _balance(view: CustomerView) -> Mapping[str, object]:
    left = {code: state.left for code, state in view.allowances.items()}
    given = {code: state.given for code, state in view.allowances.items()}
    percent = {
        code: state.left * 100 // state.given if state.given else _NEVER
        for code, state in view.allowances.items()
    }
    return {
        "money": view.money_minor_micros // MICROS_PER_MINOR_UNIT,
        "currency": view.currency_code,
        "left": left,
        "given": given,
        "left_percent": percent,
    }
