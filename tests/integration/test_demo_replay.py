"""`tidemark replay`: any table of usage, against a suite that runs already."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.cli.demo.audit.witnesses import ask_status
from services.cli.instants import present
from services.cli.replay.live_catalog import monday_of
from services.cli.suite import OFFERS, PARTNER_SETTLEMENT, Suite
from services.common.kernel.clock import iso
from services.common.runtime.grpc_client import connect
from tests.support.played import Finished, tidemark
from tests.support.suite import without

TABLE = """capture,start_ms,end_ms,application,category,uplink_octets,downlink_octets,packets
phone,0,900,TLS,Web,1000,250000,30
phone,100,4200,Signal,VoIP,3000,3000,60
phone,2000,2100,Signal,Chat,500,700,4
tablet,0,5000,HTTP.Video,Streaming,20000,1900000,1500
tablet,8000,9000,Unheard.Of,Mining,10,20,2
"""


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Suite]:
    folder, commands = tmp_path_factory.mktemp("replay") / "suite", without(PARTNER_SETTLEMENT, OFFERS)
    with Suite.start(folder, port_base=0, commands=commands) as running:
        yield running


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "usage.csv"
    path.write_text(TABLE)
    return path


async def replay(suite: Suite, table: Path, *arguments: str) -> Finished:
    return await tidemark("replay", str(table), "--data-dir", str(suite.data_dir), *arguments)


async def publish(suite: Suite) -> None:
    source = ("catalog", "publish", "examples/catalog", "--data-dir", str(suite.data_dir))
    published = await tidemark(*source, "--effective-from", "2026-01-01T00:00:00Z")
    assert published.exit_code == 0, published.errors


async def test_a_table_is_played_audited_and_never_charged_again(suite: Suite, table: Path) -> None:
    refused = await replay(suite, table)
    assert refused.exit_code == 1
    assert "no catalog is published" in refused.errors

    await publish(suite)
    first = await replay(suite, table, "--json")
    assert first.exit_code == 0, first.errors
    played = first.document
    assert (played["rows"], played["pdu_sessions"], played["calls"], played["messages"]) == (5, 2, 1, 1)
    assert played["start_at"] == iso(monday_of(present()))
    assert played["carried"]["streaming"] == 1_920_000
    # Mining is in no catalog: it goes to the default rating group.
    assert played["carried"]["unspecified"] == 30
    assert played["carried"]["voice-call"] == 5
    assert played["audit"]["differences"] == 0

    async with connect(suite.addresses.charging) as channel:
        before = await ask_status(channel)
        again = (await replay(suite, table, "--json")).document
        after = await ask_status(channel)
    assert [item.head_hash for item in after] == [item.head_hash for item in before]
    assert [item.state_digest for item in after] == [item.state_digest for item in before]
    same = ("carried", "requests", "audit")
    assert {name: again[name] for name in same} == {name: played[name] for name in same}


async def test_another_run_has_accounts_of_its_own_and_may_cost_something_else(
    suite: Suite, table: Path
) -> None:
    await publish(suite)
    plain = (await replay(suite, table, "--run", "plain", "--json")).document["audit"]
    passes = ("--offering", "prepaid-data", "--offering", "video-pass")
    with_pass = (await replay(suite, table, "--run", "pass", *passes, "--json")).document["audit"]
    assert (plain["differences"], with_pass["differences"]) == (0, 0)
    assert with_pass["totals"]["amount_minor_micros"] < plain["totals"]["amount_minor_micros"]

    refused = await replay(suite, table, "--run", "plain", *passes)
    assert refused.exit_code == 1
    assert refused.errors == (
        "tidemark: run plain was played with other offerings, money or times; name another --run\n"
    )


async def test_who_runs_out_of_money_is_stopped_and_owes_nothing(suite: Suite, table: Path) -> None:
    await publish(suite)
    poor = await replay(suite, table, "--run", "poor", "--opening-balance", "0.06", "--json")
    assert poor.exit_code == 0, poor.errors
    document = poor.document
    # A call costs a whole minute, a message 0.07: neither is covered. The video is, for its first part.
    assert (document["blocked"]["voice-call"], document["blocked"]["message"]) == (5, 1)
    assert 0 < document["carried"]["streaming"] < 1_920_000
    assert document["carried"]["streaming"] + document["blocked"]["streaming"] == 1_920_000
    assert document["refusals"] == {"QUOTA_LIMIT_REACHED": 1}
    assert document["audit"] is None
    assert "money ends" in document["not_audited_because"]
    # 1171 kibibytes cost 0.0599552; the next one would not be covered.
    account = await tidemark("account", "get", "poor.tablet", "--data-dir", str(suite.data_dir), "--json")
    money = next(bucket for bucket in account.document["account"]["buckets"] if bucket["name"] == "money")
    assert int(money["money"]["minor_micros"]) == 6_000_000 - 5_995_520


async def test_what_cannot_be_played_is_said_in_a_line(suite: Suite, table: Path, tmp_path: Path) -> None:
    await publish(suite)
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    for arguments, says in (
        ((tmp_path / "other.csv",), "other.csv: line 1 has no column capture"),
        ((tmp_path / "absent.csv",), "absent.csv: No such file"),
        ((table, "--offering", "gold", "--run", "x1"), "there is no offering 'gold'"),
        ((table, "--start-at", "2020-01-01T00:00:00Z", "--run", "x2"), "no catalog version is in effect"),
        ((table, "--subscribers", "examples/usage/subscribers.yaml"), "nobody has capture phone, tablet"),
    ):
        refused = await replay(suite, *arguments)
        assert refused.exit_code == 1
        assert says in refused.errors
        assert "Traceback" not in refused.errors
