"""Opening an account with its subscribers and what they have."""

from __future__ import annotations

from collections.abc import Mapping

from services.charging.domain import events as ev
from services.charging.domain import reasons
from services.charging.domain.commands import NewSubscriber, ProvisionAccount
from services.charging.domain.decisions.decision import Decided, Moment
from services.charging.domain.rating.quote import expand
from services.charging.domain.rating.tariff import Tariff, TariffError
from services.charging.domain.state import Bucket, PartitionState
from services.charging.domain.subscriptions.account_draft import AccountDraft, money_bucket_id
from services.charging.domain.subscriptions.life import begin
from services.charging.domain.subscriptions.periods import started
from services.charging.domain.tariffs import Tariffs
from services.common.kernel.clock import EPOCH
from services.common.kernel.outcome import Reason, Refused

MONEY_PRIORITY = 1_000
"""Money burns after allowances of any priority a catalog would give."""

CATALOG_REASONS: Mapping[str, Reason] = {
    "OFFERING_UNKNOWN": reasons.OFFERING_UNKNOWN,
    "CHOICE_INVALID": reasons.CHOICE_INVALID,
}
"""Why what was asked for cannot be had, as rating names it and as a caller hears it."""


def provision_account(
    state: PartitionState, tariffs: Tariffs, command: ProvisionAccount, moment: Moment
) -> Decided | Refused:
    """Opens an account with its subscribers, charges their first fees and fills their allowances.

    A fee that suspends and that the opening balance does not cover suspends
    its offering until there is money; any other overdraws the account.
    """
    if command.account_id in state.accounts:
        return Refused(reasons.ACCOUNT_EXISTS, f"account {command.account_id} exists", "account_id")
    sold_in = tariffs.sells_in(command.effective_from)
    if not sold_in:
        return Refused(
            reasons.CATALOG_NOT_PUBLISHED, "no catalog version is in effect at that time", "effective_from"
        )
    tariff = tariffs.effective(command.effective_from, command.currency_code)
    if tariff is None or command.currency_code not in sold_in:
        return Refused(
            reasons.CURRENCY_MISMATCH, f"the catalog sells in {', '.join(sold_in)}", "currency_code"
        )
    draft = AccountDraft(PartitionState(), (), moment.entry_id)
    draft.record(
        ev.AccountOpened(
            command.account_id, command.currency_code, command.credit_limit, tariff.low_balance_minor_micros
        ),
        ev.BucketOpened(_money_bucket(command)),
    )
    for index, new in enumerate(command.subscribers):
        try:
            codes = _offerings(tariff, new)
        except TariffError as error:
            field = f"subscribers[{index}].subscriptions"
            return Refused(CATALOG_REASONS[error.reason], error.message, field)
        _add_subscriber(draft, command, tariff, new, codes)
    return Decided(ev.Operation.PROVISION, draft.answer(command.account_id), tuple(draft.events))


def _offerings(tariff: Tariff, new: NewSubscriber) -> tuple[str, ...]:
    return expand(
        tariff,
        [item.offering_code for item in new.subscriptions],
        [code for item in new.subscriptions for code in item.chosen],
    )


def _add_subscriber(
    draft: AccountDraft,
    command: ProvisionAccount,
    tariff: Tariff,
    new: NewSubscriber,
    codes: tuple[str, ...],
) -> None:
    time_zone = new.time_zone or tariff.time_zone
    subscriptions = tuple(
        started(tariff, tariff.offerings[code], command.effective_from, time_zone) for code in codes
    )
    draft.record(
        ev.SubscriberAdded(new.subscriber_id, command.account_id, time_zone, subscriptions, new.profile)
    )
    subscriber = draft.subscriber(new.subscriber_id)
    for subscription in subscriptions:
        begin(draft, subscriber, subscription, tariff.offerings[subscription.offering_code])


def _money_bucket(command: ProvisionAccount) -> Bucket:
    return Bucket(
        bucket_id=money_bucket_id(command.account_id),
        account_id=command.account_id,
        name="money",
        unit=command.currency_code,
        is_money=True,
        balance=command.opening_balance,
        reserved=0,
        floor=-command.credit_limit,
        initial=command.opening_balance,
        priority=MONEY_PRIORITY,
        valid_from=EPOCH,
        valid_until=None,
        rating_groups=frozenset(),
        subscriber_ids=frozenset(),
        thresholds_percent=(),
        offering_code="",
    )
