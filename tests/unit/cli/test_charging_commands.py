"""`tidemark session` and `tidemark event` speak as a network element does."""

from __future__ import annotations

import json

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.charging.v1 import charging_api_pb2 as api
from tidemark.charging.v1 import charging_data_pb2 as data
from tidemark.type.v1 import quantity_pb2

from services.common.kernel.outcome import Category, Reason, Refused
from tests.support.accounts import euros
from tests.support.fake_services import FakeServices
from tests.unit.cli.conftest import Tidemark

SUBSCRIBER = "msisdn-491700000001"

GRANTED = data.ChargingDataResponse(
    multiple_unit_information=[
        data.MultipleUnitInformation(
            result_code=data.RESULT_CODE_SUCCESS,
            rating_group=110,
            granted_unit=data.GrantedUnit(total_volume_octets=262_144),
            volume_quota_threshold_octets=26_214,
            validity_time_seconds=3_600,
        ),
        data.MultipleUnitInformation(
            result_code=data.RESULT_CODE_QUOTA_LIMIT_REACHED,
            rating_group=200,
            final_unit_indication=data.FinalUnitIndication(
                final_unit_action=data.FINAL_UNIT_ACTION_TERMINATE
            ),
        ),
    ],
)
CHARGED = data.ChargingDataResponse(
    charge_information=data.ChargeInformation(
        amount=euros(9_000_000),
        from_allowances=[quantity_pb2.Quantity(unit="events", amount=2)],
        applied_price_ids=["3/prepaid-data/sms"],
        charge_ids=["c-1"],
        remaining=[data.RemainingBalance(bucket_id="b-money", money=euros(991_000_000))],
        low_balance_indication=True,
    )
)


def rows(stdout: str) -> list[str]:
    return [" ".join(line.replace("│", " ").split()) for line in stdout.splitlines()]


def test_create_asks_for_units_and_shows_each_rating_group(
    tidemark: Tidemark, services: FakeServices
) -> None:
    services.answer(
        "CreateChargingSession",
        api.CreateChargingSessionResponse(charging_data_ref="s-1", charging_data=GRANTED),
    )
    result = tidemark(
        *("session", "create", SUBSCRIBER, "--ask", "110", "--ask", "200=60s"),
        *("--at", "2026-03-02T08:00:00Z", "--serving-plmn", "20801", "--charging-id", "pdu-1"),
    )
    assert result.exit_code == 0, result.output
    (request,) = services.requests
    sent = request.charging_data
    assert (sent.subscriber_identifier, sent.charging_id) == (SUBSCRIBER, "pdu-1")
    assert sent.nf_consumer_identification.nf_name == "tidemark-cli"
    assert sent.HasField("invocation_sequence_number")
    assert sent.invocation_time_stamp == Timestamp(seconds=1_772_438_400)
    assert sent.pdu_session.serving_plmn_id == "20801"
    assert "session s-1; the next --sequence is 1" in rows(result.stdout)
    assert "110 SUCCESS 262.14 kB 26.21 kB left 3600 s" in rows(result.stdout)
    assert "200 QUOTA_LIMIT_REACHED TERMINATE" in rows(result.stdout)


def test_update_and_release_carry_the_session_and_its_next_number(
    tidemark: Tidemark, services: FakeServices
) -> None:
    services.answer("UpdateChargingSession", api.UpdateChargingSessionResponse(charging_data=GRANTED))
    services.answer("ReleaseChargingSession", api.ReleaseChargingSessionResponse(charging_data=CHARGED))
    tidemark("session", "update", "s-1", "--sequence", "1", "--used", "110=3MB", "--ask", "110")
    released = tidemark("session", "release", "s-1", "--sequence", "2", "--used", "110=500kB")
    update, release = services.requests
    assert (update.charging_data_ref, release.charging_data_ref) == ("s-1", "s-1")
    assert update.charging_data.invocation_sequence_number == 1
    (usage,) = update.charging_data.multiple_unit_usage
    assert usage.used_unit_container[0].total_volume_octets == 3_000_000
    assert usage.HasField("requested_unit")
    assert not release.charging_data.multiple_unit_usage[0].HasField("requested_unit")
    assert "session s-1 is closed" in rows(released.stdout)


