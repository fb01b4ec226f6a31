"""Small catalogs, built in place as the catalog service would publish them, and compiled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tidemark.catalog.v1 import catalog_pb2
from tidemark.type.v1 import money_pb2

from services.charging.adapters.tariff_messages import compile_tariff
from services.charging.domain.rating.tariff import Tariff
from services.common.kernel.clock import EPOCH, Instant

BERLIN = "Europe/Berlin"
DATA, VIDEO, VOICE, TEXT = 10, 11, 20, 30
"""Rating groups of the world: octets, octets, seconds, events."""

UNITS = {DATA: "octets", VIDEO: "octets", VOICE: "seconds", TEXT: "events"}


def exact(amount: str) -> catalog_pb2.ExactAmount:
    """A price as written."""
    return catalog_pb2.ExactAmount(decimal=amount)


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
Model = catalog_pb2.PerUnitPrice | catalog_pb2.TieredPrice | catalog_pb2.FlatPrice | catalog_pb2.FreePrice
_FIELDS: Mapping[type, str] = {
    catalog_pb2.PerUnitPrice: "per_unit",
    catalog_pb2.TieredPrice: "tiered",
    catalog_pb2.FlatPrice: "flat",
    catalog_pb2.FreePrice: "free",
}


def price(
    code: str,
    rating_group: int,
    model: Model,
    zones: Iterable[str] = (),
    band: str = "",
    first: int = 0,
    then: int = 0,
) -> catalog_pb2.ProductOfferingPrice:
    """A price of one rating group."""
    made = catalog_pb2.ProductOfferingPrice(
        code=code,
        rating_groups=[rating_group],
        zones=zones,
        time_band=band,
        increments=catalog_pb2.Increments(first_units=first, next_units=then),
    )
    getattr(made, _FIELDS[type(model)]).CopyFrom(model)
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
) -> catalog_pb2.ProductOffering:
    """Something a customer can have."""
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
        existing_subscribers=catalog_pb2.EXISTING_SUBSCRIBERS_MOVE
        if move
        else catalog_pb2.EXISTING_SUBSCRIBERS_KEEP,
        denied_zones=denied,
    )


EVERY_DAY = range(1, 8)


def band(code: str, *windows: tuple[Iterable[int], str, str]) -> catalog_pb2.TimeBand:
    """Windows of (ISO weekdays, `22:00`, `24:00`)."""
    return catalog_pb2.TimeBand(
        code=code,
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
) -> catalog_pb2.RatingGroup:
    """A rating group with its quota policy."""
    return catalog_pb2.RatingGroup(
        rating_group=rating_group,
        code=f"group-{rating_group}",
        unit=UNITS[rating_group],
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
) -> catalog_pb2.Catalog:
    """A catalog; `groups` replace the world's own of the same number."""
    defined = {number: group(number) for number in UNITS}
    defined.update((item.rating_group, item) for item in groups)
    return catalog_pb2.Catalog(
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
    )
    return compile_tariff(made, version, effective_from)
