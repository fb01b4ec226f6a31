"""The tour of `tidemark --help` against real services: prices, charges, balances, journal, settlement."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from services.cli.main import app
from services.cli.suite import MEMBER_NAMES, OFFERS, Suite
from tests.support.suite import runs, started_processes, without

TIDEMARK = str(Path(sys.executable).parent / "tidemark")
EXAMPLES = Path(__file__).parents[2] / "examples"
CATALOG = str(EXAMPLES / "catalog")
AGREEMENTS = str(EXAMPLES / "agreements")
SECONDS = 60


class Tour:
    """Runs `tidemark` against the suite of one folder."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir

    def run(self, *arguments: str) -> Result:
        """One command, whatever becomes of it; in this process, which has loaded all that it needs."""
        return CliRunner().invoke(app, list(arguments), env={"TIDEMARK_DATA_DIR": str(self.data_dir)})

    def ask(self, *arguments: str) -> Any:
        """The JSON answer of a command that must succeed."""
        result = self.run(*arguments, "--json")
        assert result.exit_code == 0, result.stderr
        return json.loads(result.stdout)

    def money(self, account: str) -> int:
        """minor_micros of the money bucket."""
        (bucket,) = self.ask("account", "get", account)["account"]["buckets"]
        return int(bucket["money"]["minor_micros"])


def wait_until_charging_has_the_catalog(tour: Tour) -> None:
    deadline = time.monotonic() + SECONDS
    probe = ("account", "provision", "probe", "--subscriber", "msisdn-491700000099:prepaid-data")
    while (result := tour.run(*probe)).exit_code != 0:
        assert "CATALOG_NOT_PUBLISHED" in result.stderr
        assert time.monotonic() < deadline, result.stderr


def wait_until_settlement_has_the_journal(tour: Tour) -> None:
    head = int(tour.ask("journal", "status")["head_sequence"])
    deadline = time.monotonic() + SECONDS
    while True:
        status = tour.ask("settlement", "status")
        if any(int(mark["sequence"]) >= head for mark in status["watermarks"]):
            return
        assert time.monotonic() < deadline, status


@pytest.fixture(scope="module")
def tour(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tour]:
    data_dir = tmp_path_factory.mktemp("suite")
    with Suite.start(data_dir, port_base=0, commands=without(OFFERS)):
        tour = Tour(data_dir)
        published = tour.ask("catalog", "publish", CATALOG, "--effective-from", "2026-01-01T00:00:00Z")
        assert published["version"] == 1
        wait_until_charging_has_the_catalog(tour)
        yield tour


def open_account(tour: Tour, account: str, identifier: str) -> None:
    tour.ask(
        *("account", "provision", account, "--opening-balance", "10"),
        *("--subscriber", f"{identifier}:prepaid-data"),
    )


def test_a_debit_takes_what_the_price_enquiry_said_and_its_refund_gives_it_back(tour: Tour) -> None:
    open_account(tour, "acme", "msisdn-491700000001")
    price = tour.ask("event", "price", "msisdn-491700000001", "--ask", "300=1events")
    cost = int(price["charging_data"]["charge_information"]["amount"]["minor_micros"])
    assert cost > 0
    assert tour.money("acme") == 1_000_000_000
    debit = tour.ask("event", "debit", "msisdn-491700000001", "--used", "300=1events")
    assert tour.money("acme") == 1_000_000_000 - cost
    (charge,) = debit["charging_data"]["charge_information"]["charge_ids"]
    tour.ask("event", "refund", "msisdn-491700000001", charge)
    assert tour.money("acme") == 1_000_000_000


def test_a_repeated_request_id_tops_up_once(tour: Tour) -> None:
    open_account(tour, "bolt", "msisdn-491700000002")
    for _ in range(2):
        tour.ask("account", "top-up", "bolt", "5", "--request-id", "bolt-top-up-1")
    assert tour.money("bolt") == 1_500_000_000
    differs = tour.run("account", "top-up", "bolt", "6", "--request-id", "bolt-top-up-1")
    assert differs.exit_code == 1
    assert "DUPLICATE_DIFFERS" in differs.stderr


def test_a_session_by_hand_is_granted_charged_and_closed(tour: Tour) -> None:
    open_account(tour, "crow", "msisdn-491700000003")
    created = tour.ask("session", "create", "msisdn-491700000003", "--ask", "101", "--ask", "200=60s")
    ref = created["charging_data_ref"]
    granted = {item["rating_group"] for item in created["charging_data"]["multiple_unit_information"]}
    assert granted == {101, 200}
    tour.ask("session", "update", ref, "--sequence", "1", "--used", "101=200kB", "--ask", "101")
    tour.ask("session", "release", ref, "--sequence", "2", "--used", "101=50kB", "--used", "200=42s")
    assert tour.money("crow") < 1_000_000_000
    gone = tour.run("session", "release", ref, "--sequence", "3")
    assert gone.exit_code == 1
    assert "CONTEXT_NOT_FOUND" in gone.stderr


