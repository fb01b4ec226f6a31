"""One account's usage played in time order against a charging system in memory."""

from __future__ import annotations

from collections.abc import Sequence

from tidemark.charging.v1 import charging_api_pb2, charging_data_pb2

from services.cli.replay.flows import Flow
from services.cli.replay.identity import Run
from services.cli.replay.lane import Lane
from services.cli.replay.outgoing import Outgoing
from services.cli.replay.rating_groups import RatingGroups
from services.common.kernel.clock import Instant
from tests.support.fake_charging import Decide, FakeCharging, grant_volume

RUN = Run("test", Instant(1_772_438_400_000_000))
WEB, CHAT, VOIP, CALL, MESSAGE = 101, 103, 105, 200, 300
GROUPS = RatingGroups(
    by_category={"Web": WEB, "Chat": CHAT, "VoIP": VOIP}, codes={}, voice_call=CALL, message=MESSAGE
)
UPDATE = charging_api_pb2.UpdateChargingSessionRequest
RELEASE = charging_api_pb2.ReleaseChargingSessionRequest


def flow(line: int, capture: str, start_ms: int, end_ms: int, category: str, octets: int) -> Flow:
    return Flow(line, capture, start_ms, end_ms, "any", category, octets // 2, octets - octets // 2)


def play(
    flows: Sequence[Flow], decide: Decide, refuse: dict[str, str] | None = None
) -> tuple[Lane, FakeCharging]:
    lane, charging = Lane(RUN, "account", flows, GROUPS), FakeCharging(decide, refuse)
    exchange = lane.play()
    outgoing: Outgoing | None = next(exchange, None)
    while outgoing is not None:
        try:
            outgoing = exchange.send(charging.answer(outgoing))
        except StopIteration:
            outgoing = None
    return lane, charging


def kinds(charging: FakeCharging) -> list[str]:
    return [type(outgoing.request).__name__.removesuffix("Request") for outgoing in charging.sent]


def test_a_capture_is_one_pdu_session_with_its_usage_reported_at_the_release() -> None:
    lane, charging = play([flow(2, "a", 0, 900, "Web", 700)], grant_volume(1000))
    assert kinds(charging) == ["CreateChargingSession", "ReleaseChargingSession"]
    assert charging.used == {("test/a/pdu-session", WEB): 700}
    assert charging.open == set()
    assert (lane.totals.rows, lane.totals.pdu_sessions, lane.totals.requests) == (1, 1, 2)


def test_a_flow_larger_than_its_grant_comes_back_until_all_has_flowed() -> None:
    lane, charging = play([flow(2, "a", 0, 900, "Web", 2500)], grant_volume(1000, threshold=200))
    assert kinds(charging).count("UpdateChargingSession") == 3
    assert charging.used[("test/a/pdu-session", WEB)] == 2500
    assert lane.totals.carried[WEB] == 2500


def test_a_second_category_is_asked_for_when_its_traffic_begins() -> None:
    _, charging = play(
        [flow(2, "a", 0, 900, "Web", 10), flow(3, "a", 500, 700, "Chat", 20)], grant_volume(1000)
    )
    update = charging.reports(UPDATE)[0].charging_data
    assert [usage.rating_group for usage in update.multiple_unit_usage] == [CHAT]
    assert update.invocation_time_stamp.ToMilliseconds() == 1_772_438_400_500


def test_validity_times_are_kept_by_the_tables_clock_between_rows() -> None:
    _, charging = play(
        [flow(2, "a", 0, 0, "Web", 10), flow(3, "a", 25_000, 26_000, "Web", 5)],
        grant_volume(1000, validity_seconds=10),
    )
    updates = [outgoing.at_ms for outgoing in charging.sent if isinstance(outgoing.request, UPDATE)]
    assert updates == [10_000, 20_000]
    triggers = [
        list(usage.triggers)
        for update in charging.reports(UPDATE)
        for group in update.charging_data.multiple_unit_usage
        for usage in group.used_unit_container
    ]
    assert triggers == [[charging_data_pb2.TRIGGER_VALIDITY_TIME]]


def test_a_voip_record_is_also_a_call_of_its_length_rounded_up() -> None:
    lane, charging = play([flow(2, "a", 100, 4150, "VoIP", 10)], grant_volume(60))
    assert charging.used[("test/a/call-1", CALL)] == 5
    assert charging.used[("test/a/pdu-session", VOIP)] == 10
    assert lane.totals.carried[CALL] == 5


def test_a_call_without_length_is_opened_and_closed_and_has_no_seconds() -> None:
    lane, charging = play([flow(2, "a", 100, 100, "VoIP", 10)], grant_volume(60))
    assert charging.used[("test/a/call-1", CALL)] == 0
    assert (lane.totals.calls, lane.totals.carried[CALL]) == (1, 0)


def test_a_long_call_asks_for_more_when_its_time_runs_out() -> None:
    _, charging = play([flow(2, "a", 0, 25_500, "VoIP", 10)], grant_volume(10, threshold=2))
    calls = [
        outgoing.at_ms
        for outgoing in charging.sent
        if isinstance(outgoing.request, UPDATE)
        and outgoing.request.charging_data.charging_id.endswith("call-1")
    ]
    assert calls == [8_000, 16_000, 24_000]
    assert charging.used[("test/a/call-1", CALL)] == 26


def test_a_call_is_cut_off_after_its_final_seconds() -> None:
    def final_ten_seconds(
        name: str, usage: charging_data_pb2.MultipleUnitUsage
    ) -> charging_data_pb2.MultipleUnitInformation:
        information = grant_volume(10)(name, usage)
        information.final_unit_indication.final_unit_action = charging_data_pb2.FINAL_UNIT_ACTION_TERMINATE
        return information

    lane, charging = play([flow(2, "a", 0, 25_500, "VoIP", 10)], final_ten_seconds)
    release = next(item for item in charging.sent if isinstance(item.request, RELEASE))
    assert (release.at_ms, release.request.charging_data.charging_id) == (10_000, "test/a/call-1")
    assert (lane.totals.carried[CALL], lane.totals.blocked[CALL]) == (10, 16)


def test_a_chat_record_is_also_a_message() -> None:
    lane, charging = play(
        [flow(2, "a", 0, 9, "Chat", 10), flow(3, "a", 5, 9, "Chat", 10)], grant_volume(1000)
    )
    events = charging.reports(charging_api_pb2.ChargeOneTimeEventRequest)
    assert [event.charging_data.charging_id for event in events] == ["test/a/message-1", "test/a/message-2"]
    usage = events[0].charging_data.multiple_unit_usage[0]
    assert (usage.rating_group, usage.used_unit_container[0].service_specific_units) == (MESSAGE, 1)
    assert lane.totals.carried[MESSAGE] == 2


def test_a_refused_message_is_counted_and_nothing_else_stops() -> None:
    lane, _ = play(
        [flow(2, "a", 0, 9, "Chat", 10)], grant_volume(1000), {"test/a/message-1": "QUOTA_LIMIT_REACHED"}
    )
    assert lane.totals.refusals == {"QUOTA_LIMIT_REACHED": 1}
    assert (lane.totals.blocked[MESSAGE], lane.totals.carried[CHAT]) == (1, 10)


def test_a_refused_session_lets_nothing_flow() -> None:
    lane, charging = play(
        [flow(2, "a", 0, 9, "Web", 10), flow(3, "a", 3, 9, "Web", 15)],
        grant_volume(1000),
        {"test/a/pdu-session": "USER_UNKNOWN"},
    )
    assert len(charging.sent) == 1
    assert (lane.totals.blocked[WEB], lane.totals.carried[WEB]) == (25, 0)


def test_captures_of_one_account_are_merged_in_time_order() -> None:
    flows = [
        flow(2, "a", 0, 100, "Web", 10),
        flow(3, "a", 900, 950, "Web", 10),
        flow(4, "b", 50, 400, "Chat", 10),
    ]
    _, charging = play(flows, grant_volume(1000))
    times = [outgoing.at_ms for outgoing in charging.sent]
    assert times == sorted(times)
    assert charging.used == {("test/a/pdu-session", WEB): 20, ("test/b/pdu-session", CHAT): 10}


def test_a_second_play_sends_the_same_octets() -> None:
    flows = [
        flow(2, "a", 0, 9_100, "VoIP", 2500),
        flow(3, "a", 10, 12, "Chat", 999),
        flow(4, "b", 8, 900, "Web", 4321),
    ]
    _, first = play(flows, grant_volume(700, validity_seconds=3))
    _, second = play(flows, grant_volume(700, validity_seconds=3))
    assert [item.request.SerializeToString(deterministic=True) for item in first.sent] == [
        item.request.SerializeToString(deterministic=True) for item in second.sent
    ]
    assert len(first.sent) > 10
