"""Accounts: provision, top up, adjust, transfer (after TM Forum TMF654)."""

from __future__ import annotations

from collections.abc import Iterator

from services.charging.domain import events as ev
from services.charging.domain import reasons
from services.charging.domain.answers import AccountAnswer
from services.charging.domain.apply import apply_entry
from services.charging.domain.commands import (
    Adjust,
    NewSubscriber,
    ProvisionAccount,
    TopUp,
    Transfer,
)
from services.charging.domain.decisions.decision import Decided, Moment
from services.charging.domain.draft import Draft
from services.charging.domain.rating.quote import expand
from services.charging.domain.rating.tariff import Allowance, Tariff, TariffError
from services.charging.domain.reauthorise import reauthorise
from services.charging.domain.state import Account, Bucket, PartitionState, Subscription
from services.charging.domain.summary import account_view, drafted_view
from services.charging.domain.tariffs import Tariffs
from services.common.kernel.clock import DAY, EPOCH, Instant
from services.common.kernel.money import MAX_MINOR_MICROS
from services.common.kernel.outcome import Refused

MONEY_PRIORITY = 1_000
"""Money burns after allowances of any priority a catalog would give."""

_CATALOG_REASONS = {
    "OFFERING_UNKNOWN": reasons.OFFERING_UNKNOWN,
    "CHOICE_INVALID": reasons.CHOICE_INVALID,
}


def money_bucket_id(account_id: str) -> str:
    """The bucket that holds an account's money."""
    return f"{account_id}/money"


def provision_account(
    state: PartitionState, tariffs: Tariffs, command: ProvisionAccount, moment: Moment
) -> Decided | Refused:
    """Opens an account, its subscribers with their offerings, and a bucket for each allowance."""
    if command.account_id in state.accounts:
        return Refused(reasons.ACCOUNT_EXISTS, f"account {command.account_id} exists", "account_id")
    tariff = tariffs.effective(command.effective_from)
    if tariff is None:
        return Refused(
            reasons.CATALOG_NOT_PUBLISHED, "no catalog version is in effect at that time", "effective_from"
        )
    if tariff.currency_code != command.currency_code:
        return Refused(
            reasons.CURRENCY_MISMATCH, f"the catalog sells in {tariff.currency_code}", "currency_code"
        )
    events: list[ev.Event] = [
        ev.AccountOpened(
            command.account_id, command.currency_code, command.credit_limit, tariff.low_balance_minor_micros
        ),
        ev.BucketOpened(_money_bucket(command)),
    ]
    shared: set[str] = set()
    for index, new in enumerate(command.subscribers):
        try:
            events.extend(_subscriber_events(command, tariff, new, shared))
        except TariffError as error:
            field = f"subscribers[{index}].subscriptions"
            return Refused(_CATALOG_REASONS[error.reason], error.message, field)
    return Decided(ev.Operation.PROVISION, _provisioned(events, command), tuple(events))


def _provisioned(events: list[ev.Event], command: ProvisionAccount) -> AccountAnswer:
    """The answer is read off a state of its own, made by the same events."""
    fresh = PartitionState()
    apply_entry(fresh, ev.Entry(EPOCH, ev.Operation.PROVISION, tuple(events)))
    return AccountAnswer((account_view(fresh, command.account_id),))


def _subscriber_events(
    command: ProvisionAccount, tariff: Tariff, new: NewSubscriber, shared: set[str]
) -> Iterator[ev.Event]:
    codes = expand(
        tariff,
        [item.offering_code for item in new.subscriptions],
        [code for item in new.subscriptions for code in item.chosen],
    )
    yield ev.SubscriberAdded(
        new.subscriber_id,
        command.account_id,
        new.time_zone or tariff.time_zone,
        tuple(Subscription(code, tariff.version, command.effective_from) for code in codes),
    )
    for code in codes:
        for allowance in tariff.offerings[code].allowances:
            bucket = _allowance_bucket(command, code, allowance, new.subscriber_id)
            if bucket.bucket_id not in shared:
                yield ev.BucketOpened(bucket)
            if allowance.shared:
                shared.add(bucket.bucket_id)


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
        zones=frozenset(),
        subscriber_ids=frozenset(),
        thresholds_percent=(),
        offering_code="",
    )


