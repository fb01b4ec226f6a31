"""Stories: a fleet and a hospital, from what their things did to what each partner is told.

Every amount is worked out by hand beside it, in minor units (cents). Each story is settled by a kind of
period of its own, closed early.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from tidemark.charging.v1 import charging_data_pb2
from tidemark.partner_settlement.v1 import agreement_pb2, statement_pb2

from services.cli.amounts import show_money
from services.cli.demo.scenes.actor import paid
from services.cli.demo.scenes.usage import GB, in_slice, octets, outcome, units
from services.cli.suite import Suite
from tests.support.settlement_story import Calendar, Town, access, calendar, figures, town

DISTANCE, FUEL, VEHICLES, SLICE_DATA, DEVICES, SURGERY = 410, 411, 432, 500, 510, 520
AGREEMENTS = """
parties:
  fleetlink: {name: Fleetlink, roles: [iot-platform], tax_percent: "19"}
  routesoft: {name: Routesoft, roles: [software-vendor]}
  mediedge: {name: Mediedge, roles: [edge-provider], tax_percent: "19"}
  surgitech: {name: Surgitech, roles: [equipment-maker]}

agreements:
  fleet-2026:
    name: Fleet
    reference: FL-1
    from: 2026-01-01
    period: month
    currencies: [EUR]
    terms:
      fleet:
        name: Vehicles, kilometres and fuel
        covers:
          kinds: [usage]
          offerings: [iot-fleet, iot-wholesale]
          prices: [distance, fuel, vehicle, vehicle-truck]
        basis: net-of-tax
        waterfall:
          - {code: vehicles, per_unit: {to: fleetlink, per: 1 vehicles, amount: "0.40"}}
          - {code: kilometres, per_unit: {to: fleetlink, per: 1000 kilometres, amount: "0.70"}}
          - {code: litres, per_unit: {to: fleetlink, per: 1000 litres, amount: "1.00"}}
          - {code: software, percent: {to: routesoft, percent: "30", of: remaining}}
  hospital-slice-2026:
    name: Hospital
    reference: HO-1
    from: 2026-01-01
    period: quarter
    currencies: [EUR]
    terms:
      credits:
        name: Quality that was not kept
        covers: {kinds: [refund], offerings: [healthcare-slice, surgery-slice]}
        basis: net-of-tax
        waterfall:
          - {code: edge-credit, percent: {to: mediedge, percent: "60"}}
          - {code: equipment-credit, percent: {to: surgitech, percent: "40"}}
      slice:
        name: Devices, data and surgery
        covers: {kinds: [usage], offerings: [healthcare-slice, surgery-slice]}
        basis: net-of-tax
        waterfall:
          - {code: edge, percent: {to: mediedge, percent: "35"}}
          - {code: equipment, percent: {to: surgitech, percent: "15", of: remaining}}
