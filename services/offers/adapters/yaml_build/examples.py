"""Worked examples from their forms: facts under the names that rules read, in plain units."""

from __future__ import annotations

from collections.abc import Mapping

from services.common.kernel.money import MICROS_PER_MINOR_UNIT
from services.common.runtime.yaml_figures import Size
from services.offers.adapters.yaml_build.scope import Scope
from services.offers.adapters.yaml_form import examples as form
from services.offers.domain.customer import WINDOW_NAMES
from services.offers.domain.policies import PolicyExample

REQUEST = "request"
_USED = (*WINDOW_NAMES, "decayed")
_SECONDS_PER_MINUTE = 60


def build_example(scope: Scope, code: str, example: form.ExampleForm) -> PolicyExample:
    """One example. Amounts are whole minor units, times seconds, `moment.at` an instant."""
    here, facts = f"examples.{code}.facts", example.facts
    found: dict[str, object] = {
        "customer": _customer(facts.customer),
        "usage": {name: _use(scope, name, use, f"{here}.usage.{name}") for name, use in _sorted(facts.usage)},
        "balance": {
            "money": _minor(scope, facts.balance.money, f"{here}.balance.money"),
            "left": _units(scope, facts.balance.left, f"{here}.balance.left"),
            "given": _units(scope, facts.balance.given, f"{here}.balance.given"),
        },
        "moment": {"at": scope.moment(facts.moment.at, f"{here}.moment.at")},
        "place": {"fences": sorted(set(facts.place.fences))},
        "context": dict(sorted(facts.context.items())),
        "contacts": [
            {"offer": item.offer, "channel": item.channel, "ago_minutes": item.ago, "declined": item.declined}
            for item in facts.contacts
        ],
    }
    if facts.consents is not None:
        found["consents"] = sorted(set(facts.consents))
    if facts.raised is not None and facts.raised.fence:
        found["raised"] = {"fence": facts.raised.fence}
    return PolicyExample(
        code=code,
        facts=found,
        placement=example.placement,
        channel=example.channel,
        expected=tuple(example.expected),
        dropped=dict(sorted(example.dropped.items())),
        raised_by=facts.raised.by if facts.raised else REQUEST,
    )


def _sorted(written: Mapping[str, form.UseFacts]) -> list[tuple[str, form.UseFacts]]:
    return sorted(written.items())


def _customer(customer: form.CustomerFacts) -> dict[str, object]:
    return {
        **customer.model_dump(exclude={"offerings", "currency"}),
        "offerings": sorted(set(customer.offerings)),
        "currency": customer.currency or "",
    }


def _use(scope: Scope, usage_class: str, use: form.UseFacts, field: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for name in _USED:
        size: Size | None = getattr(use, name)
        if size is not None:
            found[name] = scope.units(size, usage_class, f"{field}.{name}")
    for name in WINDOW_NAMES:
        spent: str | None = getattr(use, f"spend_{name}")
        if spent is not None:
            found[f"spend_{name}"] = _minor(scope, spent, f"{field}.spend_{name}")
    if use.idle is not None:
        found["idle_seconds"] = use.idle * _SECONDS_PER_MINUTE
    return found


def _units(scope: Scope, written: Mapping[str, Size], field: str) -> dict[str, int]:
    return {name: scope.units(size, name, f"{field}.{name}") for name, size in sorted(written.items())}


def _minor(scope: Scope, decimal: str, field: str) -> int:
    return scope.minor_micros(decimal, field) // MICROS_PER_MINOR_UNIT
