"""The scenes. What each must come to is worked out beside it; every day gives the same."""

from __future__ import annotations

from collections.abc import AsyncIterator

from tidemark.charging.v1 import account_api_pb2, charging_data_pb2

from services.cli.amounts import show_money
from services.cli.demo.scenes.actor import Stage, paid
from services.cli.demo.scenes.shown import Scene, Shown, refusal
from services.cli.demo.scenes.usage import (
    GB,
    MB,
    abroad,
    at_cell,
    calling,
    in_slice,
    load,
    octets,
    outcome,
    seconds,
    units,
    uplink,
)

WEB, VIDEO, CALL, FUEL, DISTANCE = 101, 107, 200, 411, 410
WHOLESALE, CAMERA, VEHICLES, SLICE_DATA, SURGERY, PURCHASE = 430, 431, 432, 500, 520, 600


async def calls(stage: Stage) -> AsyncIterator[Shown]:
    """Whom one calls makes the price."""
    (caller,) = await stage.account("caller", "mobile-postpaid", credit="500.00")
    premium = await caller.event(seconds(CALL, 1), ims=calling("+499001234"))
    yield Shown("a second to a premium number costs the least there is", "0.99 EUR", paid(premium))
    # Half an hour at 1.98 a minute would be 59.40.
    premium = await caller.event(seconds(CALL, 1_800), ims=calling("+499001234"))
    yield Shown("half an hour costs the most there is", "29.99 EUR", paid(premium))
    # 61 s are two begun minutes at 0.49.
    overseas = await caller.event(seconds(CALL, 61), ims=calling("+12125550123"))
    yield Shown("61 seconds overseas are two minutes", "0.98 EUR", paid(overseas))
    barred = await refusal(caller.event(seconds(CALL, 60), ims=calling("+491901234")))
    yield Shown("a withdrawn service cannot be called", "END_USER_REQUEST_DENIED", barred)


async def bill_shock(stage: Stage) -> AsyncIterator[Shown]:
    """A traveller outside the EU is stopped at the cap, lifts it, and goes on."""
    (traveller,) = await stage.account("traveller", "mobile-postpaid", credit="500.00")
    await traveller.create(octets(WEB), pdu_session=abroad("310260"))
    # 150 MB at 0.39 are 58.50; the cap is 59.50.
    used = await traveller.update(1, octets(WEB, 150 * MB, wants=True))
    yield Shown("150 MB in the USA", "58.50 EUR", paid(used))
    # 1.00 is left: 2,564,102 octets at 0.39 a megabyte.
    left = used.multiple_unit_information[0].granted_unit.total_volume_octets
    within = "within the cap" if 0 < left <= 2_564_102 else f"{left} octets"
    yield Shown("what is granted beyond", "within the cap", within)
    stopped = await traveller.update(2, octets(WEB, 3 * MB, wants=True))
    yield Shown("then nothing more is granted", "QUOTA_LIMIT_REACHED", _result(stopped))
    lifted = await traveller.lift_cap("roaming-data-cap")
    yield Shown("lifting the cap calls the session back", "1", str(lifted.reauthorised_sessions))
    yield Shown("and it goes on", "SUCCESS", _result(await traveller.update(3, octets(WEB, wants=True))))


async def booster(stage: Stage) -> AsyncIterator[Shown]:
    """One gigabyte for once, and a part of it for a friend."""
    (buyer,) = await stage.account("buyer", "prepaid-data")
    (friend,) = await stage.account("friend", "prepaid-data")
    bought = await buyer.subscribe("booster-1gb")
    yield Shown("a booster is bought", "1.99 EUR", show_money(bought.amount))
    used = await buyer.event(octets(WEB, 400 * MB))
    yield Shown("400 MB come from it", "0.00 EUR", paid(used))
    bucket = next(item for item in bought.account.buckets if item.offering_code == "booster-1gb")
    await buyer.give(bucket.bucket_id, 512 * MB, friend)
    yield Shown("512 MB are a gift", "0.00 EUR", paid(await friend.event(octets(WEB, 512 * MB))))
    # 85,938 begun KiB: the last 512 octets are more than the booster has.
    asked = await buyer.event(octets(WEB, 88 * MB))
    yield Shown("the last 88 MB, and the end of a begun KiB", "0.0000256 EUR", paid(asked))
    # 1 MB is 977 begun KiB: 1,000,448 octets at 0.05 a megabyte.
    yield Shown("then the plan's price", "0.0500224 EUR", paid(await buyer.event(octets(WEB, MB))))


