"""Refund by reference: never more than was charged (RFC 8506 section 6.4, REFUND_ACCOUNT)."""

from __future__ import annotations

from dataclasses import replace

from services.charging.domain import events as ev
from services.charging.domain import reasons
from services.charging.domain.answers import ChargingAnswer, Cost
from services.charging.domain.commands import Invocation, PastCharge, Refund
from services.charging.domain.decisions.decision import Decided, Moment
from services.charging.domain.decisions.session import payer_of
from services.charging.domain.draft import Draft
from services.charging.domain.reauthorise import reauthorise
from services.charging.domain.state import PartitionState, Refunded
from services.charging.domain.summary import charging_answer
from services.charging.domain.tariffs import Tariffs
from services.common.kernel.outcome import Refused

_NOTHING_YET = Refunded(0, False)


def refund(state: PartitionState, tariffs: Tariffs, command: Refund, moment: Moment) -> Decided | Refused:
    """Gives money back to the buckets it came from, last taken first; a whole refund also restores units."""
    charge = command.charge
    if charge.subscriber_id != command.subscriber_id or charge.account_id not in state.accounts:
        return Refused(reasons.CHARGE_UNKNOWN, "this subscriber has no such charge", "refund_charge_id")
    before = state.refunds.get(charge.charge_id, _NOTHING_YET)
    amount = charge.amount - before.minor_micros if command.amount is None else command.amount
    refusal = _check(command, before, amount)
    if refusal is not None:
        return refusal
    draft = Draft(state)
    refund_id = f"r-{moment.entry_id}"
    whole = command.amount is None and not before.units
    credits = _credit(draft, charge, before.minor_micros, amount, whole, refund_id)
    draft.events.append(
        ev.ChargeRefunded(
            charge_id=refund_id,
            refunded_charge_id=charge.charge_id,
            account_id=charge.account_id,
            subscriber_id=charge.subscriber_id,
            currency_code=charge.currency_code,
            amount=amount,
            credits=credits,
            refunded_total=before.minor_micros + amount,
            units_restored=before.units or whole,
        )
    )
    reauthorise(draft, charge.account_id)
    return Decided(
        ev.Operation.ONE_TIME_EVENT, _answer(draft, tariffs, command, amount, refund_id), tuple(draft.events)
    )


def _check(command: Refund, before: Refunded, amount: int) -> Refused | None:
    charge = command.charge
    if command.amount is not None and command.currency_code != charge.currency_code:
        return Refused(
            reasons.CURRENCY_MISMATCH,
            f"the charge was made in {charge.currency_code}",
            "refund_amount.currency_code",
        )
    if command.amount is not None and command.amount <= 0:
        return Refused(reasons.AMOUNT_OUT_OF_RANGE, "a refund must be positive", "refund_amount")
    left = charge.amount - before.minor_micros
    units_left = any(debit.unit != charge.currency_code for debit in charge.debits) and not before.units
    if amount > left or (amount == 0 and not units_left):
        return Refused(
            reasons.REFUND_EXCEEDS_CHARGE,
            "no more can be given back than was charged",
            "refund_amount",
            {"left_minor_micros": str(left)},
        )
    return None


def _credit(
    draft: Draft, charge: PastCharge, already: int, amount: int, whole: bool, refund_id: str
) -> tuple[ev.Debit, ...]:
    """Money goes back in reverse order of the debits, skipping what earlier refunds gave back."""
    credits = []
    for debit in reversed(charge.debits):
        is_money = debit.unit == charge.currency_code
        if is_money:
            skipped = min(already, debit.amount)
            already -= skipped
            part = min(debit.amount - skipped, amount)
            amount -= part
        else:
            part = debit.amount if whole else 0
        if part and debit.bucket_id in draft.state.buckets:
            draft.move(debit.bucket_id, ev.MovementReason.REFUNDED, part, refund_id)
            credits.append(ev.Debit(debit.bucket_id, debit.unit, part))
    return tuple(credits)


def _answer(draft: Draft, tariffs: Tariffs, command: Refund, amount: int, refund_id: str) -> ChargingAnswer:
    subscriber = draft.state.subscribers[command.subscriber_id]
    subscribed = tariffs.subscribed(subscriber.subscriptions)
    payer = payer_of(draft.state, subscriber, subscribed, "", "", "")
    invocation = Invocation(command.sequence, command.at, (), None)
    answer = charging_answer(draft, payer, invocation, (), "")
    return replace(answer, cost=Cost(amount=-amount, charge_ids=(refund_id,)))
