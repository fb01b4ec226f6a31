"""Who calls is told by a token, and what a caller may do by the role in it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.kernel.outcome import Category, RefusedError
from services.common.runtime.callers import (
    LOCAL_OPERATOR,
    Caller,
    Callers,
    Role,
    mint_token,
    require_account,
    require_operator,
    require_party,
)
from services.common.runtime.token_keys import TokenKey

SECRET = b"a secret of the suite, as long as HS512 would like it, so 64 octets or more"
CALLERS = Callers([TokenKey("HS256", SECRET)])
OPERATOR = Caller(Role.OPERATOR, "anna")
PARTNER = Caller(Role.PARTNER, "agent", party="lagoon")
SUBSCRIBER = Caller(Role.SUBSCRIBER, "app", account="acme")


@dataclass(frozen=True)
class Call:
    """A context of a call, as far as its metadata."""

    metadata: tuple[tuple[str, str | bytes], ...]

    def invocation_metadata(self) -> tuple[tuple[str, str | bytes], ...]:
        return self.metadata


def bearing(token: str) -> Call:
    return Call((("user-agent", "x"), ("authorization", f"Bearer {token}"), ("trace-bin", b"\x00")))


def signed(secret: str | bytes = SECRET, algorithm: str = "HS256", **changes: Any) -> str:
    """An operator's token with some claims changed; None takes one away.

    It holds for a day: cases are made when tests are collected, which may be long before they run.
    """
    claims = {"sub": "anna", "aud": "tidemark", "exp": time.time() + 86_400, "tidemark_role": "operator"}
    kept = {name: value for name, value in (claims | changes).items() if value is not None}
    token: str = jwt.encode(kept, secret, algorithm)
    return token


def refusal(call: Call, callers: Callers = CALLERS) -> tuple[str, str]:
    """Reason and field; the category must be that of unknown callers."""
    with pytest.raises(RefusedError) as caught:
        callers.of(call)
    refused = caught.value.refused
    assert refused.reason.category is Category.UNAUTHENTICATED
    return refused.reason.name, refused.field


@pytest.mark.parametrize("caller", [OPERATOR, PARTNER, SUBSCRIBER], ids=lambda caller: caller.role.value)
def test_a_minted_token_makes_its_holder_known(caller: Caller) -> None:
    token = mint_token(SECRET, caller.role, caller.subject, party=caller.party, account=caller.account)
    assert CALLERS.of(bearing(token)) == caller


def test_the_scheme_is_read_in_any_case() -> None:
    call = Call((("authorization", f"bearer  {signed()} "),))
    assert CALLERS.of(call) == OPERATOR


def test_claims_of_another_role_do_not_count() -> None:
    assert CALLERS.of(bearing(signed(tidemark_party="lagoon", tidemark_account="acme"))) == OPERATOR


def test_without_keys_every_caller_is_the_operator() -> None:
    assert Callers(()).of(Call(())) == LOCAL_OPERATOR
    assert Callers(()).of(bearing("anything")).role is Role.OPERATOR


@pytest.mark.parametrize(
    "metadata",
    [
        (),
        (("authorization", ""),),
        (("authorization", "Bearer"),),
        (("authorization", "Bearer  "),),
        (("authorization", "Basic YTpi"),),
        (("authorization", f"Bearer {signed()}"), ("authorization", f"Bearer {signed()}")),
    ],
    ids=["none", "empty", "no token", "blank token", "another scheme", "twice"],
)
def test_who_presents_no_token_is_unknown(metadata: tuple[tuple[str, str], ...]) -> None:
    assert refusal(Call(metadata)) == ("UNAUTHENTICATED", "")


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        (signed(exp=time.time() - 1), ("TOKEN_EXPIRED", "")),
        (signed(nbf=time.time() + 86_400), ("TOKEN_NOT_YET_VALID", "")),
        (signed(iat=time.time() + 86_400), ("TOKEN_NOT_YET_VALID", "")),
        (signed(aud="elsewhere"), ("TOKEN_AUDIENCE_WRONG", "aud")),
        (signed(aud=None), ("TOKEN_CLAIM_INVALID", "aud")),
        (signed(exp=None), ("TOKEN_CLAIM_INVALID", "exp")),
        (signed(exp="soon"), ("TOKEN_INVALID", "")),
        (signed(sub=None), ("TOKEN_CLAIM_INVALID", "sub")),
        (signed(sub=""), ("TOKEN_CLAIM_INVALID", "sub")),
        (signed(sub=7), ("TOKEN_CLAIM_INVALID", "sub")),
        (signed(tidemark_role=None), ("TOKEN_CLAIM_INVALID", "tidemark_role")),
        (signed(tidemark_role="owner"), ("TOKEN_CLAIM_INVALID", "tidemark_role")),
        (signed(tidemark_role=["operator"]), ("TOKEN_CLAIM_INVALID", "tidemark_role")),
        (signed(tidemark_role="partner"), ("TOKEN_CLAIM_INVALID", "tidemark_party")),
        (signed(tidemark_role="partner", tidemark_party=""), ("TOKEN_CLAIM_INVALID", "tidemark_party")),
        (signed(tidemark_role="subscriber"), ("TOKEN_CLAIM_INVALID", "tidemark_account")),
        (signed(secret=SECRET[::-1]), ("TOKEN_INVALID", "")),
        (signed(algorithm="HS512"), ("TOKEN_INVALID", "")),
        (signed(secret="", algorithm="none"), ("TOKEN_INVALID", "")),
        (signed()[:-4] + "AAAA", ("TOKEN_INVALID", "")),
        (signed().rpartition(".")[0] + ".", ("TOKEN_INVALID", "")),
        ("no token at all", ("TOKEN_INVALID", "")),
    ],
)
def test_a_token_that_is_no_good_is_refused_by_name(token: str, reason: tuple[str, str]) -> None:
    assert refusal(bearing(token)) == reason


def test_an_issuers_clock_may_be_off_by_the_leeway() -> None:
    lenient = Callers([TokenKey("HS256", SECRET)], leeway_seconds=30)
    for seconds_off in (-20.0, 20.0):
        token = mint_token(
            SECRET, Role.OPERATOR, "anna", lifetime_seconds=10, now_seconds=time.time() + seconds_off
        )
        assert lenient.of(bearing(token)) == OPERATOR


def test_another_audience_is_a_matter_of_settings() -> None:
    callers = Callers([TokenKey("HS256", SECRET)], audience="tidemark-test")
    assert callers.of(bearing(signed(aud=["x", "tidemark-test"]))) == OPERATOR
    assert refusal(bearing(signed()), callers)[0] == "TOKEN_AUDIENCE_WRONG"


@given(st.text(max_size=200) | st.sampled_from(["[" * 6_000, "." * 6_000, '{"a":' * 2_000]))
def test_no_text_is_more_than_a_refusal(text: str) -> None:
    assert refusal(bearing(f"x{text}"))[0] == "TOKEN_INVALID"


@given(st.sampled_from([0, 1]), st.sampled_from(["[" * 5_000, '{"a":' * 2_000, "9" * 6_000, "NaN", "{}"]))
def test_no_json_in_a_token_is_more_than_a_refusal(part: int, json_text: str) -> None:
    parts = signed().split(".")
    parts[part] = jwt.utils.base64url_encode(json_text.encode()).decode()
    assert refusal(bearing(".".join(parts)))[0] == "TOKEN_INVALID"


@pytest.mark.parametrize(
    ("caller", "allowed"), [(OPERATOR, True), (LOCAL_OPERATOR, True), (PARTNER, False), (SUBSCRIBER, False)]
)
def test_what_is_the_operators_is_nobody_elses(caller: Caller, allowed: bool) -> None:
    if allowed:
        require_operator(caller)
        return
    with pytest.raises(RefusedError) as caught:
        require_operator(caller)
    assert caught.value.refused.reason.name == "NOT_OPERATOR"
    assert caught.value.refused.reason.category is Category.DENIED


@pytest.mark.parametrize("caller", [OPERATOR, PARTNER], ids=["operator", "the partner itself"])
def test_a_partners_data_is_its_own_and_the_operators(caller: Caller) -> None:
    require_party(caller, "lagoon")


@pytest.mark.parametrize("caller", [PARTNER, SUBSCRIBER, Caller(Role.SUBSCRIBER, "x", party="reef")])
def test_others_hear_the_same_of_every_party(caller: Caller) -> None:
    answers = set()
    for party in ("reef", "no-such-party", ""):
        with pytest.raises(RefusedError) as caught:
            require_party(caller, party)
        answers.add((caught.value.refused.reason.name, caught.value.refused.message))
    assert [reason for reason, _ in answers] == ["NOT_YOUR_PARTY"]


@pytest.mark.parametrize("caller", [OPERATOR, SUBSCRIBER])
def test_the_operator_and_the_holder_itself_reach_an_account(caller: Caller) -> None:
    require_account(caller, "acme")


def test_the_operator_alone_asks_about_somebody_unknown() -> None:
    require_account(OPERATOR, "")
    with pytest.raises(RefusedError):
        require_account(Caller(Role.SUBSCRIBER, "app", account=""), "")


@pytest.mark.parametrize("caller", [SUBSCRIBER, PARTNER, Caller(Role.PARTNER, "x", account="other")])
def test_others_hear_the_same_of_every_account(caller: Caller) -> None:
    answers = set()
    for account in ("other", "no-such-account", ""):
        with pytest.raises(RefusedError) as caught:
            require_account(caller, account)
        answers.add((caught.value.refused.reason.name, caught.value.refused.message))
    assert [reason for reason, _ in answers] == ["NOT_YOUR_ACCOUNT"]
