"""The table of subscribers names every capture once, and says what is wrong where it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.cli.replay.flows import captures_of, read_flows
from services.cli.replay.identity import Run
from services.cli.replay.provisioning import provision_request
from services.cli.replay.subscribers import (
    AccountPlan,
    SubscriberPlan,
    SubscriberTableError,
    one_account_each,
    read_accounts,
)
from services.common.kernel.clock import DAY, HOUR, Instant

RUN = Run("demo", Instant(20_000 * DAY + 8 * HOUR))


def table(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "subscribers.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_an_account_has_money_and_subscribers_with_their_offerings(tmp_path: Path) -> None:
    path = table(
        tmp_path,
        """
accounts:
  one:
    opening_balance: "10.00"
    subscribers:
      a: [prepaid-data, video-pass]
      b: {offerings: [entertainment-bundle], chosen: [video-pass]}
""",
    )
    assert read_accounts(path, ["a", "b"]) == (
        AccountPlan(
            "one",
            (
                SubscriberPlan("a", ("prepaid-data", "video-pass")),
                SubscriberPlan("b", ("entertainment-bundle",), ("video-pass",)),
            ),
            "10.00",
        ),
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("accounts: [", "not YAML"),
        ("people: {}", "`accounts` must be a table"),
        ("accounts: {one: {}}", "one: `subscribers` must be a table"),
        ("accounts: {'a b': {subscribers: {a: [x]}}}", "'a b' is no account id"),
        ("accounts: {one: {subscribers: {a: []}}}", "a has no offering"),
        ("accounts: {one: {subscribers: {a: prepaid}}}", "must be a list of codes"),
        ("accounts: {one: {opening_balance: 1.5, subscribers: {a: [x]}}}", "write opening_balance in quotes"),
        ("accounts: {one: {subscribers: {b: [x]}}}", "nobody has capture a"),
        ("accounts: {one: {subscribers: {a: [x], b: [x]}}}", "the usage table has no capture b"),
        (
            "accounts: {one: {subscribers: {a: [x]}}, two: {subscribers: {a: [x]}}}",
            "more than one subscriber has capture a",
        ),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(SubscriberTableError) as refused:
        read_accounts(table(tmp_path, text), ["a"])
    assert says in str(refused.value)


def test_the_example_table_fits_the_example_usage() -> None:
    captures = captures_of(read_flows(Path("examples/usage/data_flows.csv")))
    accounts = read_accounts(Path("examples/usage/subscribers.yaml"), captures)
    assert sum(len(account.subscribers) for account in accounts) == 36


def test_an_account_is_opened_with_the_day_and_the_same_request_each_time() -> None:
    plan = AccountPlan("one", (SubscriberPlan("a", ("bundle", "x"), ("pass",)),), "10.00", "50")
    request = provision_request(RUN, plan, "EUR")
    assert request == provision_request(RUN, plan, "EUR")
    assert request.request_id == "demo/provision/one"
    assert request.effective_from.seconds == 20_000 * 86_400
    assert (request.opening_balance.minor_micros, request.credit_limit.minor_micros) == (10**9, 5 * 10**9)
    bundle, other = request.subscribers[0].subscriptions
    assert (list(bundle.chosen_offerings), list(other.chosen_offerings)) == (["pass"], [])
    assert list(request.subscribers[0].identifiers) == [RUN.supi("a"), RUN.gpsi("a")]


def test_without_a_table_every_capture_has_an_account_of_its_own() -> None:
    plans = one_account_each(RUN, ["a", "b"], ["prepaid-data"], "5.00")
    assert [plan.account_id for plan in plans] == ["demo.a", "demo.b"]
    assert plans[1] == AccountPlan("demo.b", (SubscriberPlan("b", ("prepaid-data",)),), "5.00")
