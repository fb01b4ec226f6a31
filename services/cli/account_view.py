"""An account for people: who uses it, what they have and since when, and what is left."""

from __future__ import annotations

from collections.abc import Iterator

from tidemark.charging.v1 import account_api_pb2 as api

from services.cli.amounts import show_money
from services.cli.output import Output
from services.cli.rendering import bucket_left, bucket_reserved, show_time, without_empty_columns
from services.common.kernel.amount_words import show_units

BUCKET_COLUMNS = ("bucket", "name", ">left", ">reserved", "valid until", "for")
_SUBSCRIBER_COLUMNS = ("subscriber", "offerings", "time zone", "profile", "barred")
_SUBSCRIPTION_COLUMNS = ("offering", "of", "state", ">period", "from", "until", "on trial until", "ends")


def show_account(output: Output, account: api.Account) -> None:
    """Subscribers, the periods of their subscriptions where there are any, and buckets."""
    facts = [f"{account.open_sessions} open session(s)"]
    if account.credit_limit.minor_micros:
        facts.append(f"credit limit {show_money(account.credit_limit)}")
    if account.sequence:
        facts.append(f"as of journal record {account.sequence}")
    output.line(f"account {account.account_id}: {', '.join(facts)}")
    subscribers = list(_subscriber_rows(account))
    output.table("", *without_empty_columns(_SUBSCRIBER_COLUMNS, subscribers))
    subscriptions = list(_subscription_rows(account))
    if subscriptions:
        output.table("", *without_empty_columns(_SUBSCRIPTION_COLUMNS, subscriptions))
    output.table("", BUCKET_COLUMNS, _bucket_rows(account))


def _subscriber_rows(account: api.Account) -> Iterator[tuple[str, ...]]:
    """Each subscriber with its offerings and the catalog versions they follow."""
    for subscriber in account.subscribers:
        offerings = ", ".join(f"{s.offering_code} (v{s.catalog_version})" for s in subscriber.subscriptions)
        barred = "barred" if subscriber.barred else ""
        yield (
            subscriber.subscriber_id,
            offerings,
            subscriber.time_zone,
            _profile(subscriber.profile),
            barred,
        )


def _profile(profile: api.SubscriberProfile) -> str:
    parts = [profile.segment, profile.device_class]
    if profile.customer_value:
        parts.append(f"value {profile.customer_value}")
    return ", ".join(filter(None, parts))


def _subscription_rows(account: api.Account) -> Iterator[tuple[str, ...]]:
    """What has a period, a trial or an end, or is suspended; the rest is told by its name."""
    for subscriber in account.subscribers:
        for item in subscriber.subscriptions:
            suspended = item.state == api.SUBSCRIPTION_STATE_SUSPENDED
            in_periods = item.HasField("period_end")
            if not (suspended or in_periods or item.HasField("trial_end") or item.HasField("ends_at")):
                continue
            yield (
                item.offering_code,
                subscriber.subscriber_id,
                "suspended, a fee is not covered" if suspended else "active",
                str(item.period_number + 1) if in_periods else "",
                show_time(item.period_start),
                show_time(item.period_end),
                show_time(item.trial_end),
                show_time(item.ends_at),
            )


def _bucket_rows(account: api.Account) -> Iterator[tuple[str, str, str, str, str, str]]:
    """Each bucket in the order in which it was opened."""
    for bucket in account.buckets:
        yield (
            bucket.bucket_id,
            bucket.name,
            bucket_left(bucket),
            bucket_reserved(bucket),
            _validity(bucket),
            _restrictions(bucket),
        )


def _validity(bucket: api.Bucket) -> str:
    until = show_time(bucket.valid_until) if bucket.HasField("valid_until") else "no end"
    if bucket.days_from_first_use:
        days = f"{bucket.days_from_first_use} day(s) from the first use"
        return f"{days}, by {until}" if bucket.HasField("valid_until") else days
    return until


def _restrictions(bucket: api.Bucket) -> str:
    parts = []
    if bucket.rating_groups:
        parts.append("rating groups " + ", ".join(map(str, bucket.rating_groups)))
    if bucket.zones:
        parts.append("zones " + ", ".join(bucket.zones))
    if bucket.subscriber_ids:
        parts.append(f"{len(bucket.subscriber_ids)} subscriber(s)")
    if bucket.member_limit_units:
        parts.append(f"at most {show_units(bucket.member_limit_units, bucket.quantity.unit)} each")
    if bucket.giftable:
        parts.append("giftable")
    return "; ".join(parts) or "everything"
