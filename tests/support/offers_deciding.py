"""Offers, policies and customers to decide about, whose conditions are plain functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from services.common.kernel.clock import DAY, HOUR, Instant
from services.offers.domain.compiled import (
    CompiledOffer,
    CompiledPolicies,
    CompiledReason,
    CompiledRule,
    CompiledWeight,
    Facts,
    OfferTerms,
    UnitPrice,
)
from services.offers.domain.customer import AllowanceState, ClassUse, CustomerView
from services.offers.domain.decisions import Asked
from services.offers.domain.policies import (
    Action,
    ActionKind,
    ContactPolicy,
    Exploration,
    Offer,
    OfferPolicies,
    Purpose,
    UsageClass,
)

NOW = Instant(1_764_500_400_000_000)
"""2025-11-30 12:00 in Berlin, a Sunday."""
CENT = 1_000_000
EURO = 100 * CENT
GIGABYTE = 10**9
ALL_CONSENTS = frozenset(Purpose)
VIDEO = UsageClass("video", (107, 108), "octets")
ASKED = Asked("app-home", "app")
PUSHED = Asked("push", "push", raised_by="usage", outbound=True)


def always(_: Facts) -> bool:
    """A condition that holds."""
    return True


def never(_: Facts) -> bool:
    """A condition that does not."""
    return False


def failing(_: Facts) -> None:
    """A condition that cannot be computed."""


def heavy_hour(facts: Facts) -> bool | None:
    """More than a gigabyte of video in the last hour; fails where there is no such class."""
    usage: Any = facts.variables["usage"]
    return usage["video"]["hour"] > GIGABYTE if "video" in usage else None


def offer(code: str, **fields: Any) -> Offer:
    """An offer that fits every question of this module, and costs nothing anybody could mind."""
    plain: dict[str, Any] = {
        "names": {"en": code.title(), "de": f"{code} auf Deutsch"},
        "action": Action(ActionKind.SUBSCRIBE, offering_code=f"{code}-offering"),
        "placements": ("app-home", "push"),
        "channels": ("app", "push"),
        "value_minor_micros": EURO,
        "not_worse_off": False,
    }
    return Offer(code, **(plain | fields))


def compiled(
    what: Offer,
    *,
    eligibility: Callable[[Facts], bool | None] | None = None,
    applicability: Callable[[Facts], bool | None] | None = None,
    suitability: Callable[[Facts], bool | None] | None = None,
    weights: tuple[CompiledWeight, ...] = (),
    reasons: tuple[CompiledReason, ...] = (),
    reason: str = "",
    terms: OfferTerms | None = None,
) -> CompiledOffer:
    """The offer with at most one rule a stage, whose text is its name."""

    def rules(holds: Callable[[Facts], bool | None] | None) -> tuple[CompiledRule, ...]:
        return () if holds is None else (CompiledRule(holds, reason, holds.__name__),)

    return CompiledOffer(
        what,
        rules(eligibility),
        rules(applicability),
        rules(suitability),
        weights,
        reasons,
        (),
        {"EUR": terms or OfferTerms(currency_code="EUR")},
    )


def policies(
    *offers: CompiledOffer | Offer,
    contact: ContactPolicy | None = None,
    exploration: Exploration | None = None,
    unit_prices: Mapping[str, Mapping[tuple[int, str], UnitPrice]] | None = None,
    **fields: Any,
) -> CompiledPolicies:
    """Policies of these offers. Without a contact policy nobody is ever approached too often."""
    all_compiled = tuple(compiled(item) if isinstance(item, Offer) else item for item in offers)
    plain: dict[str, Any] = {
        "code": "test",
        "name": "Test",
        "currency_code": "EUR",
        "time_zone": "Europe/Berlin",
        "languages": ("en", "de"),
        "placements": ("app-home", "push", "elsewhere"),
        "channels": ("app", "push", "sms"),
        "usage_classes": (VIDEO,),
        "contact": contact or ContactPolicy(),
        "exploration": exploration or Exploration(control_permille=0),
        "offers": tuple(item.offer for item in all_compiled),
    }
    terms = OfferPolicies(**(plain | fields))
    return CompiledPolicies(
        3,
        terms,
        all_compiled,
        dict.fromkeys(VIDEO.rating_groups, VIDEO.code),
        terms.experiments,
        unit_prices=unit_prices or {},
    )


def customer(**fields: Any) -> CustomerView:
    """Somebody who has agreed to everything, is known for a month and has ten euros."""
    plain = CustomerView(
        "subscriber-1",
        "account-1",
        "pseudonym-1",
        feature_seq=41,
        consents=ALL_CONSENTS,
        currency_code="EUR",
        time_zone="Europe/Berlin",
        money_minor_micros=10 * EURO,
        first_seen_at=Instant(NOW - 60 * DAY),
        usage={"video": ClassUse("octets")},
        allowances={"video": AllowanceState()},
    )
    return replace(plain, **fields)


def video_use(month: int, spend: int = 0, hour: int = 0) -> ClassUse:
    """Usage of video: octets of a month, money paid for it, octets of the last hour."""
    return ClassUse("octets", (0, hour, 0, 0, month), (0, 0, 0, 0, spend), last_used_at=Instant(NOW - HOUR))