async def household(stage: Stage) -> AsyncIterator[Shown]:
    """40 GB for a family, at most 20 GB of them for each."""
    eager, frugal = await stage.account("household", "family-plus", credit="500.00", members=2)
    # 20 GB come from the family's, 2 GB cost 3.00 each.
    yield Shown("22 GB by one of two", "6.00 EUR", paid(await eager.event(octets(WEB, 22 * GB))))
    yield Shown("15 GB by the other", "0.00 EUR", paid(await frugal.event(octets(WEB, 15 * GB))))


async def francs(stage: Stage) -> AsyncIterator[Shown]:
    """The same plan in Swiss francs, half price under 27."""
    (commuter,) = await stage.account("commuter", "frontier", currency="CHF")
    yield Shown("500 MB in francs", "2.20 CHF", paid(await commuter.event(octets(WEB, 500 * MB))))
    young = account_api_pb2.SubscriberProfile(segment="youth")
    (student,) = await stage.account("student", "frontier", currency="CHF", profile=young)
    yield Shown("500 MB under 27", "1.10 CHF", paid(await student.event(octets(WEB, 500 * MB))))


async def stadium(stage: Stage) -> AsyncIterator[Shown]:
    """A price for a place, and for how full it is."""
    (fan,) = await stage.account("fan", "prepaid-data", "stadium-fan")
    here = at_cell("26201-0000a1b20")
    quiet = await fan.event(octets(VIDEO, 10 * MB), pdu_session=here, rating_information=load(10))
    yield Shown("10 MB in the stadium", "0.20 EUR", paid(quiet))
    # 1000 + (90 - 80) x 20 = 1200 per mille.
    full = await fan.event(octets(VIDEO, 10 * MB), pdu_session=here, rating_information=load(90))
    yield Shown("10 MB at 90 per cent load", "0.24 EUR", paid(full))
    # 1400 per mille; 1300 is the most.
    full = await fan.event(octets(VIDEO, 10 * MB), pdu_session=here, rating_information=load(100))
    yield Shown("10 MB at 100 per cent", "0.26 EUR", paid(full))


async def hospital(stage: Stage) -> AsyncIterator[Shown]:
    """A slice by quality, theatres at a time, and surgery by what came of it."""
    rooms = await stage.account("hospital", "healthcare-slice", "surgery-slice", credit="9000.00", members=2)
    critical = in_slice(2, "0000a1", 82)
    for number, room in enumerate(rooms, 1):
        opened = await room.create(octets(SLICE_DATA), pdu_session=critical)
        # 300.00 and 19 per cent.
        yield Shown(f"theatre {number} connects at the same time", "357.00 EUR", paid(opened))
    # 50 GB of the site's, then 2 GB at 45.00 and 19 per cent.
    used = await rooms[0].update(1, octets(SLICE_DATA, 52 * GB))
    yield Shown("52 GB with guaranteed delay", "107.10 EUR", paid(used))
    # 90 x 4.50 and 19 per cent.
    held = await rooms[0].event(units(SURGERY, 90), outcome=outcome("surgery-1"))
    yield Shown("90 minutes of surgery, for the time being", "481.95 EUR", paid(held))
    missed = await rooms[1].event(units(SURGERY, 60), outcome=outcome("surgery-2"))
    back = await rooms[1].settle(missed.charge_information.charge_ids[0], confirmed=False)
    yield Shown(
        "60 minutes whose quality was not kept are given back", "321.30 EUR", show_money(back.refunded)
    )
    kept = await rooms[0].settle(held.charge_information.charge_ids[0], confirmed=True)
    yield Shown("the 90 are confirmed", "0.00 EUR", show_money(kept.refunded))


