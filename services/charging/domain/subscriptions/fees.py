"""What is due for having an offering, whether money covers it, and charging it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.charging.domain import events as ev
from services.charging.domain.rating.fees import Fee
from services.charging.domain.rating.periods import fee_cost
from services.charging.domain.rating.tariff import Offering
from services.charging.domain.state import Bucket
from services.charging.domain.subscriptions.account_draft import AccountDraft
from services.charging.domain.subscriptions.periods import Span
from services.common.kernel.clock import Instant
from services.common.kernel.money import MAX_MINOR_MICROS


@dataclass(frozen=True, slots=True)
class FeeDue:
    """One fee to charge, tax included; negative: to give back. `part` of `whole` in microseconds."""

    fee: Fee
    catalog_version: int
    offering_code: str
    minor_micros: int
    tax_minor_micros: int
    start: Instant
    end: Instant
    part: int
    whole: int
    promotion_percent: int


def one_time_fees(offering: Offering, version: int, at: Instant) -> list[FeeDue]:
    """Fees for taking an offering."""
    return [
        _due(fee, offering, version, 0, Span(at, at, 1), 1, 1)
        for fee in offering.fees
        if not fee.recurring and fee.amount_minor_micros
    ]


def recurring_fees(offering: Offering, version: int, number: int, span: Span) -> list[FeeDue]:
    """Fees for a period, in advance. One that is not prorated is charged whole, however short the period."""
    return [
        _due(fee, offering, version, number, span, span.part, span.whole if fee.prorated else span.part)
        for fee in _recurring(offering)
    ]


def moved_fees(
    offering: Offering, version: int, number: int, rest: Span, period_start: Instant
) -> list[FeeDue]:
    """Recurring fees for the rest of a period that is left or entered in the middle, to the microsecond.

    A fee that is not prorated was charged whole for the period as it is, however short.
    """
    as_it_is = rest.end - period_start
    return [
        _due(
            replace(fee, prorated=True),
            offering,
            version,
            number,
            rest,
            rest.part,
            rest.whole if fee.prorated else as_it_is,
        )
        for fee in _recurring(offering)
    ]


def given_back(dues: Sequence[FeeDue]) -> list[FeeDue]:
    """The same fees with the sign turned."""
    return [
        replace(due, minor_micros=-due.minor_micros, tax_minor_micros=-due.tax_minor_micros) for due in dues
    ]


def covered(money: Bucket, dues: Sequence[FeeDue]) -> bool:
    """True where money, with its credit and beside what is reserved, pays all of it."""
    return sum(due.minor_micros for due in dues) <= max(0, money.available)


def chargeable(money: Bucket, dues: Sequence[FeeDue]) -> bool:
    """True where fees are charged: they are covered, or none of them suspends and the debt can be held."""
    if covered(money, dues):
        return True
    if any(due.fee.suspends and due.minor_micros > 0 for due in dues):
        return False
    return money.balance - sum(due.minor_micros for due in dues) >= -(MAX_MINOR_MICROS // 2)


def charge_fees(draft: AccountDraft, subscriber_id: str, dues: Sequence[FeeDue]) -> None:
    """Charges fees in order to the account's money. What nothing covers is owed, and recorded as such."""
    account = draft.account(draft.subscriber(subscriber_id).account_id)
    for due in dues:
        money = draft.money(account.account_id)
        charge_id = draft.next_fee_id()
        amount = due.minor_micros
        overdrawn = max(0, amount - max(0, money.available))
        debits = (ev.Debit(money.bucket_id, money.unit, amount),) if amount else ()
        if amount:
            draft.move(money.bucket_id, ev.MovementReason.FEE, -amount, charge_id)
        draft.record(
            ev.FeeCharged(
                charge_id=charge_id,
                account_id=account.account_id,
                subscriber_id=subscriber_id,
                catalog_version=due.catalog_version,
                offering_code=due.offering_code,
                fee_code=due.fee.code,
                currency_code=account.currency_code,
                amount=amount,
                tax_code="" if due.fee.tax is None else due.fee.tax.code,
                tax=due.tax_minor_micros,
                debits=debits,
                period_from=due.start,
                period_until=due.end,
                overdrawn=overdrawn,
                part=due.part,
                whole=due.whole,
                promotion_percent=due.promotion_percent,
            )
        )


def _recurring(offering: Offering) -> list[Fee]:
    return [fee for fee in offering.fees if fee.recurring and fee.amount_minor_micros]


def _due(
    fee: Fee, offering: Offering, version: int, number: int, span: Span, part: int, whole: int
) -> FeeDue:
    amount, tax = fee_cost(fee, number, part, whole)
    promotion = fee.promotion_percent if number < fee.promotion_periods else 0
    return FeeDue(fee, version, offering.code, amount, tax, span.start, span.end, part, whole, promotion)