def test_a_watched_balance_goes_on_where_it_was_after_charging_was_killed(tour: Tour) -> None:
    open_account(tour, "dove", "msisdn-491700000004")
    environment = {**os.environ, "TIDEMARK_DATA_DIR": str(tour.data_dir)}
    command = [TIDEMARK, "watch", "balance", "dove", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as watching:
        assert watching.stdout is not None
        lines = map(json.loads, watching.stdout)
        try:
            seen = [next(lines)]
            tour.ask("account", "top-up", "dove", "1")
            seen.append(next(lines))
            suite = Suite.attach(tour.data_dir)
            suite.kill("charging")
            suite.restart("charging")
            tour.ask("account", "top-up", "dove", "2")
            seen.append(next(lines))
        finally:
            watching.send_signal(signal.SIGINT)
    assert watching.returncode == 130
    assert "present" in seen[0]
    balances = [int(line["change"]["movements"][0]["balance"]) for line in seen[1:]]
    assert balances == [1_100_000_000, 1_300_000_000]
    sequences = [int(line["sequence"]) for line in seen]
    assert sequences == sorted(set(sequences))


def test_the_journal_is_intact_and_its_records_can_be_read(tour: Tour) -> None:
    verified = tour.ask("journal", "verify")
    assert verified["intact"]
    status = tour.ask("journal", "status")
    assert status["state"] == "PARTITION_STATE_SERVING"
    lines = tour.run("journal", "read", "--json").stdout.splitlines()
    assert [int(json.loads(line)["sequence"]) for line in lines] == list(
        range(1, int(status["head_sequence"]) + 1)
    )


def test_an_exported_catalog_publishes_as_what_it_is(tour: Tour, tmp_path: Path) -> None:
    exported = tmp_path / "live.yaml"
    assert tour.run("catalog", "export", "--output", str(exported)).exit_code == 0
    assert tour.ask("catalog", "publish", str(exported))["unchanged"]
    assert tour.ask("catalog", "diff", CATALOG)["changes"] == []
    versions = tour.ask("catalog", "list")["versions"]
    assert [version["version"] for version in versions] == [1]


def test_usage_that_was_measured_costs_the_same_under_the_same_catalog(tour: Tour) -> None:
    usage = str(EXAMPLES / "usage" / "data_flows.csv")
    simulated = tour.ask("catalog", "simulate", CATALOG, usage, "--offering", "prepaid-data")
    assert simulated["old_total"] == simulated["new_total"]
    assert int(simulated["new_total"]["minor_micros"]) > 0


def test_usage_becomes_a_partners_statement_and_books_that_add_up(tour: Tour) -> None:
    assert tour.ask("agreements", "publish", AGREEMENTS)["published"]
    tour.ask(
        *("account", "provision", "erik", "--opening-balance", "10"),
        *("--subscriber", "msisdn-491700000005:music-bundle"),
    )
    now = datetime.now(UTC)
    tour.ask("event", "debit", "msisdn-491700000005", "--used", "110=1GB", "--at", now.isoformat())
    wait_until_settlement_has_the_journal(tour)
    year, week, _ = now.isocalendar()
    settle = ("settlement", "run", f"{year}-W{week:02}", "--early", "--until", "closed", "--actor", "ada")
    runs = [json.loads(line) for line in tour.run(*settle, "--json").stdout.splitlines()]
    assert runs[-1]["state"] == "RUN_STATE_CLOSED"
    (payable,) = (made["payable"] for made in runs[-1]["statements"] if made["party_code"] == "melody")
    # The week's guarantee of 10.00, a royalty of 0.03 for a gigabyte, and 19 % of tax on both.
    assert payable == [{"currency_code": "EUR", "amount_minor": "1194"}]
    assert int(tour.ask("ledger", "verify")["entries"]) > 0


def test_ctrl_c_takes_real_services_down_and_leaves_none_behind(tmp_path: Path) -> None:
    command = [TIDEMARK, "up", "--port-base", "0", "--data-dir", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "Ctrl-C stops it." in line:
                break
        started = started_processes(tmp_path)
        assert all(map(runs, started.values()))
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=SECONDS)
    assert (process.returncode, errors) == (130, "")
    assert len(started) == len(MEMBER_NAMES)
    assert not any(map(runs, started.values()))


def test_a_wrong_setting_of_a_service_is_shown_by_up(tmp_path: Path) -> None:
    up = subprocess.run(
        [TIDEMARK, "up", "--detach", "--port-base", "0", "--data-dir", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        env={**os.environ, "TIDEMARK_CHARGING_DRAIN_SECONDS": "soon"},
        check=False,
    )
    assert up.returncode == 1
    assert "charging ended at its start (exit code 2)" in up.stderr
    assert "TIDEMARK_CHARGING_DRAIN_SECONDS" in up.stderr
    assert started_processes(tmp_path) == {}
