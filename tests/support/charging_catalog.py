"""Small catalogs, built in place as the catalog service would publish them, and compiled."""

from __future__ import annotations

from collections.abc import Iterable

from tidemark.catalog.v1 import catalog_pb2, circumstances_pb2, pricing_pb2
from tidemark.type.v1 import money_pb2

from services.charging.adapters.tariff_messages import compile_tariff
from services.charging.domain.rating.tariff import Tariff
from services.common.kernel.clock import EPOCH, Instant
from tests.support.charging_models import MODEL_FIELDS, Model, exact

BERLIN = "Europe/Berlin"
DATA, VIDEO, VOICE, TEXT = 10, 11, 20, 30
"""Rating groups of the world: octets, octets, seconds, events."""

UNITS = {DATA: "octets", VIDEO: "octets", VOICE: "seconds", TEXT: "events"}


def per(amount: str, units: int = 1) -> catalog_pb2.PerUnitPrice:
    """So much for so many units."""
    return catalog_pb2.PerUnitPrice(amount=exact(amount), per_units=units)


def tiers(*steps: tuple[int | None, str], month: bool = False) -> catalog_pb2.TieredPrice:
    """Steps (last unit, amount for one unit); the last step has no last unit."""
    return catalog_pb2.TieredPrice(
        tiers=[
            catalog_pb2.Tier(up_to_units=last, amount=exact(amount), per_units=1) for last, amount in steps
        ],
        scope=catalog_pb2.TIER_SCOPE_MONTH if month else catalog_pb2.TIER_SCOPE_SESSION,
    )


def flat(amount: str) -> catalog_pb2.FlatPrice:
    """One amount."""
    return catalog_pb2.FlatPrice(amount=exact(amount))


FREE = catalog_pb2.FreePrice()


def price(
    code: str,
    rating_group: int,
    model: Model,
    zones: Iterable[str] = (),
    band: str = "",
    first: int = 0,
    then: int = 0,
    *,
    under: circumstances_pb2.Conditions | None = None,
    days: tuple[str, str] = ("", ""),
    precedence: int = 0,
    minimum: str = "",
    maximum: str = "",
    tax: str = "",
    dynamic: pricing_pb2.DynamicFactor | None = None,
    concurrency: pricing_pb2.Concurrency.ValueType = pricing_pb2.CONCURRENCY_UNSPECIFIED,
) -> catalog_pb2.ProductOfferingPrice:
    """A price of one rating group. `days`: the first and the last, `2026-12-01`."""
    made = catalog_pb2.ProductOfferingPrice(
        code=code,
        rating_groups=[rating_group],
        zones=zones,
        time_band=band,
        increments=catalog_pb2.Increments(first_units=first, next_units=then),
        conditions=under,
        first_day=days[0],
        last_day=days[1],
        precedence=precedence,
        minimum=exact(minimum) if minimum else None,
        maximum=exact(maximum) if maximum else None,
        tax=tax,
        dynamic=dynamic,
        concurrency=concurrency,
    )
    getattr(made, MODEL_FIELDS[type(model)]).CopyFrom(model)
    return made


def allowance(
    code: str,
    amount: int,
    rating_groups: Iterable[int] = (DATA,),
    priority: int = 10,
    days: int = 0,
    zones: Iterable[str] = (),
    shared: bool = False,
    thresholds: Iterable[int] = (),
    unit: str = "octets",
    *,
    under: circumstances_pb2.Conditions | None = None,
    renews: bool = False,
    rollover: pricing_pb2.Rollover | None = None,
    from_first_use: bool = False,
    member_limit: int = 0,
    giftable: bool = False,
) -> catalog_pb2.Allowance:
    """Units that come with an offering."""
    return catalog_pb2.Allowance(
        code=code,
        name=code,
        rating_groups=rating_groups,
        zones=zones,
        unit=unit,
        amount=amount,
        priority=priority,
        validity_days=days,
        shared=shared,
        thresholds_percent=thresholds,
        conditions=under,
        renews=renews,
        rollover=rollover,
        valid_from_first_use=from_first_use,
        member_limit_units=member_limit,
        giftable=giftable,
    )


