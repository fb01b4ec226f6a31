"""Who is let in over HTTP, and who may change anything."""

from __future__ import annotations

import pytest

from services.common.runtime.callers import Role
from tests.support.notification_http import ACCOUNT, ANNA, BEN, OTHER_ACCOUNT, STRANGER, HttpWorld, token_of
from tests.support.notification_http_calls import CHANGES, client_of

MARKS = {"notification_ids": ["n-1"], "mark": "read"}


async def test_a_token_becomes_a_cookie_that_scripts_and_other_sites_do_not_get() -> None:
    async with client_of(HttpWorld()) as client:
        assert (await client.get("/api/balance")).json()["reason"] == "UNAUTHENTICATED"
        answer = await client.post("/session", json={"token": token_of(ACCOUNT)}, headers=CHANGES)
        assert answer.json() == {
            "role": "subscriber",
            "account_id": ACCOUNT,
            "subscribers": [ANNA, BEN],
            "may_choose": False,
            "can_sign_out": True,
        }
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert "Secure" not in cookie
        assert 3_500 < int(cookie.partition("Max-Age=")[2].partition(";")[0]) <= 3_600
        assert (await client.get("/api/balance")).status_code == 200
        assert (await client.get("/session")).json()["account_id"] == ACCOUNT
        gone = await client.delete("/session", headers=CHANGES)
        assert "Max-Age=0" in gone.headers["set-cookie"]
        assert (await client.get("/api/balance")).status_code == 401


async def test_behind_tls_the_cookie_and_the_page_keep_to_it() -> None:
    async with client_of(HttpWorld(), secure=True) as client:
        answer = await client.post("/session", json={"token": token_of(ACCOUNT)}, headers=CHANGES)
        assert "Secure" in answer.headers["set-cookie"]
        assert "max-age" in answer.headers["strict-transport-security"]


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        ("", "TOKEN_INVALID"),
        ("nonsense", "TOKEN_INVALID"),
        ("x" * 4_000, "TOKEN_INVALID"),
        (token_of(ACCOUNT, lifetime_seconds=-100), "TOKEN_EXPIRED"),
        (token_of("", Role.PARTNER), "NOT_YOUR_ACCOUNT"),
    ],
)
async def test_other_tokens_open_nothing(token: str, reason: str) -> None:
    async with client_of(HttpWorld()) as client:
        answer = await client.post("/session", json={"token": token}, headers=CHANGES)
        assert answer.json()["reason"] == reason
        assert "set-cookie" not in answer.headers


async def test_changes_need_the_page_s_header_or_a_bearer_token() -> None:
    world = HttpWorld()
    world.notify("One")
    async with client_of(world) as client:
        forged = await client.post("/session", json={"token": token_of(ACCOUNT)})
        assert (forged.status_code, forged.json()["reason"]) == (403, "HEADER_MISSING")
        await client.post("/session", json={"token": token_of(ACCOUNT)}, headers=CHANGES)
        # What another site can make a browser send: the cookie, and no header of ours.
        forged = await client.post("/api/inbox/marks", json=MARKS)
        assert (forged.status_code, forged.json()["reason"]) == (403, "HEADER_MISSING")
        assert (await client.delete("/session")).status_code == 403
        assert world.inbox.entries[0].read_at is None
        assert (await client.post("/api/inbox/marks", json=MARKS, headers=CHANGES)).json() == {"unread": 0}
    async with client_of(world, token_of(ACCOUNT)) as program:
        assert (await program.post("/api/inbox/marks", json=MARKS)).json() == {"unread": 0}


async def test_two_cookies_or_two_tokens_are_none() -> None:
    planted = f"tidemark_session={token_of(OTHER_ACCOUNT)}; tidemark_session={token_of(ACCOUNT)}"
    async with client_of(HttpWorld()) as client:
        assert (await client.get("/api/balance", headers={"Cookie": planted})).status_code == 401
        twice = [("authorization", f"Bearer {token_of(ACCOUNT)}")] * 2
        assert (await client.get("/api/balance", headers=twice)).status_code == 401
        basic = {"Authorization": "Basic abc"}
        answer = await client.get("/api/balance", headers=basic)
        assert answer.headers["www-authenticate"] == "Bearer"


async def test_an_account_sees_its_own_lines_only() -> None:
    async with client_of(HttpWorld(), token_of(ACCOUNT)) as client:
        assert (await client.get("/api/balance", params={"subscriber_id": BEN})).status_code == 200
        for other in (STRANGER, "nobody"):
            answer = await client.get("/api/balance", params={"subscriber_id": other})
            assert (answer.status_code, answer.json()["reason"]) == (403, "NOT_YOUR_ACCOUNT")
    async with client_of(HttpWorld(), token_of("", Role.OPERATOR)) as operator:
        answer = await operator.get("/api/balance", params={"subscriber_id": "nobody"})
        assert answer.json()["reason"] == "SUBSCRIBER_UNKNOWN"


async def test_without_keys_only_loopback_is_answered() -> None:
    world = HttpWorld(keys=False)
    async with client_of(world, public_url="https://here.example/x") as client:
        assert (await client.get("/session")).json()["may_choose"] is True
        assert (await client.get("/api/balance")).status_code == 200
        for host, status in (
            ("localhost:8080", 200),
            ("[::1]:8080", 200),
            ("here.example", 200),
            ("evil.example", 421),
            ("127.0.0.1.evil.example", 421),
        ):
            answer = await client.get("/api/balance", headers={"Host": host})
            assert answer.status_code == status, host
    async with client_of(HttpWorld(), token_of(ACCOUNT)) as client:
        assert (await client.get("/api/balance", headers={"Host": "any.example"})).status_code == 200
