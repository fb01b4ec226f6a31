"""Journals for tests of notification's mirror: real records of what accounts go through."""

from __future__ import annotations

from typing import Any

from tidemark.charging.v1 import account_api_pb2, journal_pb2

from services.common.kernel.clock import SECOND, Instant
from services.common.kernel.money import Money, currency
from tests.support.journal_book import JournalBook, stamp

BEGIN = Instant(1_795_608_000 * SECOND)
"""2026-11-25T12:00:00Z."""
EURO = 100_000_000
EUR = currency("EUR")

Event = journal_pb2.Event


def euro(minor_micros: int) -> Money:
    """Money of these tests."""
    return Money(minor_micros, EUR)


class MirrorBook(JournalBook):
    """Things happen in it at `BEGIN` unless told."""

    BEGIN = BEGIN


def account(account_id: str = "home", low_balance: int | None = 5 * EURO) -> Event:
    """An account in euro."""
    return Event(
        account_opened=journal_pb2.AccountOpened(
            account_id=account_id,
            currency_code="EUR",
            low_balance_minor_micros=low_balance or 0,
            has_low_balance_threshold=low_balance is not None,
        )
    )


def joined(
    subscriber_id: str = "anna", account_id: str = "home", time_zone: str = "Europe/Berlin", **profile: Any
) -> Event:
    """A subscriber with one offering."""
    return Event(
        subscriber_added=journal_pb2.SubscriberAdded(
            subscriber_id=subscriber_id,
            account_id=account_id,
            time_zone=time_zone,
            subscriptions=[account_api_pb2.Subscription(offering_code="go")],
            profile=account_api_pb2.SubscriberProfile(**profile),
        )
    )


def described(
    subscriber_id: str = "anna", account_id: str = "home", barred: bool = True, actor: str = ""
) -> Event:
    """A subscriber is barred."""
    return Event(
        subscriber_changed=journal_pb2.SubscriberChanged(
            subscriber_id=subscriber_id,
            account_id=account_id,
            profile=account_api_pb2.SubscriberProfile(segment="gold"),
            barred=barred,
            actor=actor,
        )
    )


def subscribed(
    offering_code: str, change: str = "STARTED", subscriber_id: str = "anna", until: int = 0, ends: int = 0
) -> Event:
    """A subscription as it is now, until its next period or its end."""
    subscription = account_api_pb2.Subscription(offering_code=offering_code)
    if until:
        subscription.period_end.CopyFrom(stamp(until))
    if ends:
        subscription.ends_at.CopyFrom(stamp(ends))
    return Event(
        subscription_changed=journal_pb2.SubscriptionChanged(
            subscriber_id=subscriber_id,
            account_id="home",
            subscription=subscription,
            change=journal_pb2.SubscriptionChange.Value(f"SUBSCRIPTION_CHANGE_{change}"),
        )
    )


def bucket(
    bucket_id: str, balance: int, account_id: str = "home", ends: int = 0, unit: str = "octets", **more: Any
) -> Event:
    """A bucket opens."""
    opened = journal_pb2.BucketOpened(
        account_id=account_id,
        bucket_id=bucket_id,
        name=f"{bucket_id} pass",
        unit=unit,
        balance=balance,
        **more,
    )
    if ends:
        opened.valid_until.CopyFrom(stamp(ends))
    return Event(bucket_opened=opened)


def money(balance: int, account_id: str = "home") -> Event:
    """The account's money."""
    return bucket(f"{account_id}/money", balance, account_id, unit="EUR", is_money=True)


def moved(
    bucket_id: str, balance: int, account_id: str = "home", reason: str = "DEBITED", delta: int = 0
) -> Event:
    """What a bucket holds now."""
    movement = account_api_pb2.BucketMovement(
        bucket_id=bucket_id,
        balance=balance,
        delta=delta,
        reason=account_api_pb2.MovementReason.Value(f"MOVEMENT_REASON_{reason}"),
    )
    return Event(bucket_moved=journal_pb2.BucketMoved(account_id=account_id, movement=movement))


def started(bucket_id: str, ends: int, account_id: str = "home") -> Event:
    """First use."""
    return Event(
        bucket_started=journal_pb2.BucketStarted(
            account_id=account_id, bucket_id=bucket_id, valid_until=stamp(ends)
        )
    )