"""


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Suite]:
    with town(tmp_path_factory.mktemp("things") / "suite", AGREEMENTS) as running:
        yield running


@pytest.fixture
async def scene(suite: Suite) -> AsyncIterator[Town]:
    async with access(suite) as found:
        yield found


@pytest.fixture
async def today() -> Calendar:
    return await calendar()


async def test_a_fleet_by_vehicles_kilometres_and_fuel(scene: Town, today: Calendar) -> None:
    stage = scene.stage("fleet", today.stamp())
    (depot,) = await stage.account("depot", "iot-fleet", "iot-wholesale", credit="5000.00")
    truck = charging_data_pb2.RatingInformation(device_class="truck")
    # 20 trucks at 3.00 and 10 cars at 1.20, and 19 % of tax on top.
    assert paid(await depot.event(units(VEHICLES, 20), rating_information=truck)) == "71.40 EUR"
    assert paid(await depot.event(units(VEHICLES, 10))) == "14.28 EUR"
    # 12,000 km at 0.0035 in two reports; 1,500 l at 0.008. No tax is in these.
    assert paid(await depot.event(units(DISTANCE, 7_000))) == "24.50 EUR"
    assert paid(await depot.event(units(DISTANCE, 5_000))) == "17.50 EUR"
    assert paid(await depot.event(units(FUEL, 1_500))) == "12.00 EUR"
    await scene.followed()
    await scene.office.settle(today.month)
    # Net: 60.00 + 12.00 + 42.00 + 12.00 = 126.00.
    # The platform: 30 vehicles x 0.40 = 12.00, 12 x 0.70 = 8.40, 1.5 x 1.00 = 1.50: 21.90, and 19 % of tax:
    # 4.161, so 4.16, of which 0.285, 1.596, 0.76 and 1.52 for the lines; rounded down they lack two cents,
    # which go to the largest remainders, kilometres and fuel.
    platform = await scene.office.statement(f"fleetlink/{today.month}/1")
    assert sorted(figures(platform)) == [
        ("fleet", "kilometres", "iot-fleet", 12_000, 840 + 160),
        ("fleet", "litres", "iot-fleet", 1_500, 150 + 28),
        ("fleet", "vehicles", "iot-wholesale", 10, 400 + 76),
        ("fleet", "vehicles", "iot-wholesale", 20, 800 + 152),
    ]
    assert (platform.totals[0].share_minor, platform.totals[0].payable_minor) == (2_190, 2_606)
    # The software: 30 % of the 104.10 that are left are 31.23, over what each brought: of 126.00 the trucks
    # 60, the cars 12, kilometres 42 and fuel 12. 14.8714, 2.9743, 10.41 and 2.9743.
    software = await scene.office.statement(f"routesoft/{today.month}/1")
    assert sorted(figures(software)) == [
        ("fleet", "software", "iot-fleet", 1_500, 297),
        ("fleet", "software", "iot-fleet", 12_000, 1_041),
        ("fleet", "software", "iot-wholesale", 10, 298),
        ("fleet", "software", "iot-wholesale", 20, 1_487),
    ]
    assert software.totals[0].payable_minor == 3_123


async def test_a_hospitals_slice_with_a_credit_where_the_quality_fell_short(
    scene: Town, today: Calendar
) -> None:
    stage = scene.stage("hospital", today.stamp())
    (theatre,) = await stage.account("hospital", "healthcare-slice", "surgery-slice", credit="9000.00")
    # 12 devices at 1.50, no tax. 50 GB of the site's, then 2 GB at 45.00 and 19 %; the first connection of a
    # theatre is 300.00 and 19 %.
    assert paid(await theatre.event(units(DEVICES, 12))) == "18.00 EUR"
    connected = await theatre.create(octets(SLICE_DATA), pdu_session=in_slice(2, "0000a1", 82))
    assert paid(connected) == "357.00 EUR"
    assert paid(await theatre.update(1, octets(SLICE_DATA, 52 * GB))) == "107.10 EUR"
    # 90 minutes that held, 60 that did not: at 4.50 and 19 %.
    held = await theatre.event(units(SURGERY, 90), outcome=outcome("held"))
    missed = await theatre.event(units(SURGERY, 60), outcome=outcome("missed"))
    assert (paid(held), paid(missed)) == ("481.95 EUR", "321.30 EUR")
    await theatre.settle(held.charge_information.charge_ids[0], confirmed=True)
    back = await theatre.settle(missed.charge_information.charge_ids[0], confirmed=False)
    assert show_money(back.refunded) == "321.30 EUR"
    await scene.followed()
    run = await scene.office.settle(today.quarter)
    assert [finding.reason for finding in run.findings] == []
    # Net: 18.00 + 300.00 + 90.00 + 405.00 + 270.00 = 1,083.00. The edge: 35 % are 379.05. The maker: 15 % of
    # the 703.95 left are 105.5925, so 105.59. Given back: 270.00 net, 60 % by the edge and 40 % by the maker:
    # 162.00 and 108.00. The maker owes 2.41 after all: nothing is paid, the next statement begins with it.
    # The edge: 217.05, and 19 % of tax are 41.2395, so 41.24.
    edge = await scene.office.statement(f"mediedge/{today.quarter}/1")
    assert (edge.totals[0].share_minor, edge.totals[0].payable_minor) == (21_705, 25_829)
    (credit,) = [line for line in edge.lines if line.step_code == "edge-credit"]
    assert (credit.record_kind, credit.records, credit.quantity) == (agreement_pb2.RECORD_KIND_REFUND, 1, -60)
    assert (credit.gross_minor_micros, credit.tax_minor_micros) == (-32_130_000_000, -5_130_000_000)
    assert (credit.kind, credit.share_minor) == (statement_pb2.LINE_KIND_SHARE, -16_200)
    maker = await scene.office.statement(f"surgitech/{today.quarter}/1")
    assert sum(line.share_minor for line in maker.lines if line.term_code == "slice") == 10_559
    assert sum(line.share_minor for line in maker.lines if line.term_code == "credits") == -10_800
    assert (maker.totals[0].payable_minor, maker.totals[0].carried_forward_minor) == (0, -241)
