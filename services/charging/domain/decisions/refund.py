"""Refund by reference: never more than was charged (RFC 8506 section 6.4, REFUND_ACCOUNT)."""

from __future__ import annotations

from dataclasses import replace

from services.charging.domain import events as ev
from services.charging.domain import reasons
from services.charging.domain.answers import ChargingAnswer, Cost
from services.charging.domain.apply import member_counter
from services.charging.domain.commands import Invocation, PastCharge, Refund
from services.charging.domain.decisions.decision import Decided, Moment
from services.charging.domain.decisions.session import payer_of
from services.charging.domain.draft import Draft
from services.charging.domain.money_buckets import money_bucket
from services.charging.domain.sessions.reauthorise import reauthorise
from services.charging.domain.state import Corrected, PartitionState, Refunded
from services.charging.domain.summary import charging_answer
from services.charging.domain.tariffs import Tariffs
from services.common.kernel.outcome import Refused
from services.common.kernel.ratio import round_half_even

_NOT_REFUNDED = Refunded(0, False)
_NOT_CORRECTED = Corrected(0, 0)


def refund(state: PartitionState, tariffs: Tariffs, command: Refund, moment: Moment) -> Decided | Refused:
    """Gives money back to the buckets it came from, last taken first; a whole refund also restores units."""
    charge = command.charge
    if charge.subscriber_id != command.subscriber_id or charge.account_id not in state.accounts:
        return Refused(reasons.CHARGE_UNKNOWN, "this subscriber has no such charge", "refund_charge_id")
    left = left_of(state, charge)
    amount = left if command.amount is None else command.amount
    refusal = _check(state, command, left, amount)
    if refusal is not None:
        return refusal
    draft = Draft(state)
    refund_id = f"r-{moment.entry_id}"
    give_back(draft, charge, amount, command.amount is None, refund_id)
    reauthorise(draft, charge.account_id)
    return Decided(
        ev.Operation.ONE_TIME_EVENT, _answer(draft, tariffs, command, amount, refund_id), tuple(draft.events)
    )


def left_of(state: PartitionState, charge: PastCharge) -> int:
    """What of a charge, as corrected, was not given back yet; 0 or less where nothing is left."""
    corrected = state.corrections.get(charge.charge_id, _NOT_CORRECTED)
    refunded = state.refunds.get(charge.charge_id, _NOT_REFUNDED)
    return charge.amount + corrected.minor_micros - refunded.minor_micros


def give_back_whole(draft: Draft, charge: PastCharge, refund_id: str) -> int:
    """Gives back all that is left of a charge, money and units, on a draft. Returns the money.

    Nothing is told where nothing is left.
    """
    amount = max(0, left_of(draft.state, charge))
    if amount or _units_left(draft.state, charge):
        give_back(draft, charge, amount, True, refund_id)
    return amount


def give_back(draft: Draft, charge: PastCharge, amount: int, units: bool, refund_id: str) -> None:
    """Gives back `amount` of a charge, with `units` also what allowances paid, and tells it."""
    before = draft.state.refunds.get(charge.charge_id, _NOT_REFUNDED)
    restored = units and not before.units
    tax = _tax_in(draft.state, charge, before, amount)
    credits = (
        *_credit_money(draft, charge, before.minor_micros, amount, refund_id),
        *(_credit_units(draft, charge, refund_id) if restored else ()),
    )
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
            units_restored=before.units or restored,
            tax=tax,
            refunded_total_tax=before.tax_minor_micros + tax,
        )
    )


def _tax_in(state: PartitionState, charge: PastCharge, before: Refunded, amount: int) -> int:
    """Tax in a refund of `amount`: the tax due for all that was given back, less that of earlier refunds.

    So many small refunds contain what one large one does, and what gives back
    the last of a charge contains the last of its tax. Where the tax was
    corrected between two refunds, a part never contains less than none of it,
    or more than its own amount; the last one makes up for it.
    """
    corrected = state.corrections.get(charge.charge_id, _NOT_CORRECTED)
    whole, whole_tax = charge.amount + corrected.minor_micros, charge.tax + corrected.tax_minor_micros
    total = before.minor_micros + amount
    if total >= whole:
        return whole_tax - before.tax_minor_micros
    due = round_half_even(whole_tax * total, whole)
    return min(max(due - before.tax_minor_micros, 0), amount)


