"""Charging answers out."""

from __future__ import annotations

from tidemark.charging.v1 import charging_api_pb2, charging_data_pb2
from tidemark.type.v1 import quantity_pb2

from services.charging.adapters.messages.common import FINAL_UNIT_ACTIONS, RESULT_CODES, money, timestamp
from services.charging.domain.answers import Answer, ChargingAnswer, Cost, Grant, GroupAnswer
from services.charging.domain.rating.tariff import VolumeDirection
from services.charging.domain.state import Bucket
from services.common.kernel.quantity import OCTETS, SECONDS

_VOLUME_FIELDS = {
    VolumeDirection.TOTAL: "total_volume_octets",
    VolumeDirection.UPLINK: "uplink_volume_octets",
    VolumeDirection.DOWNLINK: "downlink_volume_octets",
}


def created(answer: Answer) -> bytes:
    """Serialized CreateChargingSessionResponse."""
    assert isinstance(answer, ChargingAnswer)
    return charging_api_pb2.CreateChargingSessionResponse(
        charging_data_ref=answer.ref, charging_data=charging_data(answer)
    ).SerializeToString(deterministic=True)


def updated(answer: Answer) -> bytes:
    """Serialized UpdateChargingSessionResponse; Release and events have the same shape."""
    assert isinstance(answer, ChargingAnswer)
    return charging_api_pb2.UpdateChargingSessionResponse(
        charging_data=charging_data(answer)
    ).SerializeToString(deterministic=True)


def charging_data(answer: ChargingAnswer) -> charging_data_pb2.ChargingDataResponse:
    """The common part of every charging answer."""
    information = _charge_information(answer.cost, answer.currency_code)
    information.low_balance_indication = answer.low_balance
    information.remaining.extend(_remaining(bucket) for bucket in answer.remaining)
    return charging_data_pb2.ChargingDataResponse(
        invocation_time_stamp=timestamp(answer.at),
        invocation_sequence_number=answer.sequence,
        multiple_unit_information=[_group(group, answer.currency_code) for group in answer.groups],
        charge_information=information,
    )


def _group(group: GroupAnswer, currency_code: str) -> charging_data_pb2.MultipleUnitInformation:
    message = charging_data_pb2.MultipleUnitInformation(
        result_code=RESULT_CODES[group.result], rating_group=group.rating_group, detail=group.detail
    )
    if group.cost.price_ids:
        message.charge_information.CopyFrom(_charge_information(group.cost, currency_code))
    if group.grant is not None:
        _fill_grant(message, group.grant)
    if group.final_action is not None:
        message.final_unit_indication.final_unit_action = FINAL_UNIT_ACTIONS[group.final_action]
        message.final_unit_indication.redirect_server_address = group.redirect_address
        message.validity_time_seconds = group.retry_seconds
    return message


def _fill_grant(message: charging_data_pb2.MultipleUnitInformation, grant: Grant) -> None:
    message.validity_time_seconds = grant.validity_seconds
    message.quota_holding_time_seconds = grant.holding_seconds
    message.triggers.append(charging_data_pb2.TRIGGER_VALIDITY_TIME)
    if grant.unit == OCTETS:
        setattr(message.granted_unit, _VOLUME_FIELDS[grant.direction], grant.units)
        message.volume_quota_threshold_octets = grant.threshold_units
    elif grant.unit == SECONDS:
        message.granted_unit.time_seconds = grant.units
        message.time_quota_threshold_seconds = grant.threshold_units
    else:
        message.granted_unit.service_specific_units = grant.units
        message.unit_quota_threshold = grant.threshold_units
    if grant.tariff_time_change is not None:
        message.granted_unit.tariff_time_change.CopyFrom(timestamp(grant.tariff_time_change))
        message.triggers.append(charging_data_pb2.TRIGGER_TARIFF_TIME_CHANGE)
    if grant.threshold_units:
        message.triggers.append(charging_data_pb2.TRIGGER_QUOTA_THRESHOLD)
    else:
        message.triggers.append(charging_data_pb2.TRIGGER_QUOTA_EXHAUSTED)
    if grant.final is not None:
        message.final_unit_indication.final_unit_action = FINAL_UNIT_ACTIONS[grant.final]
        message.final_unit_indication.redirect_server_address = grant.redirect_address


def _charge_information(cost: Cost, currency_code: str) -> charging_data_pb2.ChargeInformation:
    information = charging_data_pb2.ChargeInformation(
        amount=money(cost.amount, currency_code),
        from_allowances=[
            quantity_pb2.Quantity(unit=unit, amount=amount) for unit, amount in cost.from_allowances
        ],
        applied_price_ids=cost.price_ids,
        charge_ids=cost.charge_ids,
    )
    if cost.tax:
        information.tax.CopyFrom(money(cost.tax, currency_code))
    return information


def _remaining(bucket: Bucket) -> charging_data_pb2.RemainingBalance:
    """What can still be spent: credit included, reservations not taken off (they are for this very use)."""
    spendable = bucket.balance - bucket.floor
    if bucket.is_money:
        return charging_data_pb2.RemainingBalance(
            bucket_id=bucket.bucket_id, money=money(spendable, bucket.unit)
        )
    return charging_data_pb2.RemainingBalance(
        bucket_id=bucket.bucket_id, quantity=quantity_pb2.Quantity(unit=bucket.unit, amount=spendable)
    )
