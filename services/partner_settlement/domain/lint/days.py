"""When agreements take effect and end: with their periods, so that no day is settled twice or by halves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from services.partner_settlement.domain.agreements import Agreement
from services.partner_settlement.domain.findings import Finding, FindingReason, error
from services.partner_settlement.domain.lint.subject import Subject
from services.partner_settlement.domain.periods import PeriodKind, period_of


def day_findings(subject: Subject) -> Iterator[Finding]:
    """First and last days that are inside a period."""
    for agreement in subject.document.agreements:
        here = f"agreements.{agreement.code}"
        yield from _from(agreement, here)
        yield from _until(agreement, here)
        yield from _change(subject, agreement, here)


def _from(agreement: Agreement, here: str) -> Iterator[Finding]:
    day, kind = agreement.effective_from, agreement.period
    if not _begins(day, kind):
        yield error(
            FindingReason.EFFECTIVE_FROM_INVALID,
            f"{here}.from",
            f"{day} is inside a {kind.value}; begin with one: {_nearest(day, kind)}",
        )


def _until(agreement: Agreement, here: str) -> Iterator[Finding]:
    until, kind = agreement.effective_until, agreement.period
    if until is None:
        return
    if until <= agreement.effective_from:
        yield error(
            FindingReason.EFFECTIVE_UNTIL_INVALID,
            f"{here}.until",
            f"it ends before it begins; {until} is the first day on which it no longer holds",
        )
    elif not _begins(until, kind):
        yield error(
            FindingReason.EFFECTIVE_UNTIL_INVALID,
            f"{here}.until",
            f"{until} is inside a {kind.value}, which is settled whole; "
            f"end with one: {_nearest(until, kind)}",
        )


def _change(subject: Subject, agreement: Agreement, here: str) -> Iterator[Finding]:
    """A period of the version before that runs on beyond this one's first day would be settled by both."""
    day = agreement.effective_from
    before = [
        version
        for version in subject.published.versions
        if version.code == agreement.code and version.effective_from <= day
    ]
    if before and before[-1].period is not agreement.period and not _begins(day, before[-1].period):
        kind = before[-1].period
        yield error(
            FindingReason.PERIOD_CHANGE_SPLITS,
            f"{here}.from",
            f"so far it is settled by the {kind.value}, and {day} is inside one; a version with other "
            "periods begins where both kinds begin",
        )


def _begins(day: date, kind: PeriodKind) -> bool:
    return period_of(day, kind).first == day


def _nearest(day: date, kind: PeriodKind) -> str:
    period = period_of(day, kind)
    return f"{period.first} or {period.end}"
