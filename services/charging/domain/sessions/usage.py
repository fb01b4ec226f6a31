"""Charging reported usage: rounded to increments, taken from allowances, then from money.

Used units are charged even where nothing is left (TS 32.290, RFC 8506: with
4010 and 4012 the usage reported is still debited). What no balance covers
overdraws the account's money and is owed; allowances never go below zero.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.charging.domain import events as ev
from services.charging.domain.apply import member_counter
from services.charging.domain.draft import Draft
from services.charging.domain.rating.circumstances import Circumstances
from services.charging.domain.rating.periods import month_label
from services.charging.domain.rating.policies import Counter
from services.charging.domain.rating.price import Price
from services.charging.domain.rating.tariff import RatingGroup
from services.charging.domain.sessions.counting import Counting
from services.charging.domain.state import Bucket, RatedUsage
from services.common.kernel.clock import Instant
from services.common.kernel.money import MAX_MINOR_MICROS


@dataclass(frozen=True, slots=True)
class Payer:
    """Who uses and who pays, and where the request comes from. `ref` '': no session."""

    subscriber_id: str
    account_id: str
    currency_code: str
    time_zone: str
    nf_name: str
    charging_id: str
    ref: str


@dataclass(frozen=True, slots=True)
class UsageToCharge:
    """One container: units of a rating group at one price, in one place and interval."""

    charge_id: str
    group: RatingGroup
    price: Price
    factor_permille: int
    used_units: int
    under: Circumstances
    used_from: Instant
    used_until: Instant
    counters: tuple[Counter, ...] = ()
    offline: bool = False
    late: bool = False
    outcome: ev.Outcome | None = None
    concurrency: str = ""
    sponsor_identity: str = ""
    application_service_provider_identity: str = ""


@dataclass(frozen=True, slots=True)
class Charge:
    """What was charged, tax in it. `overdrawn` is the part that no balance covered."""

    amount: int
    tax: int
    from_allowance: int
    overdrawn: int
    rated: RatedUsage


def price_counter(price: Price) -> str:
    """Name of the counter of a monthly price. It outlives catalog versions."""
    return f"price/{price.offering_code}/{price.code}"


def paid_before(draft: Draft, payer: Payer, price: Price, rated: RatedUsage, at: Instant) -> int:
    """Units already paid within the price's scope: where its next unit begins."""
    if price.monthly:
        return draft.counter(payer.subscriber_id, price_counter(price), month_label(at, payer.time_zone))
    return rated.paid_units


def charge_usage(draft: Draft, payer: Payer, usage: UsageToCharge, rated: RatedUsage) -> Charge | None:
    """Debits one container. None, and nothing done, where a number is beyond what an account can hold.

    The amount is the difference of two costs of cumulated units: many small
    reports cost what one large one costs.
    """
    price, factor = usage.price, usage.factor_permille
    used_after = rated.used_units + usage.used_units
    units = price.increments.billable(used_after) - price.increments.billable(rated.used_units)
    buckets = draft.buckets_for(payer.subscriber_id, usage.group.rating_group, usage.under, usage.used_from)
    covers = not price.free and not usage.concurrency
    from_units = _burn(draft, payer, buckets, usage.group.unit, units) if covers else []
    covered = sum(taken for _, taken in from_units)
    monthly = price.monthly and not usage.concurrency
    base = paid_before(draft, payer, price, rated, usage.used_from) if monthly else rated.paid_units
    paid = units - covered
    cost_before = price.cost_minor_micros(base, factor)
    cost_after = price.cost_minor_micros(base + paid, factor)
    amount = cost_after - cost_before
    counted = max(used_after, price.increments.billable(used_after), base + paid)
    if counted > MAX_MINOR_MICROS or not _bearable(buckets, amount):
        return None
    tax = price.tax_minor_micros(cost_after) - price.tax_minor_micros(cost_before)
    from_money, overdrawn = _pay(draft, buckets, amount)
    for bucket, taken in (*from_units, *from_money):
        _take(draft, payer, bucket, taken, usage)
    if paid and monthly:
        month = month_label(usage.used_from, payer.time_zone)
        draft.count(payer.subscriber_id, price_counter(price), month, base + paid)
    if usage.counters:
        counting = Counting(draft, payer.subscriber_id, payer.account_id, payer.time_zone)
        counting.count(usage.counters, usage.used_units, amount, usage.used_from)
    debits = tuple(
        ev.Debit(bucket.bucket_id, bucket.unit, taken) for bucket, taken in (*from_units, *from_money)
    )
    draft.events.append(_record(payer, usage, units, debits, amount, overdrawn, tax, rated.used_units, base))
    after = RatedUsage(
        rated.catalog_version,
        rated.offering_code,
        rated.price_code,
        used_after,
        rated.paid_units + paid,
        rated.factor_permille,
    )
    return Charge(amount, tax, covered, overdrawn, after)


def _burn(
    draft: Draft, payer: Payer, buckets: list[Bucket], unit: str, units: int
) -> list[tuple[Bucket, int]]:
    taken = []
    for bucket in buckets:
        if bucket.is_money or bucket.unit != unit or units == 0:
            continue
        part = min(draft.usable(bucket, payer.subscriber_id), units)
        if part > 0:
            taken.append((bucket, part))
            units -= part
    return taken


def _take(draft: Draft, payer: Payer, bucket: Bucket, taken: int, usage: UsageToCharge) -> None:
    draft.move(bucket.bucket_id, ev.MovementReason.DEBITED, -taken, usage.charge_id)
    if bucket.days_from_first_use:
        draft.start(bucket.bucket_id, usage.used_from)
    if bucket.member_limit:
        name = member_counter(bucket.bucket_id)
        draft.count(payer.subscriber_id, name, "", draft.counter(payer.subscriber_id, name) + taken)


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
    payer: Payer,
    usage: UsageToCharge,
    units: int,
    debits: tuple[ev.Debit, ...],
    amount: int,
    overdrawn: int,
    tax: int,
    used_before: int,
    paid_before: int,
) -> ev.UsageCharged:
    price = usage.price
    return ev.UsageCharged(
        charge_id=usage.charge_id,
        ref=payer.ref,
        account_id=payer.account_id,
        subscriber_id=payer.subscriber_id,
        rating_group=usage.group.rating_group,
        circumstances=usage.under,
        catalog_version=price.version,
        offering_code=price.offering_code,
        price_code=price.code,
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
        tax_code=price.tax.code if price.tax is not None else "",
        tax=tax,
        factor_permille=usage.factor_permille,
        used_units_before=used_before,
        paid_units_before=paid_before,
        offline=usage.offline,
        late=usage.late,
        outcome=usage.outcome,
        concurrency=usage.concurrency,
        sponsor_identity=usage.sponsor_identity,
        application_service_provider_identity=usage.application_service_provider_identity,
    )
