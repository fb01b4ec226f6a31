"""Worked examples: charging's rating computes each, and what differs is a finding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from services.catalog.application.ports import (
    Customer,
    Observation,
    PreparedRating,
    TariffRefusedError,
    UsageReport,
)
from services.catalog.domain.catalog import Catalog
from services.catalog.domain.check_examples import Computed, example_findings, fee_findings
from services.catalog.domain.examples import ExampleUsage, WorkedExample
from services.catalog.domain.findings import Finding, FindingReason, error
from services.catalog.domain.places import network_in
from services.common.kernel.money import currency


def work_example(
    catalog: Catalog, prepared: Mapping[str, PreparedRating], example: WorkedExample
) -> list[Finding]:
    """Everything that is wrong with one example. `prepared`: the catalog's rating by currency."""
    here = f"examples.{example.code}"
    code = example.currency_code or catalog.currency_code
    unknown = list(_unknown(catalog, example, here))
    if unknown:
        return unknown
    customer = Customer(example.offerings, example.time_zone, example.segment, example.customer_value)
    try:
        rated = prepared[code].rate(customer, _reports(catalog, example))
        computed = [
            Computed(
                line.amount_minor_micros,
                line.from_allowance_units,
                line.unit,
                line.refusal,
                line.tax_minor_micros,
            )
            for line in rated
        ]
        findings = list(example_findings(example, computed, currency(code)))
        if example.fees is not None:
            fees = prepared[code].fees(customer, example.fees.taken_at, example.fees.periods)
            findings += fee_findings(
                example.fees, fees.amount_minor_micros, fees.tax_minor_micros, here, currency(code)
            )
    except TariffRefusedError as refusal:
        reason = FindingReason.__members__.get(refusal.reason, FindingReason.TARIFF_REFUSED)
        return [error(reason, f"{here}.offerings", refusal.message)]
    return findings


def _unknown(catalog: Catalog, example: WorkedExample, here: str) -> Iterator[Finding]:
    """Codes of the example that name nothing."""
    if example.currency_code and example.currency_code not in catalog.currency_codes:
        known = ", ".join(catalog.currency_codes)
        yield error(FindingReason.CURRENCY_UNKNOWN, f"{here}.currency", f"the catalog has {known}")
    known_offerings = catalog.offerings_by_code()
    for code in [code for code in example.offerings if code not in known_offerings][:1]:
        yield error(FindingReason.OFFERING_UNKNOWN, f"{here}.offerings", f"there is no offering {code!r}")
    if example.segment and example.segment not in catalog.codes_of("segments"):
        yield error(FindingReason.SEGMENT_UNKNOWN, f"{here}.segment", f"there is no {example.segment!r}")
    for index, usage in enumerate(example.usages):
        yield from _unknown_places(catalog, usage, f"{here}.usage.{index}")


def _unknown_places(catalog: Catalog, usage: ExampleUsage, here: str) -> Iterator[Finding]:
    if usage.zone and network_in(catalog, usage.zone) is None:
        yield error(FindingReason.ZONE_UNKNOWN, f"{here}.zone", f"no network lies in {usage.zone!r}")
    if usage.slice_code and usage.slice_code not in catalog.codes_of("slices"):
        yield error(FindingReason.SLICE_UNKNOWN, f"{here}.slice", f"there is no slice {usage.slice_code!r}")
    device_class = usage.device_class
    if device_class and device_class not in catalog.codes_of("device_classes"):
        yield error(
            FindingReason.DEVICE_CLASS_UNKNOWN, f"{here}.device_class", f"there is no {device_class!r}"
        )


def _reports(catalog: Catalog, example: WorkedExample) -> list[UsageReport]:
    groups = catalog.rating_groups_by_code()
    return [
        UsageReport(
            # A code cannot hold `#`, so a session of its own meets no named one.
            key=usage.session or f"#{index}",
            rating_group=groups[usage.rating_group].rating_group,
            units=usage.units,
            at=usage.at,
            observed=_observation(catalog, usage),
            at_a_time=usage.at_a_time,
        )
        for index, usage in enumerate(example.usages)
    ]


def _observation(catalog: Catalog, usage: ExampleUsage) -> Observation:
    named = {item.code: (item.sst, item.sd) for item in catalog.slices}
    sst, sd = named.get(usage.slice_code, (usage.sst, usage.sd))
    return Observation(
        serving_plmn=_network(catalog, usage.zone) if usage.zone else usage.serving_plmn or None,
        called=usage.called or None,
        cell=usage.cell or None,
        tracking_area=usage.tracking_area or None,
        sst=sst,
        sd=sd,
        five_qi=usage.five_qi,
        load_percent=usage.load_percent,
        device_class=usage.device_class or None,
    )


def _network(catalog: Catalog, zone: str) -> str:
    if any(place.code == zone and place.home for place in catalog.zones):
        return ""
    return network_in(catalog, zone) or ""
