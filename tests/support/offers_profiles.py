"""Journals for tests of profiles: real records, with all that subscribers and accounts go through."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st
from tidemark.charging.v1 import account_api_pb2, journal_pb2

from services.common.kernel.clock import SECOND, Instant
from services.offers.domain.compiled import CompiledPolicies
from services.offers.domain.policies import ContactPolicy, Exploration, OfferPolicies, UsageClass
from tests.support.journal_book import JournalBook, stamp

BEGIN = Instant(1_796_040_000 * SECOND)
"""2026-11-30T12:00:00Z, the beginning of a five-minute bucket."""
DATA = UsageClass("data", (10, 11), "octets")
VOICE = UsageClass("voice", (20,), "seconds")

Event = journal_pb2.Event


def policies(*usage_classes: UsageClass, home_zone: str = "home") -> CompiledPolicies:
    """Policies without offers; DATA and VOICE unless told."""
    classes = usage_classes or (DATA, VOICE)
    return CompiledPolicies(
        version=1,
        policies=OfferPolicies(
            code="test", name="Test", currency_code="EUR", time_zone="UTC", languages=("en",),
            placements=(), channels=(), usage_classes=classes, contact=ContactPolicy(),
            exploration=Exploration(), offers=(),
        ),
        offers=(),
        class_of_rating_group={number: each.code for each in classes for number in each.rating_groups},
        home_zone=home_zone,
    )  # fmt: skip


@dataclass
class InForce:
    """Fulfils PoliciesInForce."""

    policies: CompiledPolicies | None = field(default_factory=policies)

    def current(self) -> CompiledPolicies | None:
        """As the port has it."""
        return self.policies


class ProfileBook(JournalBook):
    """Things happen in it at `BEGIN` unless told."""

    BEGIN = BEGIN


def account_of(subscriber_id: str) -> str:
    """The account that a subscriber of these tests has; it does not show whose it is."""
    return f"account-{sum(map(ord, subscriber_id))}"


def added(subscriber_id: str = "anna", **profile: Any) -> Event:
    """A subscriber with one offering."""
    return Event(
        subscriber_added=journal_pb2.SubscriberAdded(
            subscriber_id=subscriber_id,
            account_id=account_of(subscriber_id),
            time_zone="Europe/Berlin",
            subscriptions=[account_api_pb2.Subscription(offering_code="go")],
            profile=account_api_pb2.SubscriberProfile(**profile),
        )
    )


def used(
    subscriber_id: str = "anna",
    units: int = 1_000,
    *,
    group: int = 10,
    paid: int = 0,
    at: int = BEGIN,
    unit: str = "octets",
    zone: str = "home",
    session: str = "",
    bucket: str = "",
    **more: Any,
) -> Event:
    """Usage that was charged; with a bucket, an allowance paid for it."""
    charged = journal_pb2.UsageCharged(
        charge_id="c",
        charging_data_ref=session,
        subscriber_id=subscriber_id,
        account_id=account_of(subscriber_id),
        rating_group=group,
        unit=unit,
        used_units=units,
        amount_minor_micros=paid,
        currency_code="EUR",
        zone=zone,
        used_until=stamp(at),
        **more,
    )
    if bucket:
        charged.debits.add(bucket_id=bucket, unit=unit, amount=units)
    return Event(usage_charged=charged)


def opened(subscriber_id: str, session: str, zone: str, at: int = BEGIN) -> Event:
    """A session begins in a zone."""
    return Event(
        session_opened=journal_pb2.SessionOpened(
            charging_data_ref=session,
            subscriber_id=subscriber_id,
            account_id=account_of(subscriber_id),
            zone=zone,
            started_at=stamp(at),
        )
    )


def advanced(session: str, zone: str, at: int = BEGIN) -> Event:
    """A session goes on in a zone; whose it is, is not said."""
    return Event(
        session_advanced=journal_pb2.SessionAdvanced(
            charging_data_ref=session, zone=zone, last_report_at=stamp(at)
        )
    )


def closed(session: str) -> Event:
    """A session is over."""
    return Event(session_closed=journal_pb2.SessionClosed(charging_data_ref=session))


def bucket_opened(subscriber_id: str, bucket_id: str, balance: int, **more: Any) -> Event:
    """A bucket of the subscriber's account: octets for all, unless told."""
    fields = {"unit": "octets", "account_id": account_of(subscriber_id)} | more
    return Event(bucket_opened=journal_pb2.BucketOpened(bucket_id=bucket_id, balance=balance, **fields))


def money_opened(subscriber_id: str, balance: int, floor: int = 0) -> Event:
    """The account's money, in minor_micros."""
    return bucket_opened(subscriber_id, "money", balance, unit="EUR", is_money=True, floor=floor)


def bucket_moved(subscriber_id: str, bucket_id: str, balance: int, reserved: int = 0) -> Event:
    """What a bucket holds now."""
    movement = account_api_pb2.BucketMovement(bucket_id=bucket_id, balance=balance, reserved=reserved)
    return Event(
        bucket_moved=journal_pb2.BucketMoved(account_id=account_of(subscriber_id), movement=movement)
    )


