"""OfferService over real gRPC: who may ask what, what is answered and streamed, what commands print."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import grpc
import pytest
import pytest_asyncio
from tidemark.offers.v1 import offer_api_pb2 as api

from services.common.kernel.clock import Instant
from services.common.runtime.callers import Role
from services.common.runtime.grpc_errors import error_info
from services.offers.adapters.decisions.outcomes import add_outcome
from services.offers.application.ports import Resolved
from services.offers.domain.compiled import CompiledReason, OfferTerms
from services.offers.domain.decisions import Outcome, OutcomeKind
from tests.support.offers_deciding import (
    EURO,
    NOW,
    PUSHED,
    always,
    compiled,
    never,
    offer,
    policies,
)
from tests.support.offers_recommending import FakeScorer
from tests.support.offers_server import OfferServer, offer_server

POLICIES = policies(
    compiled(
        offer("video", descriptions={"en": "All of it.", "de": "Alles."}, propensity_permille=90),
        reasons=(CompiledReason(always, {"en": lambda _: "You watch a lot.", "de": lambda _: "Viel."}),),
        terms=OfferTerms(price_minor_micros=EURO, currency_code="EUR"),
    ),
    offer("music"),
    compiled(offer("business"), eligibility=never, reason="NOT_A_BUSINESS"),
)
IDENTIFIER = "msisdn-491700000001"


@pytest_asyncio.fixture
async def server() -> AsyncIterator[OfferServer]:
    """Serves; `s` is of account-1, as the identifier is."""
    async with offer_server(POLICIES) as running:
        running.stored.world.subscribers.accounts = {"s": "account-1", "t": "account-2"}
        running.stored.world.subscribers.identifiers = {IDENTIFIER: Resolved("s", "account-1")}
        yield running


def asking(**fields: Any) -> api.RecommendRequest:
    """A request about `s`, unless it says otherwise."""
    plain: dict[str, Any] = {"placement": "app-home", "channel": "app"}
    if not {"subscriber_id", "subscriber_identifier"} & set(fields):
        plain["subscriber_id"] = "s"
    return api.RecommendRequest(**(plain | fields))


async def test_offers_come_in_the_language_asked_for(server: OfferServer) -> None:
    async with server.stub() as stub:
        answer = await stub.Recommend(asking(limit=5, language="de-AT", context={"page": "home"}))
        why = await stub.GetDecision(api.GetDecisionRequest(decision_id=answer.decision_id))
    first, second = answer.offers
    assert (first.rank, first.offer_code, first.name, first.description) == (
        1,
        "video",
        "video auf Deutsch",
        "Alles.",
    )
    assert (list(first.reasons), first.price.minor_micros, first.probability) == (["Viel."], EURO, 1)
    assert (second.rank, second.offer_code, second.HasField("price")) == (2, "music", False)
    assert (answer.feature_seq, answer.policy_version, answer.model_version) == (41, 3, "")
    decision = why.decision
    assert (decision.subscriber_id, dict(decision.context)) == ("s", {"page": "home"})
    assert list(decision.presented_offer_codes) == ["video", "music"]
    assert [(d.offer_code, d.stage, d.reason, d.detail) for d in decision.dropped] == [
        ("business", "eligibility", "NOT_A_BUSINESS", "never")
    ]


async def test_a_subscriber_asks_for_its_own_account(server: OfferServer) -> None:
    async with server.stub("account-1") as stub:
        own = await stub.Recommend(asking())
        same = await stub.Recommend(asking(subscriber_identifier=IDENTIFIER))
        assert [item.offer_code for item in (*own.offers, *same.offers)] == ["video", "video"]
        listed = await stub.ListDecisions(api.ListDecisionsRequest(subscriber_id="s"))
        assert len(listed.decisions) == 2
    async with server.stub("account-2") as stub:
        for whom in (
            {"subscriber_id": "s"},
            {"subscriber_id": "nobody"},
            {"subscriber_identifier": IDENTIFIER},
            {"subscriber_identifier": "msisdn-499999999"},
        ):
            assert await refusal(stub.Recommend(asking(**whom))) == ("PERMISSION_DENIED", "NOT_YOUR_ACCOUNT")
        get = api.GetDecisionRequest(decision_id=own.decision_id)
        assert await refusal(stub.GetDecision(get)) == ("NOT_FOUND", "DECISION_UNKNOWN")
        lists = api.ListDecisionsRequest
        assert await refusal(stub.ListDecisions(lists())) == ("INVALID_ARGUMENT", "SUBSCRIBER_MISSING")
        assert await refusal(stub.ListDecisions(lists(subscriber_id="s"))) == (
            "PERMISSION_DENIED",
            "NOT_YOUR_ACCOUNT",
        )
        assert await first_refusal(stub.WatchOffers(api.WatchOffersRequest())) == "NOT_OPERATOR"
        assert await first_refusal(stub.WatchOffers(api.WatchOffersRequest(subscriber_id="s"))) == (
            "NOT_YOUR_ACCOUNT"
        )


async def test_a_partner_sees_nothing(server: OfferServer) -> None:
    async with server.stub("account-1", Role.PARTNER) as stub:
        for call in (
            stub.Recommend(asking()),
            stub.GetDecision(api.GetDecisionRequest(decision_id="d")),
            stub.AcceptOffer(api.AcceptOfferRequest(request_id="r", decision_id="d", offer_code="video")),
        ):
            assert (await refusal(call))[0] in ("PERMISSION_DENIED", "UNAUTHENTICATED")
    assert server.effects.asked == []


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"placement": "nowhere"}, "PLACEMENT_UNKNOWN"),
        ({"channel": "pigeon"}, "CHANNEL_UNKNOWN"),
        ({"subscriber_id": "x" * 65}, "FIELD_INVALID"),
        ({"subscriber_identifier": "491700000001"}, "FIELD_INVALID"),
        ({"subscriber_identifier": "msisdn-499999999"}, "USER_UNKNOWN"),
        ({"context": {"Page": "home"}}, "FIELD_INVALID"),
        ({"context": {"page": "x" * 257}}, "FIELD_INVALID"),
        ({"context": {f"k{number}": "" for number in range(33)}}, "FIELD_INVALID"),
        ({"language": "not a language"}, "FIELD_INVALID"),
        ({"request_id": "with blank"}, "REQUEST_ID_INVALID"),
    ],
)
async def test_what_is_wrong_is_named(server: OfferServer, fields: dict[str, Any], reason: str) -> None:
    async with server.stub() as stub:
        assert (await refusal(stub.Recommend(asking(**fields))))[1] == reason


async def test_whom_is_it_about(server: OfferServer) -> None:
    async with server.stub() as stub:
        request = api.RecommendRequest(placement="app-home", channel="app")
        assert (await refusal(stub.Recommend(request)))[1] == "SUBSCRIBER_MISSING"


async def test_the_same_request_gets_the_first_answer_and_no_others(server: OfferServer) -> None:
    async with server.stub() as stub, server.stub("account-1") as subscriber:
        first = await stub.Recommend(asking(request_id="r-1", language="de"))
        assert await stub.Recommend(asking(request_id="r-1", language="de")) == first
        differs = await refusal(stub.Recommend(asking(request_id="r-1")))
        assert differs == ("ABORTED", "DUPLICATE_DIFFERS")
        # Ids of another caller are its own.
        assert (await subscriber.Recommend(asking(request_id="r-1"))).decision_id != first.decision_id


async def test_answers_go_to_whoever_gives_effect_with_the_callers_account(server: OfferServer) -> None:
    async with server.stub("account-1") as stub:
        accept = api.AcceptOfferRequest(request_id="r", decision_id="d", offer_code="video")
        assert (await stub.AcceptOffer(accept)).charged.minor_micros == EURO
        decline = api.DeclineOfferRequest(request_id="r", decision_id="d", offer_code="video")
        assert (await stub.DeclineOffer(decline)).quiet_until.ToMicroseconds() == NOW
        feedback = api.GiveFeedbackRequest(
            request_id="r", decision_id="d", offer_code="video", kind=api.FEEDBACK_KIND_SEEN
        )
        await stub.GiveFeedback(feedback)
    assert [asked.account_id for asked in server.effects.asked] == ["account-1"] * 3
    async with server.stub() as stub:
        await stub.AcceptOffer(accept)
    assert server.effects.asked[-1].account_id == ""


async def test_lists_go_page_by_page(server: OfferServer) -> None:
    async with server.stub() as stub:
        made = [(await stub.Recommend(asking(subscriber_id=who))).decision_id for who in "stsst"]
        found, token, pages = [], "", 0
        while pages == 0 or token:
            page = await stub.ListDecisions(api.ListDecisionsRequest(page_size=2, page_token=token))
            found += [item.decision_id for item in page.decisions]
            token, pages = page.next_page_token, pages + 1
        assert (found, pages) == (made[::-1], 3)
        bad = api.ListDecisionsRequest(page_token="-1")
        assert (await refusal(stub.ListDecisions(bad)))[1] == "FIELD_INVALID"


async def test_what_the_service_presents_is_streamed_and_replayed(server: OfferServer) -> None:
    recommend = server.stored.world.recommender.recommend
    async with server.stub("account-1") as stub, server.stub() as operator:
        live = operator.WatchOffers(api.WatchOffersRequest())
        await live.initial_metadata()
        await recommend("s", PUSHED)
        await recommend("t", PUSHED)
        got = [await live.read() for _ in range(2)]
        assert [(one.sequence, one.decision.subscriber_id) for one in got] == [(1, "s"), (2, "t")]
        await recommend("s", PUSHED)
        again = stub.WatchOffers(api.WatchOffersRequest(subscriber_id="s", after_sequence=1))
        assert (await again.read()).sequence == 3
        await recommend("s", replace(PUSHED, raised_by="roaming"))
        assert (await again.read()).decision.raised_by == "roaming"
        live.cancel()
        again.cancel()


async def test_streams_end_when_the_server_stops(server: OfferServer) -> None:
    async with server.stub() as stub:
        stream = stub.WatchOffers(api.WatchOffersRequest())
        await stream.initial_metadata()
        stopping = asyncio.ensure_future(server.server.drain(5))
        assert [pushed async for pushed in stream] == []
        await stopping


async def test_the_commands_recommend_and_say_why(server: OfferServer) -> None:
    server.stored.world.scorers.scorer = FakeScorer()
    said = await server.tidemark(
        "recommend",
        IDENTIFIER,
        "--placement",
        "app-home",
        "--channel",
        "app",
        "--limit",
        "2",
        "--context",
        "a=b",
    )
    assert said.exit_code == 0, said.output
    assert "1.00 EUR" in said.output
    assert "journal record 41" in said.output
    (stored,) = await server.stored.reader.newest("", None, False, 1)
    decision_id = stored.message.decision_id
    outcome = Outcome(decision_id, "video", OutcomeKind.RATED, Instant(NOW), rating=4)
    await server.stored.database.run(lambda session: add_outcome(session, outcome))
    why = await server.tidemark("why", decision_id)
    assert why.exit_code == 0, why.output
    for words in (
        "context a=b",
        "by model model-7 over features features-2",
        "NOT_A_BUSINESS",
        "█",
        "You watch a lot.",
        f"drawn again from the seed: {stored.message.candidates[0].offer_code}, as it was then",
        "video was rated at",
    ):
        assert words in why.output
    exact = json.loads((await server.tidemark("why", decision_id, "--json")).output)
    assert [item["probability"] for item in exact["decision"]["candidates"]] == [
        item.probability for item in stored.message.candidates
    ]
    listed = await server.tidemark("decisions", IDENTIFIER)
    assert decision_id in listed.output
    unknown = await server.tidemark("why", "d-unknown")
    assert (unknown.exit_code != 0, "DECISION_UNKNOWN" in unknown.output) == (True, True)
    bad = await server.tidemark(
        "recommend", "s", "--placement", "app-home", "--channel", "app", "--context", "nonsense"
    )
    assert "key=value" in bad.output


async def refusal(call: Any) -> tuple[str, str]:
    """Status and reason with which a call fails."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    info = error_info(caught.value)
    return caught.value.code().name, info.reason if info else ""


async def first_refusal(stream: Any) -> str:
    """The reason with which a stream fails."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await stream.read()
    info = error_info(caught.value)
    return info.reason if info else ""
