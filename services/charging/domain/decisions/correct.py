"""Corrections: signed differences to charges made earlier, which stay as they are."""

from __future__ import annotations

from dataclasses import dataclass

from services.charging.domain import events as ev
from services.charging.domain import reasons
from services.charging.domain.corrections.commands import (
    MOST_CORRECTIONS,
    CorrectCharges,
    Correction,
    CorrectionAnswer,
    RepricedCharge,
    Uncorrected,
)
from services.charging.domain.decisions.decision import Decided, Moment
from services.charging.domain.draft import Draft
from services.charging.domain.explanation.words import money_words
from services.charging.domain.money_buckets import money_bucket
from services.charging.domain.sessions.reauthorise import reauthorise
from services.charging.domain.state import Bucket, Corrected, PartitionState
from services.charging.domain.tariffs import Tariffs
from services.common.kernel.money import MAX_MINOR_MICROS
from services.common.kernel.outcome import Refused

_NOT_CORRECTED = Corrected(0, 0)


@dataclass(frozen=True, slots=True)
class _Difference:
    """What a charge still lacks (negative: has too much) for the amount it should have."""

    amount: int
    tax: int
    detail: str = ""


def correct_charges(
    state: PartitionState, tariffs: Tariffs, command: CorrectCharges, moment: Moment
) -> Decided | Refused:
    """Corrects charges of one account, all or none. What is right already is left alone.

    A correction is the difference to the charge and all its corrections so
    far, so the same command again does nothing. Refunds stand: a charge that
    was refunded whole is left alone, and none is brought below what was refunded.
    Counters stay as they are: caps and thresholds looked at what was charged then.
    """
    if command.account_id not in state.accounts:
        return Refused(reasons.ACCOUNT_UNKNOWN, f"there is no account {command.account_id}", "account_ids")
    if len(command.charges) > MOST_CORRECTIONS:
        return Refused(reasons.CORRECTION_INVALID, f"at most {MOST_CORRECTIONS} charges at once")
    draft = Draft(state)
    bucket = money_bucket(state, command.account_id)
    if any(charge.currency_code != bucket.unit for charge in command.charges):
        return Refused(reasons.CURRENCY_MISMATCH, f"the account is held in {bucket.unit}")
    done: list[Correction] = []
    left: list[Uncorrected] = []
    for charge in command.charges:
        found = _difference(state, charge)
        if found.detail:
            left.append(Uncorrected(charge.charge_id, found.detail))
        if found.amount or found.tax:
            correction_id = f"k-{moment.entry_id}-{len(done) + 1}"
            done.append(_correct(draft, command, charge, found, bucket.bucket_id, correction_id))
    after = draft.bucket(bucket.bucket_id)
    if not _bearable(after):
        return Refused(reasons.AMOUNT_OUT_OF_RANGE, "the balance would be beyond what it can hold")
    if after.balance > bucket.balance:
        reauthorise(draft, command.account_id)
    answer = CorrectionAnswer(tuple(done), tuple(left))
    return Decided(ev.Operation.CORRECT, answer, tuple(draft.events))


def _difference(state: PartitionState, charge: RepricedCharge) -> _Difference:
    corrected = state.corrections.get(charge.charge_id, _NOT_CORRECTED)
    refund = state.refunds.get(charge.charge_id)
    present = charge.original_amount + corrected.minor_micros
    present_tax = charge.original_tax + corrected.tax_minor_micros
    amount, tax = charge.amount - present, charge.tax - present_tax
    if refund is None or not (amount or tax):
        return _Difference(amount, tax)
    if refund.minor_micros >= present:
        return _Difference(0, 0, "it was refunded whole")
    least = refund.minor_micros - present
    if amount > least:
        return _Difference(amount, tax)
    # With the money all of the tax is gone: what the refunds contained is the tax of what they gave back.
    rest = refund.tax_minor_micros - present_tax
    if amount == least:
        return _Difference(least, rest)
    kept = money_words(least - amount, charge.currency_code)
    return _Difference(least, rest, f"{kept} less than its due are given back, for that part was refunded")


def _correct(
    draft: Draft,
    command: CorrectCharges,
    charge: RepricedCharge,
    found: _Difference,
    bucket_id: str,
    correction_id: str,
) -> Correction:
    before = draft.state.corrections.get(charge.charge_id, _NOT_CORRECTED)
    if found.amount:
        draft.move(bucket_id, ev.MovementReason.CORRECTED, -found.amount, correction_id)
    total = before.minor_micros + found.amount
    draft.events.append(
        ev.ChargeCorrected(
            correction_id=correction_id,
            corrected_charge_id=charge.charge_id,
            run_id=command.run_id,
            account_id=command.account_id,
            subscriber_id=charge.subscriber_id,
            currency_code=charge.currency_code,
            amount=found.amount,
            tax=found.tax,
            debits=(ev.Debit(bucket_id, charge.currency_code, found.amount),) if found.amount else (),
            catalog_version=charge.catalog_version,
            offering_code=charge.offering_code,
            price_code=charge.price_code,
            reason=command.reason,
            actor=command.actor,
            corrected_total=total,
            corrected_total_tax=before.tax_minor_micros + found.tax,
        )
    )
    return Correction(
        charge.charge_id,
        correction_id,
        charge.currency_code,
        charge.original_amount + before.minor_micros,
        charge.original_amount + total,
        f"{charge.catalog_version}/{charge.offering_code}/{charge.price_code}",
    )


def _bearable(bucket: Bucket) -> bool:
    """True where the balance is a number that can be stored and reckoned with."""
    return -(MAX_MINOR_MICROS // 2) <= bucket.balance <= MAX_MINOR_MICROS // 4
