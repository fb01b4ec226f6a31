"""The one way in: a command goes to the module that decides it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from services.charging.domain import commands
from services.charging.domain.corrections.commands import CorrectCharges
from services.charging.domain.decisions import (
    account,
    correct,
    credit_limit,
    gift,
    one_time_event,
    profile,
    provision,
    refund,
    renewal,
    session,
    settle_outcome,
    spend_cap,
    subscription,
)
from services.charging.domain.decisions.decision import Decided, Moment
from services.charging.domain.outcome_commands import SettleOutcome
from services.charging.domain.sessions.spending import SetSpendCap
from services.charging.domain.state import PartitionState
from services.charging.domain.subscriptions.commands import (
    BarSubscriber,
    CancelSubscription,
    CloseBuckets,
    GiftUnits,
    RenewSubscription,
    SetCreditLimit,
    SetProfile,
    Subscribe,
)
from services.charging.domain.tariffs import Tariffs
from services.common.kernel.outcome import Refused


def decide(
    state: PartitionState, tariffs: Tariffs, command: commands.Command, moment: Moment
) -> Decided | Refused:
    """Decides a command over a state, changing nothing. A refusal leaves no trace at all."""
    return _DECIDE[type(command)](state, tariffs, command, moment)


_DECIDE: dict[type, Callable[[PartitionState, Tariffs, Any, Moment], Decided | Refused]] = {
    commands.CreateSession: session.create_session,
    commands.UpdateSession: session.update_session,
    commands.ExpireSession: session.expire_session,
    commands.OneTimeEvent: one_time_event.one_time_event,
    commands.Refund: refund.refund,
    CorrectCharges: correct.correct_charges,
    SettleOutcome: settle_outcome.settle_outcome,
    SetSpendCap: spend_cap.set_spend_cap,
    commands.ProvisionAccount: provision.provision_account,
    commands.TopUp: account.top_up,
    commands.Adjust: account.adjust,
    commands.Transfer: account.transfer,
    Subscribe: subscription.subscribe,
    CancelSubscription: subscription.cancel_subscription,
    RenewSubscription: renewal.renew_subscription,
    CloseBuckets: renewal.close_buckets,
    GiftUnits: gift.gift_units,
    SetCreditLimit: credit_limit.set_credit_limit,
    SetProfile: profile.set_profile,
    BarSubscriber: profile.bar_subscriber,
}
