"""Who sponsored usage and whose application it was: kept apart container by container, never priced."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tidemark.charging.v1 import charging_data_pb2

from services.charging.adapters.messages import journal_out
from services.charging.adapters.messages.requests import invocation
from services.charging.domain.commands import Container, Report
from services.charging.domain.events import Entry, Operation, UsageCharged
from services.common.kernel.clock import EPOCH
from services.common.kernel.outcome import RefusedError
from tests.support.charging_catalog import DATA, TEXT, flat, offering, per, price, tariff
from tests.support.charging_world import World, container, eur, report


def _world() -> World:
    """A cent for each hundred octets begun, 0.07 for a text."""
    prices = (price("data", DATA, per("0.0001"), first=100, then=100), price("text", TEXT, flat("0.07")))
    world = World(tariff(offering("basic", *prices)))
    world.open_account(money=eur("10.00"))
    return world


def _of(rating_group: int, units: int, sponsor: str, application: str = "") -> Container:
    plain = container(rating_group, units)
    return replace(plain, sponsor_identity=sponsor, application_service_provider_identity=application)


def _partners(charge: UsageCharged) -> tuple[str, str, int]:
    return charge.sponsor_identity, charge.application_service_provider_identity, charge.used_units


def test_containers_of_one_rating_group_are_charged_one_by_one_with_their_own_partners() -> None:
    world = _world()
    world.session(report(DATA)).update(
        report(DATA, _of(DATA, 30, "shoes"), _of(DATA, 20, "shirts", "clips"), _of(DATA, 10, "", "clips"), 5)
    )
    assert [_partners(charge) for charge in world.charges()] == [
        ("shoes", "", 30),
        ("shirts", "clips", 20),
        ("", "clips", 10),
        ("", "", 5),
    ]


def test_partners_change_no_price_and_no_rounding() -> None:
    """65 octets are one hundred begun, however many sponsors they have: 0.01, in the first charge."""
    sponsored, plain = _world(), _world()
    sponsored.session(report(DATA)).update(report(DATA, _of(DATA, 40, "shoes"), _of(DATA, 25, "shirts")))
    plain.session(report(DATA)).update(report(DATA, 40, 25))
    amounts = [charge.amount for charge in sponsored.charges()]
    assert amounts == [charge.amount for charge in plain.charges()] == [eur("0.01"), 0]
    assert sponsored.digest() == plain.digest(), "nothing of a partner stays in memory"


def test_an_event_carries_them_too() -> None:
    world = _world()
    world.do(world.event(Report(TEXT, None, (_of(TEXT, 1, "shoes", "clips"),))))
    assert [_partners(charge) for charge in world.charges()] == [("shoes", "clips", 1)]


def test_they_stand_in_the_journal_only_where_the_element_named_one() -> None:
    world = _world()
    world.session(report(DATA)).update(report(DATA, _of(DATA, 1, "shoes"), 1))
    messages = journal_out.entry(Entry(EPOCH, Operation.UPDATE_SESSION, tuple(world.charges()))).events
    assert [
        [
            name
            for name in ("sponsor_identity", "application_service_provider_identity")
            if getattr(message.usage_charged, name)
        ]
        for message in messages
    ] == [["sponsor_identity"], []]


def _request(**partners: str) -> charging_data_pb2.ChargingDataRequest:
    request = charging_data_pb2.ChargingDataRequest(invocation_sequence_number=1)
    request.invocation_time_stamp.seconds = 1_772_445_600
    usage = request.multiple_unit_usage.add(rating_group=DATA)
    usage.used_unit_container.add(total_volume_octets=1)
    usage.used_unit_container.add(total_volume_octets=1, **partners)
    return request


def test_sixty_four_characters_of_any_script_are_taken() -> None:
    longest = "é" * 64
    used = invocation(_request(sponsor_identity=longest)).reports[0].used
    assert [item.sponsor_identity for item in used] == ["", longest]


@pytest.mark.parametrize("name", ["sponsor_identity", "application_service_provider_identity"])
@pytest.mark.parametrize("text", ["x" * 65, "a\nb", "\x00", "\u202eabc"])
def test_what_is_longer_or_cannot_be_printed_is_refused_with_its_field(name: str, text: str) -> None:
    with pytest.raises(RefusedError) as error:
        invocation(_request(**{name: text}))
    assert error.value.refused.reason.name == "FIELD_INVALID"
    assert error.value.refused.field == f"charging_data.multiple_unit_usage[0].used_unit_container[1].{name}"
