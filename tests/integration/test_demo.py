"""The demo: real usage charged end to end, audited, played twice, and cleared away."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import signal
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from services.cli.customer_page import page_url
from services.cli.demo.audit.calculation import expected_books
from services.cli.demo.audit.price_reader import price_list_of
from services.cli.demo.command import START_SECONDS, environment
from services.cli.demo.inputs import DemoInputs, read_inputs
from services.cli.demo.offering.desk import OffersDesk
from services.cli.demo.settling.by_hand import DUE
from services.cli.demo.settling.desk import SettlementDesk
from services.cli.demo.show import SilentShow
from services.cli.demo.story import Stage, tell
from services.cli.demo.telling.desk import NotificationDesk
from services.cli.instants import present
from services.cli.replay.identity import Run
from services.cli.replay.live_catalog import monday_of
from services.cli.replay.player import Pace
from services.cli.suite import Suite
from services.cli.supervision.plan import NOTIFICATION
from services.common.runtime.grpc_client import connect
from tests.support.played import demo, processes_of, start_tidemark


async def test_every_cent_is_accounted_for_and_a_second_run_in_the_same_folder_comes_to_the_same(
    tmp_path: Path,
) -> None:
    first = await demo(tmp_path / "demo")
    assert first.exit_code == 0, first.errors
    document = first.document
    assert document["differences"] == 0
    assert document["chain_intact"] is True
    assert document["events_published"] == document["journal_records"] > 0
    assert document["accounts"] == 27
    assert document["charges"] > 400
    assert document["second_play"]["unchanged"] is True
    assert document["second_play"]["requests"] == document["requests"]
    assert [shown for shown in document["scenes"] if shown["found"] != shown["expected"]] == []
    assert len({shown["scene"] for shown in document["scenes"]}) >= 15
    settled = document["settlement"]
    assert {partner["party"]: (partner["net"], partner["payable"]) for partner in settled["partners"]} == {
        party: (due.net, due.payable) for party, due in DUE.items()
    }
    assert (settled["parked"], settled["ledger_differences"]) == (0, [])
    # All of by_hand.DUE that is paid; what the sponsor owes.
    assert (settled["to_pay"], settled["to_get"]) == ("464.26 EUR", "47.60 EUR")
    written = sorted((tmp_path / "demo" / "statements").iterdir())
    assert [path.name for path in written] == settled["documents"]
    assert [path.name.split("_")[0] for path in written] == sorted(DUE)
    assert all(path.read_bytes().startswith(b"%PDF") for path in written)
    what_is_offered_fits(document["offers"])
    everybody_was_told(document["alerts"])
    the_charge_was_explained_and_the_dispute_answered(document["talk"])
    assert document == json.loads((tmp_path / "demo" / "audit.json").read_text())

    second = (await demo(tmp_path / "demo")).document
    same = ("charges", "accounts", "differences", "requests", "refusals", "totals", "scenes", "settlement")
    assert {name: second[name] for name in same} == {name: document[name] for name in same}
    assert second["offers"]["shown"] == document["offers"]["shown"]
    assert offered(second["offers"]) == offered(document["offers"])
    assert told(second["alerts"]) == told(document["alerts"])
    assert second["talk"]["who"] == document["talk"]["who"]
    assert processes_of(tmp_path) == []


def what_is_offered_fits(offers: dict[str, Any]) -> None:
    """Who watches much gets the pass, takes it once and uses it; who let nobody look gets nothing."""
    assert [shown for shown in offers["shown"] if shown["found"] != shown["expected"]] == []
    # Captures with more than 200 kB of video, the most first.
    assert [(raised["capture"], raised["offer"], raised["probability"]) for raised in offers["raised"]] == [
        ("1kxun", "video-pass", 1.0),
        ("KakaoTalk_talk", "video-pass", 1.0),
        ("zoom_p2p", "video-pass", 1.0),
    ]
    for raised in offers["raised"]:
        assert len(raised["dropped"]) == 13, "every other offer has its reason"
        assert raised["dropped"]["booster"] == "NOT_TRIGGERED"
        assert raised["dropped"]["stadium-day"] == "LOCATION_NOT_CONSENTED"
    page = offers["page"]
    assert set(page["candidates"]) == {"video-pass", "social-pass-for-all"}
    assert sum(page["candidates"].values()) == pytest.approx(1)
    assert page["dropped"]["video-premium-week"] == "NOT_A_HEAVY_STREAMER"
    assert [shown["found"] for shown in offers["shown"][3:]] == ["nothing", "5.00 GB", "1.97 MB", "1"]


def everybody_was_told(alerts: dict[str, Any]) -> None:
    """In their inboxes, on their pages and at their webhooks, in their languages."""
    assert [shown for shown in alerts["shown"] if shown["found"] != shown["expected"]] == []
    assert told(alerts) == [
        ("KakaoTalk_talk", "balance-low", "", "Noch 1,95 € Guthaben"),
        ("KakaoTalk_talk", "topped-up", "", "10,00 € aufgeladen"),
        ("viber", "allowance-low", "80", "80 % von 20 messages at home and in the EU verbraucht"),
        ("whatsapp", "allowance-low", "80", "80% of 20 messages at home and in the EU used"),
        ("whatsapp", "allowance-low", "95", "95% of 20 messages at home and in the EU used"),
        ("whatsapp", "allowance-used-up", "100", "20 messages at home and in the EU is used up"),
    ]
    for alert in alerts["alerts"]:
        # What a newer one overtook on its way may be missing, and nothing else.
        assert alert["overtaken"] or alert["page_milliseconds"] >= 0
        assert alert["overtaken"] or alert["webhook_milliseconds"] >= 0


def told(alerts: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    """What must be the same whenever the demo is played."""
    return sorted(
        # Amounts and percentages keep to their line by spaces that do not break.
        (alert["who"], alert["alert"], alert["percent"], alert["title"].replace("\N{NO-BREAK SPACE}", " "))
        for alert in alerts["alerts"]
    )


def the_charge_was_explained_and_the_dispute_answered(talk: dict[str, Any]) -> None:
    """By the charge in the journal, then by a person in the same conversation."""
    assert [shown for shown in talk["shown"] if shown["found"] != shown["expected"]] == []
    (charge,) = (shown for shown in talk["shown"] if shown["what"].startswith("charge "))
    assert charge["expected"] == "0.07 EUR"
    assert talk["who"] == "whatsapp"
    assert [said["by"] for said in talk["said"]] == [
        *("customer", "assistant", "customer", "assistant"),
        *("Kim", "Kim", "assistant", "customer", "assistant"),
    ]
    assert "you were charged €0.07" in talk["said"][1]["text"]
    assert "The case is" in talk["said"][3]["text"]
    assert "I was charged twice" in talk["case_summary"]


def offered(offers: dict[str, Any]) -> list[tuple[str, int, str, dict[str, str]]]:
    """What must be the same whenever the demo is played."""
    return [
        (raised["capture"], raised["video_octets"], raised["offer"], raised["dropped"])
        for raised in offers["raised"]
    ]


async def test_the_demo_empties_no_folder_but_its_own(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("unpublished")
    refused = await demo(tmp_path / "mine")
    assert refused.exit_code == 1
    assert refused.errors.count("\n") == 1
    assert "is not empty and not of a demo" in refused.errors
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "unpublished"


async def test_ctrl_c_in_the_middle_takes_everything_down(tmp_path: Path) -> None:
    process = await start_tidemark(
        "demo", "--data-dir", str(tmp_path), "--port-base", "0", "--time-scale", "1"
    )
    assert process.stdout is not None
    async with asyncio.timeout(120):
        while b"requests/s" not in (line := await process.stdout.readline()):
            assert line, "it ended before it played"
        # nats-server, the five services, and the demo itself.
        assert len(processes_of(tmp_path)) >= 7
        process.send_signal(signal.SIGINT)
        _, errors = await process.communicate()
    assert process.returncode == 130
    assert b"Traceback" not in errors
    assert processes_of(tmp_path) == []


async def test_a_wrong_price_does_not_get_past_the_audit(tmp_path: Path) -> None:
    now = present()
    inputs = read_inputs(Run("demo", monday_of(now)), now)
    start = partial(
        Suite.start,
        tmp_path / "suite",
        port_base=0,
        environment=environment(),
        deadline_seconds=START_SECONDS,
    )
    with await asyncio.to_thread(start) as suite:
        addresses = suite.addresses
        async with connect(addresses.charging) as charging, connect(addresses.catalog) as catalog:
            desk = SettlementDesk(addresses.partner_settlement, suite.data_dir)
            offers = OffersDesk(addresses.offers, suite.data_dir)
            notification = NotificationDesk(
                addresses.services[NOTIFICATION], page_url(suite.data_dir), suite.data_dir
            )
            stage = Stage(
                charging,
                catalog,
                desk,
                offers,
                notification,
                addresses.nats_url,
                tmp_path / "statements",
                SilentShow(),
                Pace(),
            )
            story = await tell(_with_messages_a_cent_dearer(inputs), stage)
    assert not story.good
    assert story.settlement.good, "what partners are due does not depend on the audit's reading"
    assert story.offering.good, "nor does what is offered"
    assert story.telling.good, "nor what customers are told"
    assert story.talk.good, "nor what they are answered"
    assert story.verdict.chain_intact
    found = [str(difference) for difference in story.verdict.differences]
    assert any("payg-telegram money" in line for line in found)
    assert any("message-1 rating group 300 amount_minor_micros" in line for line in found)
    assert all("/message-" in line or line.split(":")[1].endswith(" money") for line in found)


def _with_messages_a_cent_dearer(inputs: DemoInputs) -> DemoInputs:
    """The same demo with an audit that reads 0.08 EUR for a message where the catalog says 0.07."""
    sources = [
        file.content.replace('flat: {amount: "0.07"}', 'flat: {amount: "0.08"}')
        for file in inputs.source.files
    ]
    expected = expected_books(price_list_of(sources), inputs.usage, inputs.accounts, inputs.run)
    return dataclasses.replace(inputs, expected=expected)
