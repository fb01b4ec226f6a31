"""Money of accounts: top up, adjust, transfer (after TM Forum TMF654)."""

from __future__ import annotations

from services.charging.domain import events as ev
from services.charging.domain import reasons
from services.charging.domain.commands import Adjust, TopUp, Transfer
from services.charging.domain.decisions.decision import Decided, Moment
from services.charging.domain.state import Account, PartitionState
from services.charging.domain.subscriptions.account_draft import AccountDraft, money_bucket_id
from services.charging.domain.subscriptions.life import resume_suspended
from services.charging.domain.tariffs import Tariffs
from services.common.kernel.money import MAX_MINOR_MICROS
from services.common.kernel.outcome import Refused

__all__ = ["account_in", "adjust", "money_bucket_id", "top_up", "transfer"]


def top_up(state: PartitionState, tariffs: Tariffs, command: TopUp, moment: Moment) -> Decided | Refused:
    """Adds money, resumes what was suspended for want of it, and calls back the sessions that had run dry."""
    account = account_in(
        state, command.account_id, command.currency_code, "account_id", "amount.currency_code"
    )
    if isinstance(account, Refused):
        return account
    bucket = state.buckets[money_bucket_id(account.account_id)]
    if bucket.balance + command.amount > MAX_MINOR_MICROS // 4:
        return Refused(reasons.AMOUNT_OUT_OF_RANGE, "the balance would be beyond what it can hold", "amount")
    draft = AccountDraft(state, (account.account_id,), moment.entry_id)
    draft.move(bucket.bucket_id, ev.MovementReason.TOPPED_UP, command.amount)
    draft.record(ev.BalanceCorrected(account.account_id, "top-up", "", command.reference))
    resume_suspended(draft, tariffs, account.account_id, moment.now)
    told = draft.reauthorise(account.account_id)
    answer = draft.answer(account.account_id, told=told)
    return Decided(ev.Operation.TOP_UP, answer, tuple(draft.events))


def adjust(state: PartitionState, tariffs: Tariffs, command: Adjust, moment: Moment) -> Decided | Refused:
    """Corrects one bucket, never below what is reserved, nor past its floor."""
    account = state.accounts.get(command.account_id)
    if account is None:
        return Refused(reasons.ACCOUNT_UNKNOWN, f"there is no account {command.account_id}", "account_id")
    if command.bucket_id not in account.bucket_ids:
        return Refused(reasons.BUCKET_UNKNOWN, f"the account has no bucket {command.bucket_id}", "bucket_id")
    bucket = state.buckets[command.bucket_id]
    if bucket.unit != command.unit:
        reason = reasons.CURRENCY_MISMATCH if command.is_money and bucket.is_money else reasons.UNIT_MISMATCH
        return Refused(reason, f"the bucket holds {bucket.unit}", "amount")
    if command.amount < 0 and bucket.available + command.amount < 0:
        return Refused(
            reasons.BALANCE_INSUFFICIENT,
            "it would take what is not there or is reserved",
            "amount",
            {"available": str(bucket.available)},
        )
    if bucket.balance + command.amount > MAX_MINOR_MICROS // 4:
        return Refused(reasons.AMOUNT_OUT_OF_RANGE, "the balance would be beyond what it can hold", "amount")
    draft = AccountDraft(state, (account.account_id,), moment.entry_id)
    draft.move(bucket.bucket_id, ev.MovementReason.ADJUSTED, command.amount)
    draft.record(ev.BalanceCorrected(account.account_id, command.reason, command.actor, ""))
    told = 0
    if command.amount > 0:
        resume_suspended(draft, tariffs, account.account_id, moment.now)
        told = draft.reauthorise(account.account_id)
    return Decided(ev.Operation.ADJUST, draft.answer(account.account_id, told=told), tuple(draft.events))


def transfer(state: PartitionState, tariffs: Tariffs, command: Transfer, moment: Moment) -> Decided | Refused:
    """Moves money between two accounts in one step. Credit cannot be given away."""
    giver = account_in(
        state, command.from_account_id, command.currency_code, "from_account_id", "amount.currency_code"
    )
    if isinstance(giver, Refused):
        return giver
    taker = account_in(
        state, command.to_account_id, command.currency_code, "to_account_id", "amount.currency_code"
    )
    if isinstance(taker, Refused):
        return taker
    if giver.account_id == taker.account_id:
        return Refused(reasons.FIELD_INVALID, "both accounts are the same", "to_account_id")
    source = state.buckets[money_bucket_id(giver.account_id)]
    target = state.buckets[money_bucket_id(taker.account_id)]
    if source.balance - source.reserved < command.amount:
        return Refused(
            reasons.BALANCE_INSUFFICIENT,
            "the account has not so much money of its own that is not reserved",
            "amount",
            {"available": str(max(0, source.balance - source.reserved))},
        )
    if target.balance + command.amount > MAX_MINOR_MICROS // 4:
        return Refused(reasons.AMOUNT_OUT_OF_RANGE, "the balance would be beyond what it can hold", "amount")
    both = (giver.account_id, taker.account_id)
    draft = AccountDraft(state, both, moment.entry_id)
    draft.move(source.bucket_id, ev.MovementReason.TRANSFERRED, -command.amount)
    draft.move(target.bucket_id, ev.MovementReason.TRANSFERRED, command.amount)
    for account_id in both:
        draft.record(ev.BalanceCorrected(account_id, command.reason, "", ""))
    resume_suspended(draft, tariffs, taker.account_id, moment.now)
    told = draft.reauthorise(taker.account_id)
    return Decided(ev.Operation.TRANSFER, draft.answer(*both, told=told), tuple(draft.events))


def account_in(
    state: PartitionState, account_id: str, currency_code: str, account_field: str, currency_field: str
) -> Account | Refused:
    """An account by its number, if it is held in that currency."""
    account = state.accounts.get(account_id)
    if account is None:
        return Refused(reasons.ACCOUNT_UNKNOWN, f"there is no account {account_id}", account_field)
    if account.currency_code != currency_code:
        return Refused(
            reasons.CURRENCY_MISMATCH, f"the account is held in {account.currency_code}", currency_field
        )
    return account