def test_a_debit_shows_cost_price_and_what_is_left(tidemark: Tidemark, services: FakeServices) -> None:
    services.answer("ChargeOneTimeEvent", api.ChargeOneTimeEventResponse(charging_data=CHARGED))
    result = tidemark("event", "debit", SUBSCRIBER, "--used", "300=1events")
    (request,) = services.requests
    assert request.requested_action == api.REQUESTED_ACTION_DIRECT_DEBITING
    lines = rows(result.stdout)
    assert "amount: 0.09 EUR" in lines
    assert "from allowances: 2 events" in lines
    assert "prices: 3/prepaid-data/sms" in lines
    assert "charge: c-1" in lines
    assert "b-money 9.91 EUR" in lines
    assert "the balance is low" in lines


def test_a_repeated_charging_id_repeats_the_request(tidemark: Tidemark, services: FakeServices) -> None:
    services.answer("ChargeOneTimeEvent", api.ChargeOneTimeEventResponse())
    for charging_id in ("e-1", "e-1"):
        tidemark("event", "debit", SUBSCRIBER, "--charging-id", charging_id)
    tidemark("event", "debit", SUBSCRIBER)
    keys = [request.charging_data.charging_id for request in services.requests]
    assert keys[:2] == ["e-1", "e-1"]
    assert keys[2] not in ("", "e-1")


@pytest.mark.parametrize(
    ("arguments", "action"),
    [
        (("price", SUBSCRIBER, "--ask", "110=100MB"), api.REQUESTED_ACTION_PRICE_ENQUIRY),
        (("check", SUBSCRIBER, "--ask", "200=10min"), api.REQUESTED_ACTION_CHECK_BALANCE),
        (("refund", SUBSCRIBER, "c-1", "--amount", "0.05"), api.REQUESTED_ACTION_REFUND_ACCOUNT),
    ],
)
def test_the_other_events_name_their_action(
    tidemark: Tidemark, services: FakeServices, arguments: tuple[str, ...], action: int
) -> None:
    services.answer("ChargeOneTimeEvent", api.ChargeOneTimeEventResponse(charging_data=CHARGED))
    result = tidemark("event", *arguments, "--json")
    assert services.requests[0].requested_action == action
    charge = json.loads(result.stdout)["charging_data"]["charge_information"]
    assert charge["amount"]["minor_micros"] == "9000000"


def test_a_refund_gives_back_all_unless_told_otherwise(tidemark: Tidemark, services: FakeServices) -> None:
    services.answer("ChargeOneTimeEvent", api.ChargeOneTimeEventResponse())
    tidemark("event", "refund", SUBSCRIBER, "c-1")
    tidemark("event", "refund", SUBSCRIBER, "c-1", "--amount", "0.05")
    everything, part = services.requests
    assert everything.refund_charge_id == "c-1"
    assert not everything.HasField("refund_amount")
    assert part.refund_amount == euros(5_000_000)


def test_an_exhausted_balance_is_exit_code_1_and_says_how_to_top_up(
    tidemark: Tidemark, services: FakeServices
) -> None:
    limit = Reason("QUOTA_LIMIT_REACHED", Category.EXHAUSTED)
    services.answer("ChargeOneTimeEvent", Refused(limit, "0.09 EUR needed, 0.01 EUR left"))
    result = tidemark("event", "debit", SUBSCRIBER, "--used", "300=1events")
    assert result.exit_code == 1
    assert result.stderr == (
        "tidemark: charging: 0.09 EUR needed, 0.01 EUR left (QUOTA_LIMIT_REACHED); "
        "`tidemark account top-up` adds money\n"
    )


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (("session", "update", "s-1", "--used", "110=5MB"), "--sequence"),
        (("session", "create", SUBSCRIBER, "--at", "yesterday"), "--at"),
        (("session", "create", SUBSCRIBER, "--at", "2026-03-02T08:00:00"), "no zone"),
        (("event", "debit", SUBSCRIBER, "--used", "110=5"), "unit"),
    ],
)
def test_wrong_usage_is_exit_code_2(
    tidemark: Tidemark, services: FakeServices, arguments: tuple[str, ...], fault: str
) -> None:
    result = tidemark(*arguments)
    assert result.exit_code == 2
    assert fault in result.stderr
    assert services.requests == []
