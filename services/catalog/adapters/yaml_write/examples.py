"""Worked examples as they are written."""

from __future__ import annotations

from services.catalog.adapters.yaml_figures import write_moment
from services.catalog.adapters.yaml_write.pen import Pen
from services.catalog.domain.examples import ExampleUsage, ExpectedFees, WorkedExample
from services.common.runtime.yaml_tree import Tree
from services.common.runtime.yaml_writing import decimal, filled


def write_example(pen: Pen, example: WorkedExample) -> Tree:
    """An example; its money is in its own currency."""
    money = example.currency_code or pen.currency_code
    total = _money(example.total_minor_micros, money)
    return filled(
        offerings=list(example.offerings),
        time_zone=example.time_zone,
        currency=example.currency_code,
        segment=example.segment,
        customer_value=example.customer_value or None,
        usage=[_usage(pen, usage, money) for usage in example.usages],
        total=None
        if total is None
        else filled(amount=total, tax=_money(example.total_tax_minor_micros, money)),
        fees=_fees(example.fees, money) if example.fees else None,
    )


def _fees(fees: ExpectedFees, money: str) -> Tree:
    return filled(
        at=write_moment(fees.taken_at),
        periods=fees.periods,
        total=decimal(fees.total_minor_micros, money),
        tax=_money(fees.tax_minor_micros, money),
    )


def _usage(pen: Pen, usage: ExampleUsage, money: str) -> Tree:
    expected, unit = usage.expected, pen.units[usage.rating_group]
    covered = expected.from_allowance_units
    return filled(
        rating_group=usage.rating_group,
        units=None if usage.at_a_time else pen.size(usage.units, unit),
        at_a_time=usage.units if usage.at_a_time else None,
        at=write_moment(usage.at),
        session=usage.session,
        zone=usage.zone,
        plmn=usage.serving_plmn,
        destination=f"+{usage.called}" if usage.called else None,
        cell=usage.cell,
        tracking_area=usage.tracking_area,
        slice=usage.slice_code or (None if usage.sst is None else filled(sst=usage.sst, sd=usage.sd)),
        five_qi=usage.five_qi,
        load_percent=usage.load_percent,
        device_class=usage.device_class,
        amount=_money(expected.amount_minor_micros, money),
        tax=_money(expected.tax_minor_micros, money),
        from_allowance=None if covered is None else pen.size(covered, unit),
        refusal=expected.refusal,
    )


def _money(minor_micros: int | None, currency_code: str) -> str | None:
    return None if minor_micros is None else decimal(minor_micros, currency_code)
