"""Names of a run are the same every time, well-formed, and different between runs and captures."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.cli.replay.flows import captures_of, read_flows
from services.cli.replay.identity import Run, run_name_of
from services.common.kernel.clock import Instant, iso
from services.common.kernel.identifiers import is_account_id, is_request_id, is_subscriber_identifier

START = Instant(1_772_438_400_000_000)


def test_identifiers_are_well_formed_and_lie_in_the_test_network() -> None:
    run = Run("demo", START)
    assert is_subscriber_identifier(run.supi("phone"))
    assert run.supi("phone").startswith("imsi-00101")
    assert is_subscriber_identifier(run.gpsi("phone"))


@pytest.mark.parametrize("capture", ["phone", "my phone/№1", "x" * 300])
def test_any_capture_name_makes_good_ids(capture: str) -> None:
    run = Run("r" * 32, START)
    account_id = run.account_id(capture)
    assert is_account_id(account_id)
    assert is_request_id(run.provision_request_id(account_id))
    assert is_request_id(run.pdu_session(capture))


def test_names_that_look_alike_stay_apart() -> None:
    run = Run("demo", START)
    assert run.account_id("a b") != run.account_id("a/b") != run.account_id("a-b")
    assert run.call("a", 1) != run.message("a", 1) != run.call("a", 2)


def test_another_run_has_other_subscribers_and_sessions() -> None:
    one, other = Run("one", START), Run("other", START)
    assert one.supi("phone") != other.supi("phone")
    assert one.pdu_session("phone") != other.pdu_session("phone")


@pytest.mark.parametrize("name", ["", "-x", "a b", "x" * 33, "a/b"])
def test_a_malformed_run_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="run name"):
        Run(name, START)


def test_the_example_table_gives_every_capture_its_own_subscriber() -> None:
    run = Run("demo", START)
    captures = captures_of(read_flows(Path("examples/usage/data_flows.csv")))
    assert len({run.supi(capture) for capture in captures}) == len(captures) == 36


def test_the_run_is_named_after_the_content_of_the_table_and_its_first_day(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("same")
    (tmp_path / "b.csv").write_text("same")
    names = {run_name_of(tmp_path / name, START) for name in ("a.csv", "b.csv")}
    assert names == {f"0967115f2813-{iso(START)[:10]}"}