def _allowance_bucket(
    command: ProvisionAccount, offering_code: str, allowance: Allowance, subscriber_id: str
) -> Bucket:
    owner = command.account_id if allowance.shared else subscriber_id
    ends = (
        Instant(command.effective_from + allowance.validity_days * DAY) if allowance.validity_days else None
    )
    return Bucket(
        bucket_id=f"{owner}/{offering_code}/{allowance.code}",
        account_id=command.account_id,
        name=allowance.name or allowance.code,
        unit=allowance.unit,
        is_money=False,
        balance=allowance.amount,
        reserved=0,
        floor=0,
        initial=allowance.amount,
        priority=allowance.priority,
        valid_from=command.effective_from,
        valid_until=ends,
        rating_groups=allowance.rating_groups,
        zones=allowance.zones,
        subscriber_ids=frozenset() if allowance.shared else frozenset({subscriber_id}),
        thresholds_percent=allowance.thresholds_percent,
        offering_code=offering_code,
    )


def top_up(state: PartitionState, tariffs: Tariffs, command: TopUp, moment: Moment) -> Decided | Refused:
    """Adds money and calls back the sessions that had run dry."""
    account = _account_in(
        state, command.account_id, command.currency_code, "account_id", "amount.currency_code"
    )
    if isinstance(account, Refused):
        return account
    bucket = state.buckets[money_bucket_id(account.account_id)]
    if bucket.balance + command.amount > MAX_MINOR_MICROS // 4:
        return Refused(reasons.AMOUNT_OUT_OF_RANGE, "the balance would be beyond what it can hold", "amount")
    draft = Draft(state)
    draft.move(bucket.bucket_id, ev.MovementReason.TOPPED_UP, command.amount)
    draft.events.append(ev.BalanceCorrected(account.account_id, "top-up", "", command.reference))
    told = reauthorise(draft, account.account_id)
    answer = AccountAnswer((drafted_view(draft, account.account_id),), told)
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
    draft = Draft(state)
    draft.move(bucket.bucket_id, ev.MovementReason.ADJUSTED, command.amount)
    draft.events.append(ev.BalanceCorrected(account.account_id, command.reason, command.actor, ""))
    told = reauthorise(draft, account.account_id) if command.amount > 0 else 0
    answer = AccountAnswer((drafted_view(draft, account.account_id),), told)
    return Decided(ev.Operation.ADJUST, answer, tuple(draft.events))


def transfer(state: PartitionState, tariffs: Tariffs, command: Transfer, moment: Moment) -> Decided | Refused:
    """Moves money between two accounts in one step. Credit cannot be given away."""
    giver = _account_in(
        state, command.from_account_id, command.currency_code, "from_account_id", "amount.currency_code"
    )
    if isinstance(giver, Refused):
        return giver
    taker = _account_in(
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
    draft = Draft(state)
    draft.move(source.bucket_id, ev.MovementReason.TRANSFERRED, -command.amount)
    draft.move(target.bucket_id, ev.MovementReason.TRANSFERRED, command.amount)
    for account_id in (giver.account_id, taker.account_id):
        draft.events.append(ev.BalanceCorrected(account_id, command.reason, "", ""))
    told = reauthorise(draft, taker.account_id)
    views = (drafted_view(draft, giver.account_id), drafted_view(draft, taker.account_id))
    return Decided(ev.Operation.TRANSFER, AccountAnswer(views, told), tuple(draft.events))


def _account_in(
    state: PartitionState, account_id: str, currency_code: str, account_field: str, currency_field: str
) -> Account | Refused:
    account = state.accounts.get(account_id)
    if account is None:
        return Refused(reasons.ACCOUNT_UNKNOWN, f"there is no account {account_id}", account_field)
    if account.currency_code != currency_code:
        return Refused(
            reasons.CURRENCY_MISMATCH, f"the account is held in {account.currency_code}", currency_field
        )
    return account
