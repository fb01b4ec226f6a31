"""Explanations: what they are told among, and figures read out of them."""

from __future__ import annotations

from services.charging.domain.events import FeeCharged
from services.charging.domain.explanation.context import Surroundings
from services.charging.domain.explanation.steps import Explanation, StepKind
from services.charging.domain.rating.fees import Fee
from services.charging.domain.rating.periods import fee_cost
from services.charging.domain.rating.tax import Tax
from tests.support.charging_world import at

INCLUDED, ON_TOP = Tax("vat", 19, 100, True), Tax("vat", 19, 100, False)
NAMES = {"sub-1/music/music-1gb": "music-1gb", "acme/money": "money"}
HERE = Surroundings("Europe/Berlin", NAMES, "video-streaming")


def amount_of(explanation: Explanation) -> int:
    """What the explanation comes to, in minor_micros."""
    return next(step.amount for step in explanation.steps if step.kind is StepKind.MONEY) or 0


def fee_charged(fee: Fee, part: int, whole: int, promotion: int = 0, sign: int = 1) -> FeeCharged:
    """A fee of the second half of February 2026 as the journal would have it; `sign` -1: given back."""
    gross, tax = fee_cost(fee, 0, part, whole)
    return FeeCharged(
        "f-0-3-1-1",
        "acme",
        "sub-1",
        3,
        "prepaid-data",
        fee.code,
        "EUR",
        sign * gross,
        "",
        sign * tax,
        (),
        at("2026-02-14 00:00"),
        at("2026-03-01 00:00"),
        0,
        part,
        whole,
        promotion,
    )
