"""A suite of processes is started, watched, restarted and stopped as one thing.

The services are stand-ins (gRPC health and a ready file); nats-server is the real one.
"""

from __future__ import annotations

import json
import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from services.cli.suite import (
    MemberFailedError,
    Suite,
    SuiteError,
    SuiteNotRunningError,
    SuiteRunningError,
)
from services.cli.supervision import ports
from services.cli.supervision.process import this_process
from services.cli.supervision.state import STATE_FILE, ProcessId, SuiteState, read_state, write_state
from services.cli.supervision.token_secret import read_token_secret, token_secret_file
from services.common.runtime.token_keys import LEAST_SECRET_OCTETS
from tests.support.suite import runs, stand_ins, started_processes

MEMBERS = ["nats", "charging", "catalog", "partner_settlement", "offers", "notification"]


@pytest.fixture
def suite(tmp_path: Path) -> Iterator[Suite]:
    with Suite.start(tmp_path, port_base=0, commands=stand_ins()) as running:
        yield running


def states(suite: Suite) -> dict[str, str]:
    return {member.name: member.state for member in suite.status()}


def test_all_members_are_healthy_once_started_and_gone_once_stopped(tmp_path: Path) -> None:
    suite = Suite.start(tmp_path, port_base=0, commands=stand_ins())
    started = started_processes(tmp_path)
    assert states(suite) == dict.fromkeys(MEMBERS, "healthy")
    assert list(started) == MEMBERS
    suite.stop()
    assert not any(map(runs, started.values()))
    assert not (tmp_path / STATE_FILE).exists()
    suite.stop()


def test_members_have_their_own_sessions_so_that_a_ctrl_c_meant_for_us_misses_them(suite: Suite) -> None:
    sessions = {os.getsid(suite.pid(member.name)) for member in suite.status()}
    assert os.getsid(0) not in sessions
    assert len(sessions) == len(MEMBERS)


def test_whoever_comes_later_finds_the_running_suite_by_its_folder(suite: Suite) -> None:
    attached = Suite.attach(suite.data_dir)
    assert attached.addresses == suite.addresses
    assert states(attached) == states(suite)


def test_a_second_start_is_refused_and_disturbs_nothing(suite: Suite) -> None:
    with pytest.raises(SuiteRunningError, match="running already"):
        Suite.start(suite.data_dir, port_base=0, commands=stand_ins())
    assert set(states(suite).values()) == {"healthy"}


def test_a_killed_member_comes_back_at_its_old_address(suite: Suite) -> None:
    before = suite.pid("charging")
    suite.kill("charging")
    assert not runs(before)
    assert suite.dead_member() == "charging"
    assert states(suite) == dict.fromkeys(MEMBERS, "healthy") | {"charging": "stopped"}
    suite.restart("charging")
    assert suite.dead_member() is None
    assert suite.pid("charging") != before
    assert set(states(suite).values()) == {"healthy"}
    assert Suite.attach(suite.data_dir).pid("charging") == suite.pid("charging")


def test_nats_too_can_be_killed_and_restarted(suite: Suite) -> None:
    suite.kill("nats")
    suite.restart("nats")
    assert set(states(suite).values()) == {"healthy"}


def test_a_live_member_is_restarted_cleanly(suite: Suite) -> None:
    before = suite.pid("catalog")
    suite.restart("catalog")
    assert not runs(before)
    assert set(states(suite).values()) == {"healthy"}


def test_a_live_member_is_not_launched_twice(suite: Suite) -> None:
    with pytest.raises(SuiteError, match="charging runs already"):
        suite.launch("charging")


def test_another_process_can_stop_and_restart_what_it_did_not_start(suite: Suite) -> None:
    attached = Suite.attach(suite.data_dir)
    attached.kill("charging")
    attached.restart("charging")
    assert set(states(Suite.attach(suite.data_dir)).values()) == {"healthy"}
    started = started_processes(suite.data_dir)
    assert suite.pid("charging") == attached.pid("charging") == started["charging"]
    assert suite.dead_member() is None
    assert not suite.being_stopped_elsewhere()
    attached.stop()
    assert suite.being_stopped_elsewhere()
    assert not any(map(runs, started.values()))


