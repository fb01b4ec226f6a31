"""JSON endpoints: what they answer, what they refuse, and that nothing leaks."""

from __future__ import annotations

import json
from decimal import Decimal

import httpx
from hypothesis import given
from hypothesis import strategies as st

from services.common.kernel.money import MAX_MINOR_MICROS, Money, currency
from services.common.kernel.outcome import Category
from services.notification.adapters.http.asking import MOST_OCTETS
from services.notification.adapters.http.refusing import CATEGORY_STATUS
from services.notification.adapters.http.shapes import money_json
from services.notification.domain.notifications import AlertSeverity
from tests.support.notification_http import ACCOUNT, BEN, OTHER_ACCOUNT, STRANGER, HttpWorld, token_of
from tests.support.notification_http_calls import client_of


def own(world: HttpWorld, account: str = ACCOUNT) -> httpx.AsyncClient:
    """A program of an account."""
    return client_of(world, token_of(account))


async def test_balance_and_usage() -> None:
    async with own(HttpWorld()) as client:
        balance = (await client.get("/api/balance")).json()
        money, data, *_ = balance["buckets"]
        assert money["money"] == {"amount": "24.50", "currency": "EUR"}
        assert (data["left"], data["given"], data["left_percent"]) == (6_200_000_000, 10_000_000_000, 62)
        assert "b-ben" not in [bucket["bucket_id"] for bucket in balance["buckets"]]
        answer = await client.get("/api/balance", params={"subscriber_id": BEN})
        assert "b-ben" in [bucket["bucket_id"] for bucket in answer.json()["buckets"]]
        usage = (await client.get("/api/usage", params={"hours": "24", "slice_minutes": "30"})).json()
        assert len(usage["slices"]) > 20
        assert set(usage["slices"][0]) == {"begins_at", "rating_group", "unit", "units", "cost"}
        for wrong in ("-1", "x", "1.5", "99999999"):
            answer = await client.get("/api/usage", params={"hours": wrong})
            assert (answer.status_code, answer.json()["field"]) == (400, "hours")


async def test_charges_and_bills() -> None:
    async with own(HttpWorld()) as client:
        (charge,) = (await client.get("/api/charges")).json()["charges"]
        assert charge["amount"] == {"amount": "1.20", "currency": "EUR"}
        older = await client.get("/api/charges", params={"before": charge["at"]})
        assert older.json() == {"charges": []}
        assert (await client.get("/api/charges", params={"before": "yesterday"})).status_code == 400
        (bill,) = (await client.get("/api/bills")).json()["bills"]
        assert (bill["month"], bill["closed"]) == ("2026-11", False)


async def test_inbox_pages_and_marks() -> None:
    world = HttpWorld()
    for number in range(5):
        world.notify(f"Number {number}", severity=AlertSeverity.WARNING, data={"percent": "80"})
    async with own(world) as client:
        page = (await client.get("/api/inbox", params={"after": "1", "size": "2"})).json()
        assert [one["title"] for one in page["notifications"]] == ["Number 1", "Number 2"]
        assert (page["next_cursor"], page["unread"]) == (3, 5)
        assert page["notifications"][0]["data"] == {"percent": "80"}
        marked = {"notification_ids": ["n-1"], "mark": "dismissed"}
        assert (await client.post("/api/inbox/marks", json=marked)).json() == {"unread": 4}
        assert len((await client.get("/api/inbox")).json()["notifications"]) == 4
        hidden = (await client.get("/api/inbox", params={"include_hidden": "true"})).json()
        assert hidden["notifications"][0]["hidden"] is True
        for wrong in ({"notification_ids": [], "mark": "read"}, {"notification_ids": ["n-1"], "mark": "x"}):
            assert (await client.post("/api/inbox/marks", json=wrong)).status_code == 400
    async with own(world, OTHER_ACCOUNT) as other:
        marked = {"notification_ids": ["n-2"], "mark": "read"}
        await other.post("/api/inbox/marks", params={"subscriber_id": STRANGER}, json=marked)
        assert world.inbox.entries[1].read_at is None


async def test_preferences_are_replaced_and_consent_is_dated() -> None:
    async with own(HttpWorld()) as client:
        assert (await client.get("/api/preferences")).json()["marketing_consent"] is False
        wish = {"category": "service", "alert_code": "", "channel": "sms", "wanted": False}
        wanted = {"language": "de", "quiet_from_minute": 1320, "quiet_until_minute": 420, "wishes": [wish]}
        answer = (await client.put("/api/preferences", json=wanted | {"marketing_consent": True})).json()
        assert answer["wishes"] == [wish]
        assert answer["consent_evidence"].startswith(f"said over HTTP by subscriber of {ACCOUNT} at 20")
        again = (await client.put("/api/preferences", json=wanted | {"marketing_consent": True})).json()
        assert again == answer
        for wrong in (
            {"quiet_from_minute": 1440},
            {"quiet_from_minute": True},
            {"marketing_consent": "yes"},
            {"wishes": [{"category": "service"}]},
            {"wishes": [{"category": "nonsense", "wanted": True}]},
            {"language": 5},
        ):
            assert (await client.put("/api/preferences", json=wrong)).status_code == 400, wrong


