"""Periods, and what hangs on them: fees, trials, renewing allowances."""

from __future__ import annotations

from collections.abc import Iterator

from services.catalog.domain.catalog import Catalog
from services.catalog.domain.findings import Finding, FindingReason, error
from services.catalog.domain.offerings import Allowance, Fee, FeeKind, Offering, Period

_WHOLE = 100


def fee_findings(catalog: Catalog) -> Iterator[Finding]:
    """Periods that are none, things that recur without one, promotions, trials, rollover, member limits."""
    for offering in catalog.offerings:
        here = f"offerings.{offering.code}"
        if offering.period is not None:
            yield from _period(offering.period, f"{here}.period")
        for fee in offering.fees:
            yield from _fee(offering, fee, f"{here}.fees.{fee.code}")
        yield from _trial(offering, f"{here}.trial")
        for allowance in offering.allowances:
            yield from _allowance(offering, allowance, f"{here}.allowances.{allowance.code}")


def _period(period: Period, field: str) -> Iterator[Finding]:
    if (period.months == 0) == (period.days == 0):
        yield error(FindingReason.PERIOD_INVALID, field, "give `months` or `days`, one of them and above 0")
    elif period.calendar and period.months == 0:
        yield error(
            FindingReason.PERIOD_INVALID, f"{field}.calendar", "only months begin on the first; drop it"
        )


def _fee(offering: Offering, fee: Fee, field: str) -> Iterator[Finding]:
    recurring = fee.kind is FeeKind.RECURRING
    if recurring and offering.period is None:
        yield error(FindingReason.PERIOD_MISSING, field, "a recurring fee needs a `period` of its offering")
    promoted = fee.promotion_periods or fee.promotion_percent
    if promoted and not (recurring and fee.promotion_periods and 0 < fee.promotion_percent <= _WHOLE):
        yield error(
            FindingReason.PROMOTION_INVALID,
            f"{field}.promotion",
            f"{fee.promotion_periods} periods {fee.promotion_percent} per cent less: it is for a recurring "
            "fee, for 1 period or more, and 1 to 100 per cent",
        )


def _trial(offering: Offering, field: str) -> Iterator[Finding]:
    trial = offering.trial
    if trial is None:
        return
    if trial.days == 0:
        yield error(FindingReason.TRIAL_INVALID, f"{field}.days", "a trial lasts a day or more")
    if not trial.ends and all(fee.kind is not FeeKind.RECURRING for fee in offering.fees):
        yield error(
            FindingReason.TRIAL_INVALID,
            field,
            "there is no recurring fee that the trial would save; add one, or let the trial end it all",
        )


def _allowance(offering: Offering, allowance: Allowance, field: str) -> Iterator[Finding]:
    rollover = allowance.rollover
    if allowance.renews and offering.period is None:
        yield error(
            FindingReason.PERIOD_MISSING,
            f"{field}.renews",
            "an allowance that renews needs a `period` of its offering",
        )
    if rollover is not None and not (allowance.renews and rollover.periods > 0):
        yield error(
            FindingReason.ROLLOVER_INVALID,
            f"{field}.rollover",
            "only what `renews` rolls over, and for 1 period or more",
        )
    limit = allowance.member_limit_units
    if limit and not (allowance.shared and limit <= allowance.amount):
        yield error(
            FindingReason.MEMBER_LIMIT_INVALID,
            f"{field}.member_limit",
            "a member limit needs `shared: true`, and is not above the whole allowance",
        )
    if allowance.valid_from_first_use and not allowance.validity_days:
        yield error(
            FindingReason.VALIDITY_INVALID,
            f"{field}.valid_from",
            "valid from the first use for how long? add `validity: 30 days`",
        )