def _check(state: PartitionState, command: Refund, left: int, amount: int) -> Refused | None:
    charge = command.charge
    if command.amount is not None and command.currency_code != charge.currency_code:
        return Refused(
            reasons.CURRENCY_MISMATCH,
            f"the charge was made in {charge.currency_code}",
            "refund_amount.currency_code",
        )
    if command.amount is not None and command.amount <= 0:
        return Refused(reasons.AMOUNT_OUT_OF_RANGE, "a refund must be positive", "refund_amount")
    if amount > left or amount < 0 or (amount == 0 and not _units_left(state, charge)):
        return Refused(
            reasons.REFUND_EXCEEDS_CHARGE,
            "no more can be given back than was charged",
            "refund_amount",
            {"left_minor_micros": str(max(0, left))},
        )
    return None


def _units_left(state: PartitionState, charge: PastCharge) -> bool:
    """True where allowances paid a part, and it was not given back."""
    restored = state.refunds.get(charge.charge_id, _NOT_REFUNDED).units
    return not restored and any(debit.unit != charge.currency_code for debit in charge.debits)


def _credit_money(
    draft: Draft, charge: PastCharge, already: int, amount: int, refund_id: str
) -> list[ev.Debit]:
    """Money goes back in reverse order of the debits, skipping what earlier refunds gave back.

    What a correction charged in addition goes back to the account's own money.
    """
    credits = []
    for debit in reversed(charge.debits):
        if debit.unit == charge.currency_code and debit.bucket_id in draft.state.buckets:
            skipped = min(already, debit.amount)
            already -= skipped
            part = min(debit.amount - skipped, amount)
            amount -= part
            if part:
                draft.move(debit.bucket_id, ev.MovementReason.REFUNDED, part, refund_id)
                credits.append(ev.Debit(debit.bucket_id, debit.unit, part))
    if amount:
        bucket = money_bucket(draft.state, charge.account_id)
        draft.move(bucket.bucket_id, ev.MovementReason.REFUNDED, amount, refund_id)
        credits.append(ev.Debit(bucket.bucket_id, charge.currency_code, amount))
    return credits


def _credit_units(draft: Draft, charge: PastCharge, refund_id: str) -> list[ev.Debit]:
    """Units go back to buckets that still exist; what a member used of a shared one is counted back."""
    credits = []
    for debit in reversed(charge.debits):
        if debit.unit == charge.currency_code or not _still_there(draft, charge, debit.bucket_id):
            continue
        draft.move(debit.bucket_id, ev.MovementReason.REFUNDED, debit.amount, refund_id)
        credits.append(debit)
        if draft.bucket(debit.bucket_id).member_limit:
            name = member_counter(debit.bucket_id)
            used = draft.counter(charge.subscriber_id, name)
            draft.count(charge.subscriber_id, name, "", max(0, used - debit.amount))
    return credits


def _still_there(draft: Draft, charge: PastCharge, bucket_id: str) -> bool:
    """False also where the offering was taken anew, and the bucket of that name is another one."""
    bucket = draft.state.buckets.get(bucket_id)
    return bucket is not None and (charge.used_from is None or bucket.valid_from <= charge.used_from)


def _answer(draft: Draft, tariffs: Tariffs, command: Refund, amount: int, refund_id: str) -> ChargingAnswer:
    subscriber = draft.state.subscribers[command.subscriber_id]
    subscribed = tariffs.subscribed(subscriber.subscriptions, command.charge.currency_code)
    payer = payer_of(draft.state, subscriber, subscribed, "", "", "")
    invocation = Invocation(command.sequence, command.at, ())
    answer = charging_answer(draft, payer, invocation, (), "")
    return replace(answer, cost=Cost(amount=-amount, charge_ids=(refund_id,)))