async def things(stage: Stage) -> AsyncIterator[Shown]:
    """Vehicles, kilometres, litres, cameras, and wholesale by the month."""
    (fleet,) = await stage.account("fleet", "iot-fleet", "iot-wholesale", credit="5000.00")
    road = await fleet.event(units(DISTANCE, 412), units(FUEL, 63))
    yield Shown("412 km and 63 l", "1.946 EUR", paid(road))
    truck = charging_data_pb2.RatingInformation(device_class="truck")
    counted = await fleet.event(units(VEHICLES, 10), rating_information=truck)
    yield Shown("ten trucks", "35.70 EUR", paid(counted))
    # Two begun packages of 10 GB at 12.00 and tax; what cameras receive counts nothing.
    yield Shown("11 GB sent by cameras", "28.56 EUR", paid(await fleet.event(uplink(CAMERA, 11 * GB))))
    # 80 GB at 2.00; then 120 GB at 1.50 stand at the 200.00 that 100 GB cost; each and 19 per cent.
    yield Shown("80 GB wholesale", "190.40 EUR", paid(await fleet.event(octets(WHOLESALE, 80 * GB))))
    yield Shown(
        "40 GB more, at the next step", "47.60 EUR", paid(await fleet.event(octets(WHOLESALE, 40 * GB)))
    )


async def shop(stage: Stage) -> AsyncIterator[Shown]:
    """A purchase on the phone bill: 3 per cent on top, within bounds."""
    (buyer,) = await stage.account("shopper", "prepaid-data", "carrier-billing", money="20.00")
    yield Shown("a game for 4.99", "5.1397 EUR", paid(await buyer.event(units(PURCHASE, 499))))
    yield Shown("a sticker for 0.05", "0.10 EUR", paid(await buyer.event(units(PURCHASE, 5))))
    # 60.00 is the most a purchase costs, and still more than there is.
    refused = await refusal(buyer.event(units(PURCHASE, 9_999)))
    yield Shown("a watch for 99.99 is not sold", "QUOTA_LIMIT_REACHED", refused)


async def network_trouble(stage: Stage) -> AsyncIterator[Shown]:
    """Reports out of order and twice are charged once each."""
    (phone,) = await stage.account("trouble", "prepaid-data")
    await phone.create(octets(WEB, wants=True))
    # 1 MiB is 1,048,576 octets at 0.05 a megabyte.
    late = await phone.update(3, octets(WEB, 1_048_576))
    yield Shown("number 3 overtakes number 2", "0.0524288 EUR", paid(late))
    overtaken = await phone.update(2, octets(WEB, 2_097_152))
    yield Shown("number 2 comes after it", "0.1048576 EUR", paid(overtaken))
    again = await phone.update(2, octets(WEB, 2_097_152))
    yield Shown("number 2 comes again: the same answer", "0.1048576 EUR", paid(again))
    yield Shown("and no second charge", "99.8427136 EUR", await phone.money())
    (why,) = (await phone.explain(late.charge_information.charge_ids[0]))[:1]
    yield Shown("the charge can say what it was for", "Web", why.split(",")[0])


SCENES: tuple[tuple[str, Scene], ...] = (
    ("whom you call", calls),
    ("bill shock", bill_shock),
    ("booster and gift", booster),
    ("household", household),
    ("two currencies", francs),
    ("stadium", stadium),
    ("hospital", hospital),
    ("things", things),
    ("pay by phone", shop),
    ("a bad network", network_trouble),
)


def _result(answer: charging_data_pb2.ChargingDataResponse) -> str:
    code = answer.multiple_unit_information[0].result_code
    return charging_data_pb2.ResultCode.Name(code).removeprefix("RESULT_CODE_")