def offering(
    code: str,
    *prices: catalog_pb2.ProductOfferingPrice,
    precedence: int = 100,
    allowances: Iterable[catalog_pb2.Allowance] = (),
    includes: Iterable[str] = (),
    choice: tuple[int, int, tuple[str, ...]] | None = None,
    move: bool = False,
    denied: Iterable[str] = (),
    existing: catalog_pb2.ExistingSubscribers.ValueType = catalog_pb2.EXISTING_SUBSCRIBERS_KEEP,
    fees: Iterable[pricing_pb2.Fee] = (),
    period: pricing_pb2.Period | None = None,
    trial: pricing_pb2.Trial | None = None,
    days: int = 0,
) -> catalog_pb2.ProductOffering:
    """Something a customer can have. `move`: at the next session."""
    return catalog_pb2.ProductOffering(
        code=code,
        name=code,
        precedence=precedence,
        prices=prices,
        allowances=allowances,
        includes=includes,
        choice=None
        if choice is None
        else catalog_pb2.BundleChoice(minimum=choice[0], maximum=choice[1], offerings=choice[2]),
        existing_subscribers=catalog_pb2.EXISTING_SUBSCRIBERS_MOVE if move else existing,
        denied_zones=denied,
        fees=fees,
        period=period,
        trial=trial,
        validity_days=days,
    )


EVERY_DAY = range(1, 8)


def band(code: str, *windows: tuple[Iterable[int], str, str], calendar: str = "") -> catalog_pb2.TimeBand:
    """Windows of (ISO weekdays, `22:00`, `24:00`); weekday 8 is a holiday of the calendar."""
    return catalog_pb2.TimeBand(
        code=code,
        calendar=calendar,
        windows=[
            catalog_pb2.TimeWindow(weekdays=days, start_minute=_minute(start), end_minute=_minute(end))
            for days, start, end in windows
        ],
    )


def _minute(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def group(
    rating_group: int,
    initial: int = 1_000,
    minimum: int = 10,
    maximum: int = 100_000,
    validity: int = 3_600,
    action: catalog_pb2.FinalUnitAction.ValueType = catalog_pb2.FINAL_UNIT_ACTION_TERMINATE,
    address: str = "",
    unit: str = "",
) -> catalog_pb2.RatingGroup:
    """A rating group with its quota policy."""
    return catalog_pb2.RatingGroup(
        rating_group=rating_group,
        code=f"group-{rating_group}",
        unit=unit or UNITS[rating_group],
        quota=catalog_pb2.QuotaPolicy(
            initial_units=initial,
            minimum_units=minimum,
            maximum_units=maximum,
            maximum_validity_seconds=validity,
            quota_holding_seconds=60,
        ),
        final_unit_action=action,
        redirect_address=address,
    )


ZONES = (
    catalog_pb2.Zone(code="home", home=True, plmns=["262"]),
    catalog_pb2.Zone(code="eu", plmns=["208", "222"]),
    catalog_pb2.Zone(code="ship", plmns=["26298"]),
    catalog_pb2.Zone(code="us", plmns=["310"]),
)
REST_OF_WORLD = catalog_pb2.Zone(code="world", rest_of_world=True)


def catalog(
    *offerings: catalog_pb2.ProductOffering,
    bands: Iterable[catalog_pb2.TimeBand] = (),
    groups: Iterable[catalog_pb2.RatingGroup] = (),
    zones: Iterable[catalog_pb2.Zone] = ZONES,
    currency_code: str = "EUR",
    default_rating_group: int | None = None,
    low_balance: int | None = None,
    tables: catalog_pb2.Catalog | None = None,
) -> catalog_pb2.Catalog:
    """A catalog; `groups` replace the world's own of the same number, `tables` are added."""
    defined = {number: group(number) for number in UNITS}
    defined.update((item.rating_group, item) for item in groups)
    made = catalog_pb2.Catalog(
        code="small",
        currency_code=currency_code,
        time_zone=BERLIN,
        rating_groups=defined.values(),
        zones=zones,
        time_bands=bands,
        offerings=offerings,
        default_rating_group=default_rating_group,
        low_balance_threshold=None
        if low_balance is None
        else money_pb2.Money(currency_code=currency_code, minor_micros=low_balance),
    )
    if tables is not None:
        made.MergeFrom(tables)
    return made


def tariff(
    *offerings: catalog_pb2.ProductOffering,
    version: int = 1,
    effective_from: Instant = EPOCH,
    bands: Iterable[catalog_pb2.TimeBand] = (),
    groups: Iterable[catalog_pb2.RatingGroup] = (),
    zones: Iterable[catalog_pb2.Zone] = ZONES,
    currency_code: str = "EUR",
    default_rating_group: int | None = None,
    low_balance: int | None = None,
    tables: catalog_pb2.Catalog | None = None,
) -> Tariff:
    """A compiled catalog version."""
    made = catalog(
        *offerings,
        bands=bands,
        groups=groups,
        zones=zones,
        currency_code=currency_code,
        default_rating_group=default_rating_group,
        low_balance=low_balance,
        tables=tables,
    )
    return compile_tariff(made, version, effective_from)
