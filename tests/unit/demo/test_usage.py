"""The table read a second time."""

from __future__ import annotations

from pathlib import Path

from services.cli.demo.audit.usage import CallUsed, MessageSent, read_usage
from services.cli.replay.flows import read_flows

TABLE = """capture,start_ms,end_ms,application,category,uplink_octets,downlink_octets,packets
a,500,4501,Signal,VoIP,10,20,3
b,0,10,DNS,Network,1,2,1
a,100,100,Signal,VoIP,5,0,1
a,700,900,Signal,Chat,7,8,2
a,100,200,Signal,Chat,1,1,2
"""


def test_calls_and_messages_are_numbered_by_their_start(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(TABLE)
    used = read_usage(path)["a"]
    assert used.calls == [CallUsed(1, 100, 100, 0), CallUsed(2, 500, 4501, 5)]
    assert used.messages == [MessageSent(1, 100), MessageSent(2, 700)]
    assert used.octets == {"VoIP": 35, "Chat": 17}
    assert (used.start_ms, used.end_ms) == (100, 4501)


def test_both_readings_of_the_example_table_hold_the_same_octets() -> None:
    path = Path("examples/usage/data_flows.csv")
    usage, flows = read_usage(path), read_flows(path)
    assert sum(sum(used.octets.values()) for used in usage.values()) == sum(flow.octets for flow in flows)
    assert sum(len(used.calls) for used in usage.values()) == 130
    assert sum(len(used.messages) for used in usage.values()) == 164
