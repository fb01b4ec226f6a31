"""One rating group seen from the network element: what flows, and when it comes back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cli.replay.quota import Container, Grant, Quota, Report, Result, Standing, Units, Why


def granted(
    units: int, *, threshold: int = 0, validity_ms: int = 0, holding_ms: int = 0, final: bool = False
) -> Grant:
    return Grant(Result.SUCCESS, units, threshold, validity_ms, holding_ms, final)


def open_quota(grant: Grant, at_ms: int = 0) -> Quota:
    quota = Quota()
    quota.start(at_ms)
    quota.report(Why.START, at_ms)
    quota.receive(grant, at_ms)
    return quota


def reported(report: Report) -> list[tuple[Why, int]]:
    return [(container.why, container.units.total) for container in report.containers]


def test_the_first_traffic_asks_and_waits_for_the_grant() -> None:
    quota = Quota()
    quota.carry(Units(40, 60), 0)
    assert quota.due is Why.START
    assert quota.carried.total == 0
    report = quota.report(Why.START, 0)
    assert report.asks
    assert report.containers == ()
    quota.receive(granted(1000), 0)
    assert quota.carried == Units(40, 60)
    assert quota.due is None


def test_it_comes_back_when_only_the_threshold_is_left() -> None:
    quota = open_quota(granted(1000, threshold=200))
    quota.carry(Units(0, 799), 10)
    assert quota.due is None
    quota.carry(Units(0, 300), 20)
    assert quota.due is Why.QUOTA_THRESHOLD
    report = quota.report(Why.QUOTA_THRESHOLD, 20)
    assert report.asks
    assert report.containers == (Container(1, Why.QUOTA_THRESHOLD, 20, Units(0, 800)),)
    quota.receive(granted(1000, threshold=200), 20)
    assert quota.carried.total == 1099


def test_without_a_threshold_it_comes_back_when_nothing_is_left() -> None:
    quota = open_quota(granted(100))
    quota.carry(Units(70, 70), 10)
    assert quota.due is Why.QUOTA_EXHAUSTED
    report = quota.report(Why.QUOTA_EXHAUSTED, 10)
    assert (report.asks, reported(report)) == (True, [(Why.QUOTA_EXHAUSTED, 100)])


def test_a_threshold_as_large_as_the_grant_still_lets_the_grant_flow() -> None:
    quota = open_quota(granted(100, threshold=100))
    quota.carry(Units(99), 10)
    assert (quota.carried.total, quota.due) == (99, None)


def test_final_units_flow_to_the_last_and_then_nothing_does() -> None:
    quota = open_quota(granted(100, threshold=20, final=True))
    quota.carry(Units(150), 10)
    assert (quota.carried.total, quota.due) == (100, Why.QUOTA_EXHAUSTED)
    assert not quota.report(Why.QUOTA_EXHAUSTED, 10).asks
    quota.receive(Grant(Result.SUCCESS), 10)
    assert quota.standing is Standing.SHUT
    quota.carry(Units(5), 20)
    assert (quota.carried.total, quota.blocked.total, quota.due) == (100, 55, None)


@pytest.mark.parametrize(
    "result",
    [
        Result.QUOTA_LIMIT_REACHED,
        Result.RATING_FAILED,
        Result.END_USER_SERVICE_DENIED,
        Result.END_USER_SERVICE_REJECTED,
    ],
)
def test_what_is_not_granted_is_dropped_and_counted(result: Result) -> None:
    quota = Quota()
    quota.carry(Units(10, 20), 0)
    quota.report(Why.START, 0)
    quota.receive(Grant(result), 0)
    assert (quota.carried.total, quota.blocked) == (0, Units(10, 20))


def test_an_empty_account_with_a_validity_time_may_ask_again_later() -> None:
    quota = open_quota(Grant(Result.QUOTA_LIMIT_REACHED, validity_ms=1000))
    quota.carry(Units(10), 999)
    assert (quota.blocked.total, quota.due) == (10, None)
    quota.carry(Units(10), 1000)
    assert (quota.blocked.total, quota.due) == (10, Why.START)


def test_traffic_that_turns_offline_flows_freely_and_is_reported_at_the_end() -> None:
    quota = open_quota(Grant(Result.QUOTA_MANAGEMENT_NOT_APPLICABLE))
    quota.carry(Units(10**9), 5)
    assert (quota.due, quota.deadline_ms, quota.unreported) == (None, None, True)
    assert reported(quota.report(Why.FINAL, 9)) == [(Why.FINAL, 10**9)]


def test_when_the_validity_time_is_over_it_comes_back_with_what_was_used() -> None:
    quota = open_quota(granted(1000, validity_ms=500), at_ms=100)
    quota.carry(Units(30), 200)
    assert quota.deadline_ms == 600
    quota.advance(599)
    assert quota.due is None
    quota.advance(600)
    assert quota.due is Why.VALIDITY_TIME
    report = quota.report(Why.VALIDITY_TIME, 600)
    assert (report.asks, reported(report)) == (True, [(Why.VALIDITY_TIME, 30)])


def test_a_grant_nobody_uses_is_handed_back_without_asking_for_more() -> None:
    quota = open_quota(granted(1000, validity_ms=9000, holding_ms=300))
    quota.carry(Units(1), 100)
    assert quota.deadline_ms == 400
    quota.advance(400)
    report = quota.report(Why.QHT, 400)
    assert (report.asks, reported(report)) == (False, [(Why.QHT, 1)])
    quota.receive(Grant(Result.SUCCESS), 400)
    assert quota.standing is Standing.UNASKED
    assert quota.deadline_ms is None
    quota.carry(Units(1), 5000)
    assert quota.due is Why.START


def test_usage_before_and_after_a_tariff_change_comes_in_two_containers() -> None:
    quota = open_quota(Grant(Result.SUCCESS, 1000, tariff_change_ms=50))
    quota.carry(Units(10), 49)
    quota.carry(Units(20), 51)
    report = quota.report(Why.FINAL, 60)
    assert report.containers == (
        Container(1, Why.TARIFF_TIME_CHANGE, 50, Units(10)),
        Container(2, Why.FINAL, 60, Units(20)),
    )


def test_an_answer_that_passes_over_what_was_asked_lets_nothing_flow() -> None:
    quota = Quota()
    quota.carry(Units(10), 0)
    quota.report(Why.START, 0)
    quota.receive(None, 0)
    assert quota.blocked.total == 10


@given(
    traffic=st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=12),
    grants=st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300), st.booleans()), min_size=1),
)
def test_every_octet_is_either_reported_once_or_blocked_once(
    traffic: list[tuple[int, int]], grants: list[tuple[int, int, bool]]
) -> None:
    quota, answers, total_reported = Quota(), 0, 0
    for at_ms, (uplink, downlink) in enumerate(traffic):
        quota.carry(Units(uplink, downlink), at_ms)
        while quota.due is not None:
            report = quota.report(quota.due, at_ms)
            outstanding = sum(container.units.total for container in report.containers)
            units, threshold, final = grants[answers % len(grants)]
            assert outstanding <= (grants[(answers - 1) % len(grants)][0] if answers else 0)
            total_reported += outstanding
            answers += 1
            quota.receive(granted(units, threshold=threshold, final=final), at_ms)
    total_reported += sum(container.units.total for container in quota.report(Why.FINAL, 99).containers)
    offered = sum(uplink + downlink for uplink, downlink in traffic)
    assert total_reported == quota.carried.total
    assert quota.carried.total + quota.blocked.total == offered
