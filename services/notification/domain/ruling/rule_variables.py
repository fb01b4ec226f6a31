"""What conditions may read, and what programs are told beside the words.

fact       the fields of its kind: money in whole minor units with `<field>_currency`, units with
           `<field>_unit`, instants in seconds since 1970; what a fact lacks is not there
customer   segment, value, device_class, zone, barred, offerings, currency; nothing of it where a fact
           concerns no subscriber
"""

from __future__ import annotations

from collections.abc import Mapping

from services.common.kernel.clock import SECOND, Instant, iso
from services.common.kernel.money import MICROS_PER_MINOR_UNIT, Money
from services.notification.domain.customers import Customer
from services.notification.domain.facts import FACT_FIELDS, Fact, FactKind, FieldKind, Units, Value

VARIABLE_NAMES = frozenset({"fact", "customer"})
CUSTOMER_NAMES = ("segment", "value", "device_class", "zone", "barred", "offerings", "currency")

Variable = str | int | bool | list[str]


def fact_names(kind: FactKind) -> tuple[str, ...]:
    """What `fact` may have, for one kind."""
    found: list[str] = []
    for name, field in FACT_FIELDS[kind].items():
        found.append(name)
        if field is FieldKind.MONEY:
            found.append(f"{name}_currency")
        elif field is FieldKind.UNITS:
            found.append(f"{name}_unit")
    return tuple(found)


def fact_variables(fact: Fact) -> dict[str, Variable]:
    """`fact`: all that there is of it."""
    found: dict[str, Variable] = {}
    instants = FACT_FIELDS[fact.kind]
    for name, value in fact.values.items():
        if isinstance(value, Money):
            found[name] = value.minor_micros // MICROS_PER_MINOR_UNIT
            found[f"{name}_currency"] = value.currency.code
        elif isinstance(value, Units):
            found[name] = value.count
            found[f"{name}_unit"] = value.unit
        elif instants.get(name) is FieldKind.INSTANT:
            found[name] = int(value) // SECOND
        else:
            found[name] = value
    return found


def customer_variables(customer: Customer | None) -> dict[str, Variable]:
    """`customer`; empty for None, so that conditions that read it say no."""
    if customer is None:
        return {}
    return {
        "segment": customer.segment,
        "value": customer.customer_value,
        "device_class": customer.device_class,
        "zone": customer.zone,
        "barred": customer.barred,
        "offerings": sorted(customer.offering_codes),
        "currency": customer.currency_code,
    }


def data_of(fact: Fact) -> dict[str, str]:
    """What it is about, for programs: all fields but free texts, as text.

    Money as `4.99 EUR`, units as `200000000 octets`, instants in ISO 8601, flags as `true` and `false`.
    """
    fields = FACT_FIELDS[fact.kind]
    return {
        name: _text(fields[name], value)
        for name, value in fact.values.items()
        if fields.get(name, FieldKind.TEXT) is not FieldKind.TEXT
    }


def _text(field: FieldKind, value: Value) -> str:
    if isinstance(value, Units):
        return f"{value.count} {value.unit}"
    if isinstance(value, bool):
        return "true" if value else "false"
    if field is FieldKind.INSTANT and isinstance(value, int):
        return iso(Instant(value))
    return str(value)


def all_names(kind: FactKind) -> Mapping[str, tuple[str, ...]]:
    """Every variable with its parts, for one kind."""
    return {"fact": fact_names(kind), "customer": CUSTOMER_NAMES}
