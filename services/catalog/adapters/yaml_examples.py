"""Worked examples: their written form into domain values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.catalog.adapters import yaml_models as form
from services.catalog.adapters.yaml_figures import parse_moment
from services.catalog.domain.examples import ExampleUsage, Expected, WorkedExample
from services.catalog.domain.findings import FindingReason
from services.common.kernel.clock import Instant, zone

if TYPE_CHECKING:
    from services.catalog.adapters.yaml_document import DocumentBuilder


def build_example(
    builder: DocumentBuilder, code: str, example: form.ExampleForm, field: str
) -> WorkedExample:
    """One example. A time or a size that cannot be read becomes a finding of the builder."""
    time_zone = example.time_zone or builder.time_zone
    if not _is_zone(time_zone):
        # The catalog's own zone is reported by lint; here one is needed to go on.
        if example.time_zone:
            builder.problem(
                FindingReason.TIME_ZONE_UNKNOWN,
                f"{time_zone!r} is not an IANA time zone; write Europe/Berlin, UTC, ...",
                f"{field}.time_zone",
            )
        time_zone = "UTC"
    return WorkedExample(
        code=code,
        offerings=tuple(sorted(example.offerings)),
        usages=tuple(
            _usage(builder, line, time_zone, f"{field}.usage.{index}")
            for index, line in enumerate(example.usage)
        ),
        time_zone=example.time_zone or "",
        total_minor_micros=builder.money(
            example.total.amount if example.total else None, f"{field}.total.amount"
        ),
    )


def _usage(builder: DocumentBuilder, line: form.ExampleUsageForm, time_zone: str, field: str) -> ExampleUsage:
    unit = builder.unit_of(line.rating_group)
    if not unit:
        builder.problem(
            FindingReason.RATING_GROUP_UNKNOWN,
            f"there is no rating group {line.rating_group!r}",
            f"{field}.rating_group",
        )
    if line.zone and line.plmn:
        builder.problem(FindingReason.FIELD_INVALID, "give `zone` or `plmn`, not both", f"{field}.plmn")
    expected = Expected(
        builder.money(line.amount, f"{field}.amount"),
        None
        if line.from_allowance is None
        else builder.units(line.from_allowance, unit, f"{field}.from_allowance"),
        line.refusal,
    )
    return ExampleUsage(
        rating_group=line.rating_group,
        units=builder.units(line.units, unit, f"{field}.units"),
        at=_moment(builder, line.at, time_zone, f"{field}.at"),
        session=line.session or "",
        zone=line.zone or "",
        serving_plmn=line.plmn or "",
        expected=expected,
    )


def _moment(builder: DocumentBuilder, text: str, time_zone: str, field: str) -> Instant:
    try:
        return parse_moment(text, time_zone)
    except ValueError as error:
        builder.problem(FindingReason.FIELD_INVALID, str(error), field)
        return Instant(0)


def _is_zone(name: str) -> bool:
    try:
        zone(name)
    except ValueError:
        return False
    return True
