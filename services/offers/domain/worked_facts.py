"""The customer, the question and the contacts that a worked example imagines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from services.common.kernel.clock import DAY, MINUTE, SECOND, Instant
from services.common.kernel.money import MICROS_PER_MINOR_UNIT
from services.offers.domain.compiled import CompiledPolicies
from services.offers.domain.contacts import ContactHistory, Presentation
from services.offers.domain.customer import WINDOW_NAMES, AllowanceState, ClassUse, CustomerView
from services.offers.domain.decisions import Asked
from services.offers.domain.imagined import nobody
from services.offers.domain.policies import OfferPolicies, PolicyExample, Purpose

_REQUEST = "request"


def moment_of(example: PolicyExample) -> Instant:
    """When it is asked."""
    return Instant(_part(example, "moment")["at"])


def view_of(policies: CompiledPolicies, example: PolicyExample) -> CustomerView:
    """The customer; what the example does not name is as of one who has used nothing."""
    now = moment_of(example)
    customer, balance = _part(example, "customer"), _part(example, "balance")
    empty = nobody(policies.policies)
    consents = example.facts.get("consents")
    tenure = int(customer["tenure_days"])
    return replace(
        empty,
        consents=frozenset(Purpose(name) for name in consents)
        if isinstance(consents, list)
        else empty.consents,
        barred=customer["barred"],
        segment=customer["segment"],
        customer_value=customer["value"],
        device_class=customer["device_class"],
        zone=customer["zone"] or policies.home_zone,
        roaming=customer["roaming"],
        currency_code=customer["currency"] or policies.policies.currency_code,
        money_minor_micros=int(balance["money"]) * MICROS_PER_MINOR_UNIT,
        offering_codes=frozenset(customer["offerings"]),
        first_seen_at=Instant(now - tenure * DAY) if tenure else None,
        usage=_usage(policies.policies, _part(example, "usage"), now),
        allowances=_allowances(policies.policies, balance),
        refused_recently=customer["refused_recently"],
        fences=frozenset(_part(example, "place")["fences"]),
    )


def asked_of(example: PolicyExample, limit: int) -> Asked:
    """The question; what raised it is in the example."""
    raised = example.facts.get("raised")
    return Asked(
        placement=example.placement,
        channel=example.channel,
        limit=limit,
        context=_part(example, "context"),
        raised_by=example.raised_by,
        fence_code=str(raised["fence"]) if isinstance(raised, dict) else "",
        outbound=example.raised_by != _REQUEST,
    )


def contacts_of(policies: OfferPolicies, example: PolicyExample) -> ContactHistory:
    """How the customer was approached before."""
    now = moment_of(example)
    past: list[Mapping[str, Any]] = list(example.facts.get("contacts", ()))  # type: ignore[call-overload]
    outbound = policies.contact.outbound_channels
    quiet = policies.contact.decline_quiet_days * DAY
    return ContactHistory(
        presentations=tuple(
            Presentation(_ago(now, item), item["offer"], item["channel"], item["channel"] in outbound)
            for item in past
        ),
        quiet_until={
            str(item["offer"]): Instant(_ago(now, item) + quiet) for item in past if item["declined"]
        },
    )


def _part(example: PolicyExample, name: str) -> Mapping[str, Any]:
    part = example.facts[name]
    assert isinstance(part, Mapping)
    return part


def _ago(now: Instant, contact: Mapping[str, Any]) -> Instant:
    return Instant(now - int(contact["ago_minutes"]) * MINUTE)


def _usage(
    policies: OfferPolicies, used: Mapping[str, Mapping[str, int]], now: Instant
) -> dict[str, ClassUse]:
    return {item.code: _use(item.unit, used.get(item.code, {}), now) for item in policies.usage_classes}


def _use(unit: str, used: Mapping[str, int], now: Instant) -> ClassUse:
    """A longer window has at least what a shorter one has; what is used of it was used just now."""
    units, spent = _growing(used, ""), _growing(used, "spend_")
    idle = used.get("idle_seconds")
    ever = bool(units[-1]) or idle is not None
    return ClassUse(
        unit=unit,
        units=units,
        spend_minor_micros=tuple(minor * MICROS_PER_MINOR_UNIT for minor in spent),
        decayed_units=used.get("decayed", units[WINDOW_NAMES.index("day")]),
        last_used_at=Instant(now - (idle or 0) * SECOND) if ever else None,
    )


def _growing(used: Mapping[str, int], prefix: str) -> tuple[int, ...]:
    found: list[int] = []
    for name in WINDOW_NAMES:
        found.append(max(used.get(prefix + name, 0), found[-1] if found else 0))
    return tuple(found)


def _allowances(policies: OfferPolicies, balance: Mapping[str, Any]) -> dict[str, AllowanceState]:
    left, given = balance["left"], balance["given"]
    return {
        item.code: AllowanceState(left.get(item.code, 0), given.get(item.code, left.get(item.code, 0)))
        for item in policies.usage_classes
    }
