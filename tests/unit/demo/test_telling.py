"""Who listens in the demo, what they must hear, and what a receiver of webhooks believes."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path

import pytest
from rich.console import Console
from standardwebhooks import Webhook

from services.cli.demo.inputs import DemoInputs, read_inputs
from services.cli.demo.scenes.shown import Shown
from services.cli.demo.telling.alerts import Alert, Telling
from services.cli.demo.telling.by_hand import DUE, LOW_CAPTURE, in_words
from services.cli.demo.telling.listeners import asks, charged, listeners_of, low_plan
from services.cli.demo.telling.receiver import WebhookReceiver
from services.cli.demo.telling.table import print_talk, print_telling
from services.cli.demo.telling.talk import Talk
from services.cli.instants import present
from services.cli.replay.identity import Run
from services.cli.replay.live_catalog import monday_of
from services.common.kernel.clock import Instant, utc

SECRET = "whsec_" + "c2VjcmV0" * 5
OTHER = "whsec_" + "b3RoZXJz" * 5
PATH = "/alerts/acme"


@pytest.fixture(scope="module")
def inputs() -> DemoInputs:
    now = present()
    return read_inputs(Run("demo", monday_of(now)), now)


def test_what_is_due_by_hand_follows_from_the_table() -> None:
    with Path("examples/usage/data_flows.csv").open(encoding="utf-8") as table:
        messages = Counter(row["capture"] for row in csv.DictReader(table) if row["category"] == "Chat")
    for capture, marks in (("whatsapp", (80, 95, 100)), ("viber", (80,))):
        passed = [percent for percent in (80, 95, 100) if messages[capture] * 100 >= percent * 20]
        assert tuple(passed) == marks
        assert len(DUE[capture].told) == len(marks)


def test_the_demos_own_listeners_have_a_line_of_their_own_each(inputs: DemoInputs) -> None:
    listeners = listeners_of(inputs)
    assert [(one.capture, one.account_id, one.language) for one in listeners] == [
        ("whatsapp", "starter-whatsapp", "en"),
        ("viber", "starter-viber", "de"),
        ("KakaoTalk_talk", "demo-low.KakaoTalk_talk", "de"),
    ]
    assert len({one.path for one in listeners}) == 3
    asking = asks(inputs)
    assert asking is not None
    assert (asking.capture, charged(inputs.expected, asking.account_id)) == ("whatsapp", 66 * 7_000_000)


def test_the_account_whose_money_runs_low_is_counted_by_no_audit(inputs: DemoInputs) -> None:
    run, plan = low_plan(inputs.run)
    assert plan.account_id not in {account.account_id for account in inputs.accounts}
    assert run.supi(LOW_CAPTURE) != inputs.run.supi(LOW_CAPTURE)
    audited = charged(inputs.expected, "payg-kakaotalk")
    # Of its 3.00 EUR less is left than the 2.00 EUR of the catalog, and not nothing.
    assert 100_000_000 < audited < 300_000_000


def test_of_other_files_those_listen_who_are_alone_and_charged_most(inputs: DemoInputs) -> None:
    others = replace(inputs, is_own=False)
    listeners = listeners_of(others)
    sums = [charged(inputs.expected, one.account_id) for one in listeners]
    alone = [plan.account_id for plan in inputs.accounts if len(plan.subscribers) == 1]
    assert len(listeners) == 3
    assert all(one.account_id in alone and one.due is None for one in listeners)
    assert sums == sorted((charged(inputs.expected, account_id) for account_id in alone), reverse=True)[:3]
    assert asks(others) == listeners[0]


def test_where_nobody_is_charged_nobody_asks(inputs: DemoInputs) -> None:
    free = replace(inputs, is_own=False, expected=replace(inputs.expected, charges={}))
    assert asks(free) is None
    assert Talk().good
    assert "nobody asked why" in printed_talk(Talk())


def test_what_is_signed_with_the_secret_of_its_path_is_believed_once() -> None:
    receiver = WebhookReceiver(0)
    receiver.trust(PATH, SECRET)
    assert [post(receiver, "m-1"), post(receiver, "m-1"), post(receiver, "m-2")] == [204, 204, 204]
    assert (list(receiver.arrived), receiver.again, receiver.forged) == (["m-1", "m-2"], 1, 0)
    came = receiver.arrived["m-1"]
    assert (came.path, came.alert_code, came.title) == (PATH, "balance-low", "€1.50 left")


def test_what_another_signed_is_refused_and_counted() -> None:
    receiver = WebhookReceiver(0)
    receiver.trust(PATH, SECRET)
    assert post(receiver, "m-1", secret=OTHER) == HTTPStatus.UNAUTHORIZED
    assert post(receiver, "m-1", path="/alerts/another") == HTTPStatus.UNAUTHORIZED
    assert post(receiver, "m-1", age=timedelta(hours=1)) == HTTPStatus.UNAUTHORIZED
    assert post(receiver, "m-1", tampered=True) == HTTPStatus.UNAUTHORIZED
    assert (receiver.arrived, receiver.forged) == ({}, 4)


def test_each_alert_stands_with_when_and_how_soon_in_the_customers_language() -> None:
    telling = told()
    assert (telling.good, telling.on_page, telling.at_webhook) == (True, 2, 1)
    assert telling.slowest_milliseconds == 90
    first, second = [line for line in printed(telling).splitlines() if "viber" in line]
    assert cells(first) == [
        *("viber", "allowance-low 80 %", "09:30:00.250", "31 ms", "overtaken", "80 % verbraucht"),
    ]
    assert cells(second)[3:5] == ["44 ms", "90 ms"]
    assert telling.document()["alerts"][0]["overtaken"] is True


def test_an_alert_that_is_missing_fails_the_demo_and_is_said() -> None:
    telling = replace(told(), shown=(Shown("viber is told", "balance-low", "nothing"),))
    assert not telling.good
    assert "viber is told: nothing, not balance-low" in printed(telling)


def test_a_conversation_stands_as_it_was_said_with_its_case() -> None:
    talk = Talk(
        "viber", (("customer", "Why?"), ("Kim", "Once [sic].")), "A dispute.", (Shown("x", "a", "b"),)
    )
    assert not talk.good
    text = printed_talk(talk)
    assert all(words in text for words in ("Why?", "Kim", "Once [sic].", "A dispute.", "x: b, not a"))
    assert talk.document()["said"][0] == {"by": "customer", "text": "Why?"}


def test_an_alert_is_named_with_its_percent_where_it_has_one() -> None:
    assert in_words("balance-low", "") == "balance-low"
    assert in_words("allowance-low", "95") == "allowance-low 95 %"


def post(
    receiver: WebhookReceiver,
    webhook_id: str,
    *,
    path: str = PATH,
    secret: str = SECRET,
    age: timedelta = timedelta(),
    tampered: bool = False,
) -> HTTPStatus:
    """Signs a message and hands it over."""
    at = utc(present()) - age
    body = json.dumps({"data": {"alert_code": "balance-low", "title": "€1.50 left"}})
    headers = {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(webhook_id, at, body),
    }
    return receiver.take(path, headers, (body + " " * tampered).encode())


def told() -> Telling:
    """Two alerts, the first of which was overtaken before it was sent."""
    at = Instant(9 * 3_600_000_000 + 30 * 60_000_000 + 250_000)
    first = Alert("viber", "allowance-low", "80", "de", "80 % verbraucht", at, 31, None, overtaken=True)
    last = replace(first, percent="95", page_milliseconds=44, webhook_milliseconds=90, overtaken=False)
    return Telling((first, last), (Shown("viber is told", "both", "both"),), 0)


def cells(line: str) -> Sequence[str]:
    """Of a table's row."""
    return [cell.strip() for cell in line.strip("│").split("│")]


def printed(telling: Telling) -> str:
    """As people see it."""
    text = io.StringIO()
    print_telling(Console(file=text, width=200), telling)
    return text.getvalue()


def printed_talk(talk: Talk) -> str:
    """As people see it."""
    text = io.StringIO()
    print_talk(Console(file=text, width=200), talk)
    return text.getvalue()
