"""Charging reported usage: rounded to increments, taken from allowances, then from money.

Used units are charged even where nothing is left (TS 32.290, RFC 8506: with
4010 and 4012 the usage reported is still debited). What no balance covers
overdraws the account's money and is owed; allowances never go below zero.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from services.charging.domain import events as ev
from services.charging.domain.draft import Draft
from services.charging.domain.rating.flat import FREE
from services.charging.domain.rating.tariff import Price, RatingGroup
from services.charging.domain.rating.tiered import Tiered
from services.charging.domain.state import Bucket, RatedUsage
from services.common.kernel.clock import Instant, instant, local
from services.common.kernel.money import MAX_MINOR_MICROS


@dataclass(frozen=True, slots=True)
class Payer:
    """Who uses and who pays, and where the request comes from."""

    subscriber_id: str
    account_id: str
    currency_code: str
    time_zone: str
    nf_name: str
    charging_id: str
    ref: str


@dataclass(frozen=True, slots=True)
class UsageToCharge:
    """One container: units of a rating group at one price, in one zone, over one interval."""

    charge_id: str
    group: RatingGroup
    price: Price
    used_units: int
    zone: str
    used_from: Instant
    used_until: Instant


@dataclass(frozen=True, slots=True)
class Charge:
    """What was charged. `overdrawn` is the part that no balance covered."""

    amount: int
    from_allowance: int
    overdrawn: int
    rated: RatedUsage


def month_counter(price: Price, at: Instant, time_zone: str) -> str:
    """Name of the counter of a price over the local calendar month. It outlives catalog versions."""
    return f"{price.offering_code}/{price.code}/{local(at, time_zone):%Y-%m}"


def month_end(at: Instant, time_zone: str) -> Instant:
    """When the local calendar month of an instant is over."""
    now = local(at, time_zone)
    first = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0, fold=0)
    return instant(first.replace(year=now.year + now.month // 12, month=now.month % 12 + 1))


def paid_before(draft: Draft, payer: Payer, price: Price, rated: RatedUsage, at: Instant) -> int:
    """Units already paid within the price's scope: where its next unit begins."""
    if isinstance(price.model, Tiered) and price.model.monthly:
        return draft.counter(payer.subscriber_id, month_counter(price, at, payer.time_zone))
    return rated.paid_units


def charge_usage(draft: Draft, payer: Payer, usage: UsageToCharge, rated: RatedUsage) -> Charge | None:
    """Debits one container. None, and nothing done, where a number is beyond what an account can hold.

    The amount is the difference of two costs of cumulated units: many small
    reports cost what one large one costs.
    """
    price = usage.price
    used_after = rated.used_units + usage.used_units
    units = price.increments.billable(used_after) - price.increments.billable(rated.used_units)
    buckets = draft.buckets_for(payer.subscriber_id, usage.group.rating_group, usage.zone, usage.used_from)
    from_units = [] if price.model == FREE else _burn(buckets, usage.group.unit, units)
    covered = sum(taken for _, taken in from_units)
    base = paid_before(draft, payer, price, rated, usage.used_from)
    paid = units - covered
    amount = price.model.cost_minor_micros(base + paid) - price.model.cost_minor_micros(base)
    counted = max(used_after, price.increments.billable(used_after), base + paid)
    if counted > MAX_MINOR_MICROS or not _bearable(buckets, amount):
        return None
    from_money, overdrawn = _pay(draft, buckets, amount)
    for bucket, taken in (*from_units, *from_money):
        draft.move(bucket.bucket_id, ev.MovementReason.DEBITED, -taken, usage.charge_id)
    if paid and isinstance(price.model, Tiered) and price.model.monthly:
        draft.count(payer.subscriber_id, month_counter(price, usage.used_from, payer.time_zone), base + paid)
    debits = tuple(
        ev.Debit(bucket.bucket_id, bucket.unit, taken) for bucket, taken in (*from_units, *from_money)
    )
    draft.events.append(_record(payer, usage, units, debits, amount, overdrawn))
    return Charge(
        amount, covered, overdrawn, replace(rated, used_units=used_after, paid_units=rated.paid_units + paid)
    )


def _burn(buckets: list[Bucket], unit: str, units: int) -> list[tuple[Bucket, int]]:
    taken = []
    for bucket in buckets:
        if bucket.is_money or bucket.unit != unit or bucket.available <= 0 or units == 0:
            continue
        part = min(bucket.available, units)
        taken.append((bucket, part))
        units -= part
    return taken


def _bearable(buckets: list[Bucket], amount: int) -> bool:
    """True where the amount, and the debt it may leave, are numbers that can be stored."""
    lowest = min(bucket.balance for bucket in buckets if bucket.is_money)
    return amount <= MAX_MINOR_MICROS // 4 and lowest - amount >= -(MAX_MINOR_MICROS // 2)


def _pay(draft: Draft, buckets: list[Bucket], amount: int) -> tuple[list[tuple[Bucket, int]], int]:
    """Money to take from each bucket, and how much of it nothing covers; that goes to the last one."""
    taken = []
    due = amount
    money = [bucket for bucket in buckets if bucket.is_money]
    for bucket in money:
        part = min(draft.cover(bucket), due)
        if part:
            taken.append((bucket, part))
            due -= part
    if due:
        last = money[-1]
        before = next((part for bucket, part in taken if bucket is last), 0)
        taken = [(bucket, part) for bucket, part in taken if bucket is not last]
        taken.append((last, before + due))
    return taken, due


def _record(
    payer: Payer, usage: UsageToCharge, units: int, debits: tuple[ev.Debit, ...], amount: int, overdrawn: int
) -> ev.UsageCharged:
    return ev.UsageCharged(
        charge_id=usage.charge_id,
        ref=payer.ref,
        account_id=payer.account_id,
        subscriber_id=payer.subscriber_id,
        rating_group=usage.group.rating_group,
        zone=usage.zone,
        catalog_version=usage.price.version,
        offering_code=usage.price.offering_code,
        price_code=usage.price.code,
        unit=usage.group.unit,
        used_units=usage.used_units,
        rated_units=units,
        debits=debits,
        currency_code=payer.currency_code,
        amount=amount,
        overdrawn=overdrawn,
        used_from=usage.used_from,
        used_until=usage.used_until,
        nf_name=payer.nf_name,
        charging_id=payer.charging_id,
    )