def test_who_started_a_suite_stops_also_what_another_process_restarted(tmp_path: Path) -> None:
    suite = Suite.start(tmp_path, port_base=0, commands=stand_ins())
    Suite.attach(tmp_path).restart("charging")
    started = started_processes(tmp_path)
    suite.stop()
    assert not any(map(runs, started.values()))


def test_a_suite_that_is_gone_leaves_the_next_one_in_its_folder_alone(tmp_path: Path) -> None:
    earlier = Suite.start(tmp_path, port_base=0, commands=stand_ins())
    Suite.attach(tmp_path).stop()
    with Suite.start(tmp_path, port_base=0, commands=stand_ins()) as later:
        assert earlier.being_stopped_elsewhere()
        earlier.stop()
        assert set(states(later).values()) == {"healthy"}
        assert not later.being_stopped_elsewhere()
        with pytest.raises(SuiteNotRunningError, match="was stopped"):
            earlier.restart("charging")


def test_a_member_that_ends_at_its_start_is_named_with_its_last_words(tmp_path: Path) -> None:
    with pytest.raises(MemberFailedError, match=r"charging ended at its start \(exit code 1\)") as failure:
        Suite.start(tmp_path, port_base=0, commands=stand_ins(charging="dies-at-once"))
    assert failure.value.log_tail == ("the price of everything is unknown",)
    with pytest.raises(SuiteNotRunningError):
        Suite.attach(tmp_path)


def test_a_member_that_never_becomes_healthy_is_named_and_everything_is_stopped(tmp_path: Path) -> None:
    started: dict[str, int] = {}

    def note(_progress: str) -> None:
        started.update(started_processes(tmp_path))

    with pytest.raises(MemberFailedError, match="catalog was not healthy after 1 s"):
        Suite.start(
            tmp_path,
            port_base=0,
            deadline_seconds=1,
            commands=stand_ins(catalog="never-healthy"),
            on_progress=note,
        )
    assert list(started) == MEMBERS
    assert not any(map(runs, started.values()))


def test_a_member_that_does_not_listen_is_killed_after_the_grace(tmp_path: Path) -> None:
    suite = Suite.start(tmp_path, port_base=0, commands=stand_ins(charging="ignores-sigterm"))
    stubborn = suite.pid("charging")
    suite.stop(grace_seconds=0.2)
    assert not runs(stubborn)


def test_a_busy_port_is_replaced_and_reported(tmp_path: Path) -> None:
    base = ports.choose({"base": 0}, ports.is_free, ports.random_candidates()).by_name["base"]
    with (
        socket.create_server(("127.0.0.1", base + 1)),
        Suite.start(tmp_path, port_base=base, commands=stand_ins()) as suite,
    ):
        (replaced,) = (port for port in suite.replaced_ports if port.name == "charging")
        assert replaced.wanted == base + 1
        assert suite.addresses.charging == f"127.0.0.1:{replaced.taken}"
        assert suite.addresses.nats_url == f"nats://127.0.0.1:{base}"
        assert set(states(suite).values()) == {"healthy"}


def test_a_pid_that_belongs_to_another_by_now_is_left_alone(tmp_path: Path) -> None:
    ours = this_process()
    stranger = ProcessId(ours.pid, ours.started_at_seconds - 3_600)
    by_name = ports.choose(ports.wanted(0), ports.is_free, ports.random_candidates()).by_name
    write_state(
        tmp_path,
        SuiteState("s-1", "running", by_name, dict.fromkeys(("nats", "charging", "catalog"), stranger)),
    )
    with pytest.raises(SuiteNotRunningError):
        Suite.attach(tmp_path)
    with Suite.start(tmp_path, port_base=0, commands=stand_ins()) as suite:
        assert set(states(suite).values()) == {"healthy"}
    assert runs(ours.pid)


def test_what_is_left_of_a_suite_must_be_cleared_before_the_next(suite: Suite) -> None:
    suite.kill("catalog")
    with pytest.raises(
        SuiteRunningError, match="only nats, charging, partner_settlement, offers, notification still runs"
    ):
        Suite.start(suite.data_dir, port_base=0, commands=stand_ins())