async def test_tools_answer_refuse_and_propose() -> None:
    world = HttpWorld()
    async with own(world) as client:
        assert (await client.get("/api/tools")).json()["tools"][0]["name"] == "list_offers"
        listed = (await client.post("/api/tools/list_offers", json={"language": "de"})).json()
        assert listed["result"]["decision_id"] == "dec-1"
        assert (world.talk.tools.calls[0].language, world.talk.tools.calls[0].account_id) == ("de", ACCOUNT)
        names = {"arguments": {"decision_id": "dec-1", "offer_code": "video-pass"}}
        proposed = (await client.post("/api/tools/accept_offer", json=names)).json()["proposed"]
        assert (proposed["price"], proposed["confirmation_token"]) == ("4.99 EUR", "yes-offer")
        no = await client.post("/api/tools/accept_offer", json=names | {"confirmation_token": "wrong"})
        assert no.json()["refusal"]["reason"] == "CONFIRMATION_UNKNOWN"
        yes = await client.post("/api/tools/accept_offer", json=names | {"confirmation_token": "yes-offer"})
        assert yes.json()["text"].startswith("Done")
        unknown = await client.post("/api/tools/nonsense", json={})
        assert (unknown.status_code, unknown.json()["reason"]) == (404, "TOOL_UNKNOWN")
        assert (await client.post("/api/tools/list_offers", json={"arguments": []})).status_code == 400


async def test_conversations_and_cases_are_their_customers_own() -> None:
    world = HttpWorld()
    async with own(world) as client, own(world, OTHER_ACCOUNT) as other:
        heard = (await client.post("/api/conversations", json={"text": "dispute"})).json()
        assert (heard["state"], heard["case_id"]) == ("handed-over", "case-1")
        path = f"/api/conversations/{heard['conversation_id']}"
        assert [one["author"] for one in heard["messages"]] == ["customer", "assistant"]
        later = (await client.get(path, params={"after_sequence": "1"})).json()
        assert [one["sequence"] for one in later["messages"]] == [2]
        (case,) = (await client.get("/api/cases")).json()["cases"]
        assert case["topic"] == "dispute"
        assert "summary" not in case
        assert (await client.get("/api/cases/case-1")).json() == case
        assert (await client.post(f"{path}/rating", json={"score": 4, "comment": "c"})).json() == {}
        assert world.talk.ratings == [(heard["conversation_id"], 4, "c")]
        for score in (0, 6, True, "5"):
            assert (await client.post(f"{path}/rating", json={"score": score})).status_code == 400
        other.params = other.params.merge({"subscriber_id": STRANGER})
        said = {"text": "hello", "conversation_id": heard["conversation_id"]}
        for answer in (
            await other.get(path),
            await other.post("/api/conversations", json=said),
            await other.post(f"{path}/rating", json={"score": 1}),
            await other.get("/api/cases/case-1"),
            await client.get("/api/conversations/none"),
        ):
            assert (answer.status_code, answer.json()["reason"][-7:]) == (404, "UNKNOWN")
        assert len(world.talk.messages[heard["conversation_id"]]) == 2


async def test_bodies_are_bounded_and_exact() -> None:
    async with own(HttpWorld()) as client:
        for content, status in (
            (b"x" * (MOST_OCTETS + 1), 413),
            (b"{", 400),
            (b"[1]", 400),
            (b'{"arguments": {"amount": 4.99}}', 400),
            (b'{"arguments": {"amount": NaN}}', 400),
            (b'{"a":' * 10_000, 400),
            (b"\xff", 400),
            (b"", 200),
        ):
            answer = await client.post("/api/tools/list_offers", content=content)
            assert answer.status_code == status, content[:40]
            assert "Traceback" not in answer.text


async def test_a_fault_is_told_as_an_incident_and_a_late_answer_as_such() -> None:
    world = HttpWorld()

    async def broken(_subscriber_id: str) -> str | None:
        raise RuntimeError("secret detail")

    world.directory.account_of = broken  # type: ignore[method-assign, assignment]
    async with own(world) as client:
        answer = await client.get("/api/balance")
        assert (answer.status_code, answer.json()["reason"]) == (500, "INTERNAL")
        assert "secret" not in answer.text
        assert answer.json()["metadata"]["incident"] in answer.json()["message"]
        assert answer.headers["x-content-type-options"] == "nosniff"
    slow = HttpWorld()
    slow.directory.slow_seconds = 30
    async with client_of(slow, token_of(ACCOUNT), deadline_seconds=0.05) as client:
        answer = await client.get("/api/balance")
        assert (answer.status_code, answer.json()["reason"]) == (503, "DEADLINE_EXCEEDED")
        assert "retry-after" in answer.headers


async def test_pages_paths_and_methods_that_are_not_there() -> None:
    async with own(HttpWorld()) as client:
        page = await client.get("/")
        assert page.status_code == 200
        policy = page.headers["content-security-policy"]
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert page.headers["cache-control"] == "no-cache"
        again = await client.get("/", headers={"If-None-Match": page.headers["etag"]})
        assert again.status_code == 304
        for script in ("js/main.js", "css/tokens.css", "icon.svg"):
            assert (await client.get(script)).status_code == 200
        for path in ("/nothing", "/api/nothing", "/js/../../app.py", "/%2e%2e/app.py"):
            assert (await client.get(path)).json()["reason"] == "NOT_FOUND"
        assert (await client.post("/nothing")).json()["reason"] == "METHOD_NOT_ALLOWED"


def test_every_category_has_a_status() -> None:
    assert set(CATEGORY_STATUS) == set(Category)
    assert all(400 <= status < 600 for status in CATEGORY_STATUS.values())


@given(st.integers(-MAX_MINOR_MICROS, MAX_MINOR_MICROS), st.sampled_from(["EUR", "JPY", "KWD"]))
def test_money_is_told_exactly(minor_micros: int, code: str) -> None:
    told = json.loads(json.dumps(money_json(Money(minor_micros, currency(code)))))
    assert Decimal(told["amount"]) * currency(code).micros_per_unit == minor_micros
    assert "E" not in told["amount"]
