"""What models see of a customer, a moment and an offer: an ordered list of names, and a number for each.

One function makes them, live and offline. No identifier and no protected attribute is among them: what is
not named here, no model can learn. Numbers are rounded to 32 bits, as the decision log keeps them, so that a
decision can be scored again from its log to the last digit.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import numpy as np

from services.common.kernel.clock import DAY, Instant, local
from services.common.kernel.money import MICROS_PER_MINOR_UNIT
from services.offers.domain.customer import WINDOW_NAMES, AllowanceState, ClassUse, CustomerView
from services.offers.domain.policies import ActionKind, Offer, OfferPolicies

_WEEK = WINDOW_NAMES.index("week")
_MONTH = WINDOW_NAMES.index("month")
_HOURS_OF_DAY = 24
_VERSION_DIGITS = 12
_PER_CLASS = (
    *WINDOW_NAMES,
    "decayed",
    "recency",
    "share_week",
    "spend_week",
    "spend_month",
    "allowance",
    "allowance_left",
)
_OF_ALL = ("money", "tenure", "roaming", "hour_sin", "hour_cos", "habit", "weekend")
_NO_USE = ClassUse("")
_NO_ALLOWANCE = AllowanceState()
_ACTIONS = tuple(ActionKind)


@dataclass(frozen=True)
class FeatureSpec:
    """Which values the features know; what is not among them is all zeros. Everything in order.

    `attributes`: keys and values of `Offer.attributes`.
    """

    usage_classes: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    device_classes: tuple[str, ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the features of a context."""
        return (
            *(f"{code}.{name}" for code in self.usage_classes for name in _PER_CLASS),
            *_OF_ALL,
            *(f"segment={value}" for value in self.segments),
            *(f"device_class={value}" for value in self.device_classes),
        )

    @cached_property
    def offer_names(self) -> tuple[str, ...]:
        """Names of the features of an offer."""
        return (
            *(f"attribute.{key}={value}" for key, value in self.attributes),
            *(f"action={kind.value}" for kind in _ACTIONS),
            "offer.price",
            "offer.value",
        )

    @cached_property
    def version(self) -> str:
        """A short hash of all names: the same names, the same version, wherever it is worked out."""
        text = "\n".join((*self.names, "", *self.offer_names))
        return hashlib.sha256(text.encode()).hexdigest()[:_VERSION_DIGITS]


def spec_of(
    policies: OfferPolicies, segments: Iterable[str] = (), device_classes: Iterable[str] = ()
) -> FeatureSpec:
    """The features of some policies: their usage classes, and the attributes that their offers have."""
    attributes = {pair for offer in policies.offers for pair in offer.attributes.items()}
    return FeatureSpec(
        tuple(sorted(each.code for each in policies.usage_classes)),
        tuple(sorted(set(segments) - {""})),
        tuple(sorted(set(device_classes) - {""})),
        tuple(sorted(attributes)),
    )


def spec_of_names(names: Iterable[str], offer_names: Iterable[str]) -> FeatureSpec:
    """The features that have these names. Raises ValueError where no features do."""
    context, of_offer = tuple(names), tuple(offer_names)
    last = f".{_PER_CLASS[0]}"
    spec = FeatureSpec(
        tuple(name.removesuffix(last) for name in context if name.endswith(last)),
        tuple(name.removeprefix("segment=") for name in context if name.startswith("segment=")),
        tuple(name.removeprefix("device_class=") for name in context if name.startswith("device_class=")),
        tuple(
            (key, value)
            for key, _, value in (
                name.removeprefix("attribute.").partition("=")
                for name in of_offer
                if name.startswith("attribute.")
            )
        ),
    )
    if (spec.names, spec.offer_names) != (context, of_offer):
        raise ValueError("these are not the names of features of this version of Tidemark")
    return spec


def widened(old: FeatureSpec, new: FeatureSpec) -> FeatureSpec:
    """All that either knows. Nothing is forgotten: what was learnt of a value that is gone may come back."""
    return FeatureSpec(
        tuple(sorted({*old.usage_classes, *new.usage_classes})),
        tuple(sorted({*old.segments, *new.segments})),
        tuple(sorted({*old.device_classes, *new.device_classes})),
        tuple(sorted({*old.attributes, *new.attributes})),
    )


def context_features(spec: FeatureSpec, view: CustomerView, now: Instant) -> tuple[float, ...]:
    """One number for each of `spec.names`, exact in 32 bits.

    Units, decayed units, money and days of tenure as log(1 + x), money in minor units; shares from 0 to 1;
    recency is 1 at the use itself and halves with each day.
    """
    at = local(now, view.time_zone)
    week = _week_by_unit(view.usage.values())
    values: list[float] = []
    for code in spec.usage_classes:
        use = view.usage.get(code, _NO_USE)
        _of_class(values, use, view.allowances.get(code, _NO_ALLOWANCE), week.get(use.unit, 0), now)
    values += _of_all(view, at, now)
    values += [float(value == view.segment) for value in spec.segments]
    values += [float(value == view.device_class) for value in spec.device_classes]
    return _in_32_bits(values)


def offer_features(spec: FeatureSpec, offer: Offer, price_minor_micros: int) -> tuple[float, ...]:
    """One number for each of `spec.offer_names`: price and value as log(1 + minor units)."""
    values = [float(offer.attributes.get(key) == value) for key, value in spec.attributes]
    values += [float(offer.action.kind is kind) for kind in _ACTIONS]
    values += [_log_money(price_minor_micros), _log_money(offer.value_minor_micros)]
    return _in_32_bits(values)


def _of_class(
    values: list[float], use: ClassUse, allowance: AllowanceState, week_of_unit: int, now: Instant
) -> None:
    units = use.units
    values += [math.log1p(each) if each > 0 else 0.0 for each in units]
    values.append(math.log1p(max(0, use.decayed_units)))
    idle = None if use.last_used_at is None else max(0, now - use.last_used_at)
    values.append(0.0 if idle is None else 0.5 ** (idle / DAY))
    values.append(units[_WEEK] / week_of_unit if week_of_unit > 0 else 0.0)
    values.append(_log_money(use.spend_minor_micros[_WEEK]))
    values.append(_log_money(use.spend_minor_micros[_MONTH]))
    values.append(float(allowance.given > 0))
    values.append(min(1.0, max(0, allowance.left) / allowance.given) if allowance.given > 0 else 0.0)


def _of_all(view: CustomerView, at: datetime, now: Instant) -> tuple[float, ...]:
    seen = view.first_seen_at
    turn = 2 * math.pi * (at.hour + at.minute / 60) / _HOURS_OF_DAY
    return (
        _log_money(view.money_minor_micros),
        0.0 if seen is None else math.log1p(max(0, now - seen) / DAY),
        float(view.roaming),
        math.sin(turn),
        math.cos(turn),
        view.hour_permille[at.hour] / 1000,
        float(at.isoweekday() >= 6),
    )


def _week_by_unit(uses: Iterable[ClassUse]) -> Mapping[str, int]:
    """Classes are shares of what has their unit: octets and seconds do not add up."""
    sums: dict[str, int] = {}
    for use in uses:
        sums[use.unit] = sums.get(use.unit, 0) + use.units[_WEEK]
    return sums


def _log_money(minor_micros: int) -> float:
    return math.log1p(minor_micros / MICROS_PER_MINOR_UNIT) if minor_micros > 0 else 0.0


def _in_32_bits(values: list[float]) -> tuple[float, ...]:
    return tuple(np.asarray(values, dtype=np.float32).tolist())
