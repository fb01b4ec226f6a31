"""A usage table is read whole or refused with the line at fault."""

from __future__ import annotations

import pytest

from services.cli.replay.flows import UsageTableError, captures_of, parse_flows

HEADER = "capture,start_ms,end_ms,application,category,uplink_octets,downlink_octets,packets\n"


def test_a_row_becomes_a_flow() -> None:
    flow = parse_flows("t.csv", [HEADER, "phone,5,1200,TLS.Signal,Chat,100,250,7\n"])[0]
    assert (flow.capture, flow.start_ms, flow.end_ms, flow.category) == ("phone", 5, 1200, "Chat")
    assert (flow.uplink_octets, flow.downlink_octets, flow.octets, flow.line) == (100, 250, 350, 2)


def test_captures_stand_in_the_order_of_their_first_row() -> None:
    flows = parse_flows(
        "t.csv", [HEADER, "b,0,1,x,Web,1,1,1\n", "a,0,1,x,Web,1,1,1\n", "b,2,3,x,Web,1,1,1\n"]
    )
    assert captures_of(flows) == ("b", "a")


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("a,0,1,x,Web,-1,1,1\n", "line 2: uplink_octets is '-1'"),
        ("a,0,1,x,Web,1.5,1,1\n", "line 2: uplink_octets is '1.5'"),
        ("a,0,1,x,Web,1,99999999999999999,1\n", "line 2: downlink_octets is '99999999999999999'"),
        ("a,0,1,x,Web,1,²,1\n", "line 2: downlink_octets is '²'"),
        ("a,9,8,x,Web,1,1,1\n", "line 2: end_ms 8 lies before start_ms 9"),
        (",0,1,x,Web,1,1,1\n", "line 2: capture is empty"),
        ("a,0,1,x\n", "line 2: category is empty"),
        ('a,0,1,"x,Web,1,1,1\n', "after line 1: unexpected end of data"),
    ],
)
def test_a_bad_row_is_named(row: str, says: str) -> None:
    with pytest.raises(UsageTableError, match=r"t\.csv") as refused:
        parse_flows("t.csv", [HEADER, row])
    assert says in str(refused.value)


def test_a_missing_column_is_named() -> None:
    with pytest.raises(UsageTableError, match="line 1 has no column packets"):
        parse_flows("t.csv", [HEADER.replace(",packets", ""), "a,0,1,x,Web,1,1\n"])


def test_a_table_without_rows_is_refused() -> None:
    with pytest.raises(UsageTableError, match="no rows"):
        parse_flows("t.csv", [HEADER])
