"""Worked examples as they are written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.common.kernel.clock import Instant, instant, local
from services.common.kernel.money import MICROS_PER_MINOR_UNIT
from services.common.runtime.yaml_figures import write_size
from services.common.runtime.yaml_times import write_time
from services.common.runtime.yaml_tree import Tree
from services.common.runtime.yaml_writing import decimal, filled
from services.offers.adapters.yaml_build.examples import REQUEST
from services.offers.domain.policies import OfferPolicies, PolicyExample


def write_example(policies: OfferPolicies, example: PolicyExample) -> dict[str, Tree]:
    """An example; facts that are as of somebody who has used nothing are left out."""
    written: dict[str, Tree] = {
        "facts": _facts(policies, example),
        "placement": example.placement,
        "channel": example.channel,
        "expected": list(example.expected),
    }
    return written | filled(dropped=dict(example.dropped))


def _facts(policies: OfferPolicies, example: PolicyExample) -> dict[str, Tree]:
    units = {item.code: item.unit for item in policies.usage_classes}
    # The form has checked what is in them.
    facts: Mapping[str, Any] = example.facts
    raised = facts.get("raised", {}).get("fence", "")
    written = filled(
        customer=_customer(facts["customer"]),
        usage={name: _use(policies, units[name], use) for name, use in facts["usage"].items()},
        balance=_balance(policies, units, facts["balance"]),
    )
    written["moment"] = {"at": write_moment(facts["moment"]["at"], policies.time_zone)}
    written |= filled(
        place=filled(fences=list(facts["place"]["fences"])),
        context=dict(facts["context"]),
        raised=filled(by=None if example.raised_by == REQUEST else example.raised_by, fence=raised),
        contacts=[_contact(item) for item in facts["contacts"]],
    )
    if "consents" in facts:
        written["consents"] = list(facts["consents"])
    return written


def write_moment(at: Instant, time_zone: str) -> str:
    """Local time; with an offset where the clock shows it twice."""
    here = local(at, time_zone)
    naive = here.replace(tzinfo=None, fold=0)
    plain = instant(naive.replace(tzinfo=here.tzinfo)) == at
    shown = naive if plain else here
    short = shown.second == 0 and shown.microsecond == 0
    return shown.isoformat(" ", "minutes" if short else "auto")


def _customer(customer: Mapping[str, Any]) -> dict[str, Tree]:
    return filled(**{name: value or None for name, value in customer.items()})


def _use(policies: OfferPolicies, unit: str, use: Mapping[str, int]) -> dict[str, Tree]:
    written: dict[str, Tree] = {}
    for name, value in use.items():
        if name == "idle_seconds":
            written["idle"] = write_time(value // 60)
        elif name.startswith("spend_"):
            written[name] = _money(policies, value)
        else:
            written[name] = write_size(value, unit)
    return written


def _balance(
    policies: OfferPolicies, units: Mapping[str, str], balance: Mapping[str, Any]
) -> dict[str, Tree]:
    return filled(
        money=_money(policies, balance["money"]) if balance["money"] else None,
        left={name: write_size(value, units[name]) for name, value in balance["left"].items()},
        given={name: write_size(value, units[name]) for name, value in balance["given"].items()},
    )


def _contact(contact: Mapping[str, Any]) -> dict[str, Tree]:
    return filled(
        offer=contact["offer"],
        channel=contact["channel"],
        ago=write_time(contact["ago_minutes"]),
        declined=contact["declined"] or None,
    )


def _money(policies: OfferPolicies, minor: int) -> str:
    return decimal(minor * MICROS_PER_MINOR_UNIT, policies.currency_code)
