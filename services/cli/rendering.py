"""Tables of what the services answer."""

from __future__ import annotations

from collections.abc import Sequence

from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.charging.v1 import account_api_pb2 as api
from tidemark.charging.v1 import charging_data_pb2 as data

from services.cli.amounts import show_money, show_quantity
from services.cli.output import Output
from services.common.kernel.amount_words import show_units
from services.common.kernel.quantity import OCTETS, SECONDS


def bucket_left(bucket: api.Bucket) -> str:
    """What a bucket holds, reserved units included."""
    return show_money(bucket.money) if bucket.HasField("money") else show_quantity(bucket.quantity)


def bucket_reserved(bucket: api.Bucket) -> str:
    """What of a bucket is reserved; empty where nothing is."""
    if bucket.HasField("money"):
        return show_money(bucket.money_reserved) if bucket.money_reserved.minor_micros else ""
    return show_quantity(bucket.quantity_reserved) if bucket.quantity_reserved.amount else ""


def show_time(stamp: Timestamp) -> str:
    """`2026-03-02 08:00:00Z`; empty for none."""
    if not stamp.seconds and not stamp.nanos:
        return ""
    return stamp.ToJsonString().partition(".")[0].replace("T", " ").rstrip("Z") + "Z"


_RATING_GROUP_COLUMNS = (
    "rating group",
    "result",
    ">granted",
    ">come back at",
    ">valid for",
    "final",
    ">amount",
    "from allowances",
    "why",
)


def show_charging_data(output: Output, answer: data.ChargingDataResponse) -> None:
    """An answer of the charging API for people: one row per rating group, then what is left."""
    if answer.HasField("invocation_result"):
        result = answer.invocation_result
        output.line(f"result: {data.InvocationCause.Name(result.cause)} {result.detail}".rstrip())
    if answer.multiple_unit_information:
        rows = [_rating_group_row(info) for info in answer.multiple_unit_information]
        output.table("", *without_empty_columns(_RATING_GROUP_COLUMNS, rows))
    if answer.HasField("charge_information"):
        _show_charge(output, answer.charge_information)


def _rating_group_row(info: data.MultipleUnitInformation) -> tuple[str, ...]:
    charge = info.charge_information
    final = data.FinalUnitAction.Name(info.final_unit_indication.final_unit_action)
    return (
        str(info.rating_group),
        data.ResultCode.Name(info.result_code).removeprefix("RESULT_CODE_"),
        _granted(info.granted_unit),
        _threshold(info),
        f"{info.validity_time_seconds} s" if info.validity_time_seconds else "",
        final.removeprefix("FINAL_UNIT_ACTION_") if info.HasField("final_unit_indication") else "",
        show_money(charge.amount) if charge.HasField("amount") else "",
        ", ".join(map(show_quantity, charge.from_allowances)),
        info.detail,
    )


def without_empty_columns(
    columns: Sequence[str], rows: Sequence[Sequence[str]]
) -> tuple[list[str], list[list[str]]]:
    """Columns and rows with what no row has left out."""
    kept = [index for index in range(len(columns)) if any(row[index] for row in rows)]
    return [columns[index] for index in kept], [[row[index] for index in kept] for row in rows]


def _granted(granted: data.GrantedUnit) -> str:
    if granted.HasField("time_seconds"):
        return show_units(granted.time_seconds, SECONDS)
    if granted.HasField("total_volume_octets"):
        return show_units(granted.total_volume_octets, OCTETS)
    if granted.HasField("service_specific_units"):
        return show_units(granted.service_specific_units, "units")
    return ""


def _threshold(info: data.MultipleUnitInformation) -> str:
    if info.time_quota_threshold_seconds:
        return f"{show_units(info.time_quota_threshold_seconds, SECONDS)} left"
    if info.volume_quota_threshold_octets:
        return f"{show_units(info.volume_quota_threshold_octets, OCTETS)} left"
    if info.unit_quota_threshold:
        return f"{info.unit_quota_threshold} units left"
    return ""


def _show_charge(output: Output, charge: data.ChargeInformation) -> None:
    if charge.HasField("amount"):
        output.line(f"amount: {show_money(charge.amount)}")
    for quantity in charge.from_allowances:
        output.line(f"from allowances: {show_quantity(quantity)}")
    if charge.applied_price_ids:
        output.line(f"prices: {', '.join(charge.applied_price_ids)}")
    if charge.charge_ids:
        output.line(f"charge: {', '.join(charge.charge_ids)}")
    rows = ((left.bucket_id, remaining_amount(left)) for left in charge.remaining)
    if charge.remaining:
        output.table("", ("can still be spent", ">amount"), rows)
    if charge.low_balance_indication:
        output.line("the balance is low")


def remaining_amount(left: data.RemainingBalance) -> str:
    """Money or units that can still be spent."""
    return show_money(left.money) if left.HasField("money") else show_quantity(left.quantity)
