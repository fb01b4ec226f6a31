"""Reads a price list straight from a catalog's YAML files, or says what it cannot calculate with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any, TypeVar

import iso4217
import yaml

from services.cli.demo.audit.figures import CatalogUnreadableError, price, units, window
from services.cli.demo.audit.price_list import ListAllowance, ListOffering, ListPrice, PriceList, Step

Read = TypeVar("Read")

_OFFERING_SAYS = frozenset(
    [
        "name",
        "description",
        "kind",
        "precedence",
        "payment_mode",
        "existing_subscribers",
        "prices",
        "allowances",
        "includes",
        "choice",
        "agreement",
        "denied_zones",
    ]
)
_PRICE_SAYS = frozenset(
    [
        "name",
        "rating_groups",
        "zones",
        "time_band",
        "when",
        "increments",
        "flat",
        "per_unit",
        "tiered",
        "free",
        "tax",
    ]
)
_ALLOWANCE_SAYS = frozenset(
    [
        "name",
        "rating_groups",
        "zones",
        "when",
        "amount",
        "priority",
        "validity",
        "shared",
        "giftable",
        "thresholds_percent",
    ]
)
"""What this calculation takes into account, or what changes no amount. Anything else is not read as if it
did not stand there: the offering counts as one that the audit cannot price."""


def price_list_of(sources: Iterable[str]) -> PriceList:
    """Reads YAML texts as one catalog. Raises CatalogUnreadableError."""
    merged: dict[str, Any] = {}
    try:
        for source in sources:
            for key, value in (yaml.safe_load(source) or {}).items():
                merged[key] = {**merged.get(key, {}), **value} if isinstance(value, dict) else value
        return _price_list(merged)
    except yaml.YAMLError as error:
        raise CatalogUnreadableError(f"the catalog is not YAML: {error}") from error
    except (KeyError, TypeError, AttributeError, StopIteration) as error:
        raise CatalogUnreadableError(f"the audit cannot read the catalog: {error!r}") from error


def _price_list(catalog: Mapping[str, Any]) -> PriceList:
    groups: Mapping[str, Any] = catalog["rating_groups"]
    included = frozenset(code for code, tax in catalog.get("taxes", {}).items() if tax.get("inclusive"))
    digits = iso4217.Currency(catalog["currency"]).exponent or 0
    scale = Fraction(10) ** (digits + 6)
    group_units = {code: str(group["unit"]) for code, group in groups.items()}
    return PriceList(
        currency=catalog["currency"],
        currency_digits=digits,
        time_zone=catalog["time_zone"],
        numbers={code: int(group["number"]) for code, group in groups.items()},
        units=group_units,
        default_group=catalog.get("default_rating_group", ""),
        home_zone=next(code for code, zone in catalog["zones"].items() if zone.get("home")),
        bands=_readable(
            catalog.get("time_bands", {}),
            lambda _, band: tuple(window(item) for item in band["windows"]),
        ),
        offerings=_readable(
            catalog["offerings"],
            lambda code, offering: _offering(code, offering, scale, group_units, included),
        ),
    )


def _readable(written: Mapping[str, Any], read: Callable[[str, Any], Read]) -> dict[str, Read]:
    """What the audit understands; the rest is left out, and missed where somebody has it."""
    found = {}
    for code, item in written.items():
        try:
            found[code] = read(code, item)
        except (CatalogUnreadableError, KeyError, AttributeError):
            continue
    return found


def _only(written: Mapping[str, Any], known: frozenset[str]) -> None:
    unknown = sorted(set(written) - known)
    if unknown:
        raise CatalogUnreadableError(f"the audit does not calculate with {', '.join(unknown)}")


def _when(written: Mapping[str, Any], known: frozenset[str]) -> Mapping[str, Any]:
    """Conditions, which may stand under `when` or beside it."""
    conditions = written.get("when", {})
    _only(conditions, known)
    return {**{name: written[name] for name in known if name in written}, **conditions}


def _offering(
    code: str,
    written: Mapping[str, Any],
    scale: Fraction,
    group_units: Mapping[str, str],
    included: frozenset[str],
) -> ListOffering:
    _only(written, _OFFERING_SAYS)
    return ListOffering(
        code=code,
        precedence=int(written["precedence"]),
        prices=tuple(
            _price(code, name, item, scale, included) for name, item in written.get("prices", {}).items()
        ),
        allowances=tuple(
            _allowance(code, name, item, group_units) for name, item in written.get("allowances", {}).items()
        ),
        includes=tuple(written.get("includes", ())),
        choice=frozenset(written.get("choice", {}).get("offerings", ())),
        denied_zones=frozenset(written.get("denied_zones", ())),
    )


def _price(
    offering: str, code: str, written: Mapping[str, Any], scale: Fraction, included: frozenset[str]
) -> ListPrice:
    _only(written, _PRICE_SAYS)
    if "tax" in written and written["tax"] not in included:
        raise CatalogUnreadableError("the audit does not add taxes")
    when = _when(written, frozenset({"zones", "time_band"}))
    increments = written.get("increments", {})
    tiered = written.get("tiered", {})
    flat = price(written["flat"]["amount"]) * scale if "flat" in written else None
    return ListPrice(
        offering=offering,
        code=code,
        rating_groups=frozenset(written["rating_groups"]),
        zones=frozenset(when.get("zones", ())),
        time_band=when.get("time_band", ""),
        first=units(increments.get("first", 1)),
        next=units(increments.get("next", 1)),
        flat=Fraction(0) if written.get("free") else flat,
        steps=tuple(
            Step(
                units(tier["up_to"]) if "up_to" in tier else None,
                price(tier["amount"]) * scale / units(tier.get("per", 1)),
            )
            for tier in (
                tiered["tiers"] if tiered else [written["per_unit"]] if "per_unit" in written else ()
            )
        ),
        monthly=tiered.get("scope") == "month",
    )


def _allowance(
    offering: str, code: str, written: Mapping[str, Any], group_units: Mapping[str, str]
) -> ListAllowance:
    _only(written, _ALLOWANCE_SAYS)
    groups = frozenset(written["rating_groups"])
    when = _when(written, frozenset({"zones"}))
    return ListAllowance(
        offering=offering,
        code=code,
        name=written.get("name", ""),
        rating_groups=groups,
        zones=frozenset(when.get("zones", ())),
        unit=group_units[min(groups)],
        amount=units(written["amount"]),
        priority=int(written.get("priority", 0)),
        validity_days=int(str(written.get("validity", "0 days")).split()[0]),
        shared=bool(written.get("shared", False)),
    )
