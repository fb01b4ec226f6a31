"""How far below zero an account's money may go."""

from __future__ import annotations

from services.charging.domain import events as ev
from services.charging.domain import reasons
from services.charging.domain.decisions.account import account_in
from services.charging.domain.decisions.decision import Decided, Moment
from services.charging.domain.state import PartitionState
from services.charging.domain.subscriptions.account_draft import AccountDraft, money_bucket_id
from services.charging.domain.subscriptions.commands import SetCreditLimit
from services.charging.domain.subscriptions.life import resume_suspended
from services.charging.domain.tariffs import Tariffs
from services.common.kernel.outcome import Refused


def set_credit_limit(
    state: PartitionState, tariffs: Tariffs, command: SetCreditLimit, moment: Moment
) -> Decided | Refused:
    """Sets the limit, never below what is used or reserved of it already; more of it is as good as money."""
    account = account_in(
        state, command.account_id, command.currency_code, "account_id", "credit_limit.currency_code"
    )
    if isinstance(account, Refused):
        return account
    money = state.buckets[money_bucket_id(account.account_id)]
    used = max(0, money.reserved - money.balance)
    if used > command.credit_limit:
        return Refused(
            reasons.BALANCE_INSUFFICIENT,
            "more than that is used or reserved already",
            "credit_limit",
            {"used": str(used)},
        )
    draft = AccountDraft(state, (account.account_id,), moment.entry_id)
    draft.record(
        ev.CreditLimitChanged(
            account.account_id, money.bucket_id, command.credit_limit, command.reason, command.actor
        )
    )
    told = 0
    if command.credit_limit > account.credit_limit:
        resume_suspended(draft, tariffs, account.account_id, moment.now)
        told = draft.reauthorise(account.account_id)
    answer = draft.answer(account.account_id, told=told)
    return Decided(ev.Operation.SET_CREDIT_LIMIT, answer, tuple(draft.events))