def closed(bucket_id: str, account_id: str = "home") -> Event:
    """A bucket is over."""
    return Event(bucket_closed=journal_pb2.BucketClosed(account_id=account_id, bucket_id=bucket_id))


def crossed(bucket_id: str, percent: int, balance: int, account_id: str = "home") -> Event:
    """A threshold of a bucket was passed."""
    return Event(
        threshold_crossed=journal_pb2.ThresholdCrossed(
            account_id=account_id, bucket_id=bucket_id, used_percent=percent, balance=balance
        )
    )


def used(
    units: int = 1_000,
    paid: int = 0,
    subscriber_id: str = "anna",
    account_id: str = "home",
    at: int = BEGIN,
    charge_id: str = "c",
    **more: Any,
) -> Event:
    """Usage that was charged."""
    fields: dict[str, Any] = {"unit": "octets", "rating_group": 10, "zone": "home", **more}
    return Event(
        usage_charged=journal_pb2.UsageCharged(
            charge_id=charge_id,
            subscriber_id=subscriber_id,
            account_id=account_id,
            offering_code="go",
            used_units=units,
            amount_minor_micros=paid,
            currency_code="EUR",
            used_until=stamp(at),
            **fields,
        )
    )


def fee(paid: int, subscriber_id: str = "anna", account_id: str = "home") -> Event:
    """A fee."""
    return Event(
        fee_charged=journal_pb2.FeeCharged(
            charge_id="f",
            subscriber_id=subscriber_id,
            account_id=account_id,
            offering_code="go",
            currency_code="EUR",
            amount_minor_micros=paid,
        )
    )


def refunded(paid: int, subscriber_id: str = "anna", account_id: str = "home") -> Event:
    """Money was given back."""
    return Event(
        charge_refunded=journal_pb2.ChargeRefunded(
            charge_id="r",
            subscriber_id=subscriber_id,
            account_id=account_id,
            currency_code="EUR",
            amount_minor_micros=paid,
        )
    )


def corrected(paid: int, subscriber_id: str = "anna", account_id: str = "home") -> Event:
    """A charge was corrected by a signed difference."""
    return Event(
        charge_corrected=journal_pb2.ChargeCorrected(
            correction_id="k",
            subscriber_id=subscriber_id,
            account_id=account_id,
            currency_code="EUR",
            amount_minor_micros=paid,
        )
    )


def counted(counter: str, value: int, owner_id: str = "anna", period: str = "2026-11") -> Event:
    """A counter of the catalog."""
    return Event(
        counter_advanced=journal_pb2.CounterAdvanced(
            subscriber_id=owner_id, counter=f"counter/{counter}", value=value, period=period
        )
    )


def capped(counter: str, cap: int | None, lifted: bool = False) -> Event:
    """Anna's own cap."""
    return Event(
        spend_cap_changed=journal_pb2.SpendCapChanged(
            account_id="home", subscriber_id="anna", counter_code=counter, cap=cap, lifted=lifted
        )
    )


def marked(counter: str, mark: int, value: int, subscriber_id: str = "anna", cap: bool = False) -> Event:
    """A counter passed a mark in November."""
    return Event(
        counter_threshold_crossed=journal_pb2.CounterThresholdCrossed(
            account_id="home",
            subscriber_id=subscriber_id,
            counter_code=counter,
            period="2026-11",
            mark=mark,
            value=value,
            cap=cap,
        )
    )


def refused(session: str = "s-1", group: int = 10, result: str = "QUOTA_LIMIT_REACHED") -> Event:
    """Usage was refused."""
    return Event(
        usage_refused=journal_pb2.UsageRefused(
            charging_data_ref=session,
            account_id="home",
            subscriber_id="anna",
            rating_group=group,
            result=result,
        )
    )


def session_opened(zone: str, subscriber_id: str = "anna") -> Event:
    """A session begins in a zone."""
    return Event(
        session_opened=journal_pb2.SessionOpened(
            charging_data_ref="s-1", subscriber_id=subscriber_id, account_id="home", zone=zone
        )
    )
