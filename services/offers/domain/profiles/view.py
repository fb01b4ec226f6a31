"""A profile, an account and consents as the customer that decisions look at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from services.common.kernel.clock import DAY, Instant
from services.offers.domain.compiled import CompiledPolicies
from services.offers.domain.customer import ClassUse, CustomerView
from services.offers.domain.policies import Purpose, UsageClass
from services.offers.domain.profiles.account import Bucket, balances
from services.offers.domain.profiles.packed import unpacked_attributes, unpacked_group, unpacked_hours
from services.offers.domain.profiles.profile import GroupUse, Profile
from services.offers.domain.profiles.windows import NO_COUNTS, faded, sums

_REFUSED_RECENTLY = DAY
_PERMILLE = 1_000
_NO_SUMS = (0,) * (len(NO_COUNTS) // 2)


@dataclass(frozen=True, slots=True)
class Known:
    """What is kept of a subscriber beside buckets. `feature_seq`: see CustomerView."""

    subscriber_id: str
    account_id: str
    pseudonym: str
    feature_seq: int
    profile: Profile


def customer_view(
    known: Known,
    consents: frozenset[Purpose],
    buckets: Iterable[Bucket],
    fences: frozenset[str],
    policies: CompiledPolicies,
    now: Instant,
) -> CustomerView:
    """The customer at an instant. Every usage class of the policies is there, used or not."""
    profile = known.profile
    attributes = unpacked_attributes(profile.attributes)
    classes = policies.policies.usage_classes
    offerings = [held for held in attributes.offerings if not held.ends_at or now < held.ends_at]
    resting = frozenset(held.code for held in offerings if held.suspended)
    balance = balances(buckets, known.subscriber_id, resting, classes, profile.zone, now)
    return CustomerView(
        subscriber_id=known.subscriber_id,
        account_id=known.account_id,
        pseudonym=known.pseudonym,
        feature_seq=known.feature_seq,
        consents=consents,
        barred=attributes.barred,
        segment="" if attributes.segment in policies.policies.protected_segments else attributes.segment,
        customer_value=attributes.customer_value,
        device_class=attributes.device_class,
        zone=profile.zone,
        roaming=is_roaming(profile.zone, policies.home_zone),
        time_zone=attributes.time_zone,
        currency_code=balance.currency_code,
        money_minor_micros=balance.money_minor_micros,
        offering_codes=frozenset(held.code for held in offerings),
        first_seen_at=profile.first_seen_at,
        usage={usage_class.code: class_use(profile, usage_class, now) for usage_class in classes},
        allowances=balance.allowances,
        hour_permille=hour_permille(unpacked_hours(profile.hours)),
        refused_recently=profile.refused_at > 0 and now - profile.refused_at < _REFUSED_RECENTLY,
        fences=fences,
    )


def is_roaming(zone: str, home_zone: str) -> bool:
    """True in a zone that is known and not the home zone. Without a home zone nobody roams."""
    return bool(zone and home_zone and zone != home_zone)


def class_use(profile: Profile, usage_class: UsageClass, now: Instant) -> ClassUse:
    """The rating groups of a class together. One that counts in another unit than the class is left out."""
    parts = [part for number in usage_class.rating_groups if (part := profile.groups.get(number))]
    found = [use for use in map(unpacked_group, parts) if use.unit == usage_class.unit]
    if not found:
        return ClassUse(usage_class.unit)
    if len(found) == 1:
        return group_use(found[0], now)
    uses = [group_use(use, now) for use in found]
    return ClassUse(
        usage_class.unit,
        tuple(map(sum, zip(*(use.units for use in uses), strict=True))),
        tuple(map(sum, zip(*(use.spend_minor_micros for use in uses), strict=True))),
        sum(use.decayed_units for use in uses),
        Instant(max(use.at for use in found)),
    )


def group_use(use: GroupUse, now: Instant) -> ClassUse:
    """One rating group at an instant."""
    return ClassUse(
        use.unit,
        sums(use.units, use.at, now),
        sums(use.paid, use.at, now) if any(use.paid) else _NO_SUMS,
        int(faded(use.decayed, max(0, now - use.at))),
        Instant(use.at),
    )


def hour_permille(hours: tuple[int, ...]) -> tuple[int, ...]:
    """The share of each hour, per mille, rounded down; zeros where nothing was counted."""
    total = sum(hours)
    return tuple([count * _PERMILLE // total for count in hours]) if total else (0,) * len(hours)
