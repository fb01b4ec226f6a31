"""Imagined customers, on whom rules are tried: one who has used nothing, and one who has used all."""

from __future__ import annotations

from services.common.kernel.clock import DAY, HOUR, Instant
from services.common.kernel.money import MICROS_PER_MINOR_UNIT
from services.offers.domain.compiled import Variables
from services.offers.domain.customer import WINDOW_NAMES, AllowanceState, ClassUse, CustomerView
from services.offers.domain.decisions import Asked
from services.offers.domain.policies import OfferPolicies, Purpose
from services.offers.domain.rule_variables import customer_variables, offer_variables

_NOW = Instant(1_800_000_000_000_000)
_MANY = 10**12
_MINOR = 1_000


def imagined_variables(policies: OfferPolicies) -> tuple[Variables, ...]:
    """Variables of imagined customers; the first says which fields there are."""
    asked = Asked("", "")
    return tuple(
        {**customer_variables(view, asked, _NOW), "offer": offer_variables("", price, price, days)}
        for view, price, days in (
            (nobody(policies), 0, 0),
            (_busy(policies), _MINOR * MICROS_PER_MINOR_UNIT, 30),
        )
    )


def nobody(policies: OfferPolicies) -> CustomerView:
    """Somebody who has used nothing, with consent to everything."""
    return CustomerView(
        subscriber_id="",
        account_id="",
        pseudonym="",
        feature_seq=0,
        consents=frozenset(Purpose),
        time_zone=policies.time_zone,
        currency_code=policies.currency_code,
        usage={item.code: ClassUse(item.unit) for item in policies.usage_classes},
        allowances={item.code: AllowanceState() for item in policies.usage_classes},
    )


def _busy(policies: OfferPolicies) -> CustomerView:
    money = _MINOR * MICROS_PER_MINOR_UNIT
    windows = len(WINDOW_NAMES)
    return CustomerView(
        subscriber_id="",
        account_id="",
        pseudonym="",
        feature_seq=0,
        consents=frozenset(Purpose),
        segment="consumer",
        customer_value=5,
        device_class="handset",
        zone="eu",
        roaming=True,
        time_zone=policies.time_zone,
        currency_code=policies.currency_code,
        money_minor_micros=money,
        offering_codes=frozenset({"an-offering"}),
        first_seen_at=Instant(_NOW - 1_000 * DAY),
        usage={
            item.code: ClassUse(
                item.unit, (_MANY,) * windows, (money,) * windows, _MANY, Instant(_NOW - HOUR)
            )
            for item in policies.usage_classes
        },
        allowances={item.code: AllowanceState(_MANY, 2 * _MANY) for item in policies.usage_classes},
        refused_recently=True,
        fences=frozenset(fence.code for fence in policies.fences),
    )