def bucket_closed(subscriber_id: str, bucket_id: str) -> Event:
    """A bucket is over."""
    return Event(
        bucket_closed=journal_pb2.BucketClosed(account_id=account_of(subscriber_id), bucket_id=bucket_id)
    )


def refused(subscriber_id: str = "anna", result: str = "QUOTA_LIMIT_REACHED") -> Event:
    """Usage was refused."""
    return Event(
        usage_refused=journal_pb2.UsageRefused(
            subscriber_id=subscriber_id, account_id=account_of(subscriber_id), result=result
        )
    )


def refunded(subscriber_id: str, minor_micros: int) -> Event:
    """Money of a charge was given back."""
    return Event(
        charge_refunded=journal_pb2.ChargeRefunded(
            subscriber_id=subscriber_id,
            account_id=account_of(subscriber_id),
            amount_minor_micros=minor_micros,
        )
    )


def corrected(subscriber_id: str, minor_micros: int) -> Event:
    """A charge was corrected by a signed difference."""
    return Event(
        charge_corrected=journal_pb2.ChargeCorrected(
            subscriber_id=subscriber_id,
            account_id=account_of(subscriber_id),
            amount_minor_micros=minor_micros,
        )
    )


def described(subscriber_id: str, *, barred: bool = False, **profile: Any) -> Event:
    """Profile and bar of a subscriber, as they are now."""
    return Event(
        subscriber_changed=journal_pb2.SubscriberChanged(
            subscriber_id=subscriber_id,
            account_id=account_of(subscriber_id),
            profile=account_api_pb2.SubscriberProfile(**profile),
            barred=barred,
        )
    )


def subscribed(subscriber_id: str, offering_code: str, change: str = "STARTED", **more: Any) -> Event:
    """A subscription as it is now; `change` as SubscriptionChange names it."""
    return Event(
        subscription_changed=journal_pb2.SubscriptionChanged(
            subscriber_id=subscriber_id,
            account_id=account_of(subscriber_id),
            subscription=account_api_pb2.Subscription(offering_code=offering_code, **more),
            change=journal_pb2.SubscriptionChange.Value(f"SUBSCRIPTION_CHANGE_{change}"),
        )
    )


_WHO = st.sampled_from(["anna", "bert", "cleo"])
_SESSIONS = st.integers(0, 5)
_ZONES = st.sampled_from(["home", "eu", "world", ""])
_AMOUNTS = st.integers(0, 10**12)
_EARLIER = st.integers(0, 40 * 86_400)


@st.composite
def event_at(draw: st.DrawFn, now: int) -> Event:
    """Anything that may happen at an instant; usage may be late, or of an element whose clock is ahead."""
    who, session = draw(_WHO), f"session-{draw(_SESSIONS)}"
    at = now - draw(st.sampled_from([0, 1, 200, 4_000, 90_000])) * SECOND + draw(st.integers(-5, 5))
    choices = (
        used(
            who,
            draw(_AMOUNTS),
            group=draw(st.integers(1, 30)),
            paid=draw(_AMOUNTS),
            at=at,
            unit=draw(st.sampled_from(["octets", "seconds"])),
            zone=draw(_ZONES),
            session=session,
            bucket=draw(st.sampled_from(["", "b"])),
        ),
        opened(who, session, draw(_ZONES), at),
        advanced(session, draw(_ZONES), at),
        closed(session),
        refused(who),
        refunded(who, draw(_AMOUNTS)),
        corrected(who, draw(st.integers(-(10**9), 10**9))),
        added(who, segment=draw(st.sampled_from(["", "gold"]))),
        described(who, barred=draw(st.booleans()), customer_value=draw(st.integers(0, 1_000))),
        subscribed(who, f"offering-{draw(st.integers(0, 3))}", draw(st.sampled_from(["STARTED", "ENDED"]))),
        bucket_opened(who, f"b-{draw(st.integers(0, 2))}", draw(_AMOUNTS)),
        bucket_moved(who, f"b-{draw(st.integers(0, 2))}", draw(_AMOUNTS), draw(_AMOUNTS)),
        bucket_closed(who, f"b-{draw(st.integers(0, 2))}"),
    )
    return choices[draw(st.sampled_from([0, 0, 0, 0, *range(len(choices))]))]


@st.composite
def books(draw: st.DrawFn, most_records: int = 25) -> ProfileBook:
    """A journal with some records of everything."""
    book, now = ProfileBook(), int(BEGIN)
    for _ in range(draw(st.integers(1, most_records))):
        entries = []
        for _ in range(draw(st.integers(1, 3))):
            now += draw(_EARLIER) * SECOND // draw(st.sampled_from([1, 100, 10_000]))
            entries.append((now, draw(st.lists(event_at(now), min_size=1, max_size=4))))
        book.entries(*entries)
    return book