def test_a_state_file_of_another_kind_is_said_and_not_touched(tmp_path: Path) -> None:
    (tmp_path / STATE_FILE).write_text(json.dumps({"format": 99}))
    with pytest.raises(SuiteError, match="not a state file of this version"):
        Suite.start(tmp_path, port_base=0, commands=stand_ins())
    with pytest.raises(SuiteError, match="not a state file of this version"):
        Suite.attach(tmp_path)
    assert (tmp_path / STATE_FILE).exists()


def test_the_log_of_the_run_before_is_kept(tmp_path: Path) -> None:
    for _ in range(2):
        Suite.start(tmp_path, port_base=0, commands=stand_ins()).stop()
    logs = sorted(path.name for path in (tmp_path / "logs").glob("charging*"))
    assert logs == ["charging.log", "charging.log.1"]
    assert (tmp_path / "logs" / "charging.log").read_text().count("serves at") == 1


def test_a_setting_in_the_callers_environment_reaches_the_service_but_not_its_address(
    tmp_path: Path,
) -> None:
    environment = {**os.environ, "TIDEMARK_CHARGING_LISTEN_PORT": "1", "TIDEMARK_CHARGING_LOG_LEVEL": "debug"}
    with Suite.start(tmp_path, port_base=0, commands=stand_ins(), environment=environment) as suite:
        child = psutil.Process(suite.pid("charging")).environ()
        assert child["TIDEMARK_CHARGING_LOG_LEVEL"] == "debug"
        assert suite.addresses.charging == f"127.0.0.1:{child['TIDEMARK_CHARGING_LISTEN_PORT']}"
        state = read_state(suite.data_dir)
        assert state is not None
        assert state.phase == "running"


def test_partner_settlement_is_told_its_peers_and_the_key_that_tokens_are_checked_with(suite: Suite) -> None:
    child = psutil.Process(suite.pid("partner_settlement")).environ()
    prefix = "TIDEMARK_PARTNER_SETTLEMENT_"
    assert child[f"{prefix}CHARGING_ADDRESS"] == suite.addresses.charging
    assert child[f"{prefix}CATALOG_ADDRESS"] == suite.addresses.catalog
    assert child[f"{prefix}LISTEN_PORT"] == suite.addresses.partner_settlement.rpartition(":")[2]
    assert Path(child[f"{prefix}TOKEN_KEY_FILE"]) == token_secret_file(suite.data_dir)
    assert stat.S_IMODE(token_secret_file(suite.data_dir).stat().st_mode) == 0o600


def test_offers_is_told_its_peers_the_key_of_tokens_a_folder_of_its_own_and_one_thread(suite: Suite) -> None:
    child = psutil.Process(suite.pid("offers")).environ()
    prefix, own = "TIDEMARK_OFFERS_", suite.data_dir / "offers"
    assert child[f"{prefix}CHARGING_ADDRESS"] == suite.addresses.charging
    assert child[f"{prefix}CATALOG_ADDRESS"] == suite.addresses.catalog
    assert child[f"{prefix}LISTEN_PORT"] == suite.addresses.offers.rpartition(":")[2]
    assert Path(child[f"{prefix}TOKEN_KEY_FILE"]) == token_secret_file(suite.data_dir)
    assert child[f"{prefix}DATABASE_URL"] == f"sqlite:///{own / 'offers.sqlite'}"
    assert Path(child[f"{prefix}MODEL_DIR"]) == own / "models"
    threads = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    assert [child[name] for name in threads] == ["1", "1", "1"]


def test_the_secret_is_fresh_at_each_start_and_the_same_after_a_restart_of_a_member(tmp_path: Path) -> None:
    found = []
    for _ in range(2):
        with Suite.start(tmp_path, port_base=0, commands=stand_ins()) as suite:
            found.append(read_token_secret(tmp_path))
            suite.restart("partner_settlement")
            assert read_token_secret(tmp_path) == found[-1]
    assert len(set(found)) == 2
    assert min(map(len, found)) >= LEAST_SECRET_OCTETS
