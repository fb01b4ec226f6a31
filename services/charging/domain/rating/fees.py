"""What is paid for having an offering: fees, periods, trials, promotions, proration."""

from __future__ import annotations

from dataclasses import dataclass

from services.charging.domain.rating.tax import Tax


@dataclass(frozen=True, slots=True)
class Fee:
    """One fee. `amount_minor_micros` before an exclusive tax, of a whole period."""

    code: str
    name: str
    amount_minor_micros: int
    recurring: bool
    prorated: bool = False
    tax: Tax | None = None
    promotion_periods: int = 0
    promotion_percent: int = 0
    suspends: bool = False


@dataclass(frozen=True, slots=True)
class Period:
    """How long a period is: `months` or `days`; `calendar` months begin on the first, local midnight."""

    months: int
    days: int
    calendar: bool = False


@dataclass(frozen=True, slots=True)
class Trial:
    """Days at the start without recurring fees; with `ends` the offering is over then."""

    days: int
    ends: bool = False


@dataclass(frozen=True, slots=True)
class Rollover:
    """Units left over go into the next period: at most `maximum_units` (0: all), for `periods` more."""

    maximum_units: int
    periods: int
