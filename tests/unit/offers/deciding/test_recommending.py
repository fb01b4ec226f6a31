"""From a question to a logged decision: who ranks, what is refused, what a failure costs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest

from services.common.kernel.clock import DAY, Instant
from services.common.kernel.outcome import RefusedError
from services.common.runtime.database import open_database
from services.offers.domain.compiled import CompiledReason
from services.offers.domain.decisions import Asked, Decision
from services.offers.domain.policies import (
    Arm,
    ContactCap,
    ContactPolicy,
    Experiment,
    Exploration,
    Purpose,
    Ranking,
)
from services.offers.main import MIGRATIONS
from tests.support.offers_deciding import (
    ALL_CONSENTS,
    ASKED,
    PUSHED,
    always,
    compiled,
    customer,
    offer,
    policies,
)
from tests.support.offers_recommending import DEADLINE, FakeScorer, MemoryLog, SetPolicies, World

FOUR = [offer(f"o{place}", propensity_permille=40 - place) for place in range(4)]
ONE_A_DAY = ContactPolicy(caps=(ContactCap(1, 1),))


@pytest.fixture
def world() -> Iterator[World]:
    """Four offers, no model."""
    database = open_database("sqlite://", MIGRATIONS)
    yield World(database, SetPolicies(policies(*FOUR)), MemoryLog())
    database.engine.dispose()


async def test_without_a_model_rules_rank(world: World) -> None:
    found = await world.recommender.recommend("s", replace(ASKED, limit=2))
    assert [(c.offer.code, c.rank, c.probability) for c in found.candidates] == [
        ("o0", 1, 1.0),
        ("o1", 2, 0.0),
        ("o2", 0, 0.0),
        ("o3", 0, 0.0),
    ]
    assert (found.fallback, found.model_version, found.policy_version) == ("no-model", "", 3)
    assert found.feature_seq == 41
    assert logged(world) == [found]


async def test_a_model_ranks_and_chance_takes_part(world: World) -> None:
    world.scorers.scorer = FakeScorer()
    found = await world.recommender.recommend("s", ASKED)
    assert (found.fallback, found.model_version, found.feature_version) == ("", "model-7", "features-2")
    assert {c.offer.code: round(c.probability, 6) for c in found.candidates} == {
        "o0": 0.1075,
        "o1": 0.2025,
        "o2": 0.2975,
        "o3": 0.3925,
    }
    assert found.features == (1.0, 2.0)
    assert {c.offer.code: c.features for c in found.candidates}["o3"] == (4.0,)


async def test_a_failing_model_opens_the_breaker_for_ten_seconds(world: World) -> None:
    scorer = world.scorers.scorer = FakeScorer(fail=RuntimeError("no"))
    said = [(await world.recommender.recommend("s", ASKED)).fallback for _ in range(5)]
    assert said == ["error", "error", "error", "breaker", "breaker"]
    assert scorer.asked == 3
    assert len(world.failures) == 3
    world.seconds += 10
    scorer.fail = None
    assert (await world.recommender.recommend("s", ASKED)).fallback == ""


async def test_misses_that_are_not_in_a_row_open_nothing(world: World) -> None:
    scorer = world.scorers.scorer = FakeScorer()
    for failing in (True, True, False, True, True, False):
        scorer.fail = RuntimeError("no") if failing else None
        assert (await world.recommender.recommend("s", ASKED)).fallback == ("error" if failing else "")


async def test_a_late_model_is_a_miss(world: World) -> None:
    scorer = world.scorers.scorer = FakeScorer()

    def pause() -> None:
        world.seconds += DEADLINE * 2

    scorer.pause = pause
    found = await world.recommender.recommend("s", ASKED)
    assert (found.fallback, found.model_version) == ("deadline", "")
    assert found.candidates[0].probability == 1


async def test_what_was_slow_before_the_model_is_no_miss_of_it(world: World) -> None:
    scorer = world.scorers.scorer = FakeScorer()

    def slow(_: str) -> None:
        world.seconds += DEADLINE * 2

    world.customers.on_view = slow
    said = [(await world.recommender.recommend("s", ASKED)).fallback for _ in range(5)]
    assert said == ["deadline"] * 5
    assert scorer.asked == 0


async def test_scores_that_do_not_fit_the_offers_are_not_used(world: World) -> None:
    scorer = world.scorers.scorer = FakeScorer()
    plain = scorer.scores

    def short(*asked: object) -> object:
        return replace(plain(*asked), win_shares=(1.0,))  # type: ignore[arg-type]

    scorer.scores = short  # type: ignore[assignment]
    assert (await world.recommender.recommend("s", ASKED)).fallback == "error"


async def test_the_control_group_is_ranked_by_rules_and_keeps_features(world: World) -> None:
    world.policies.policies = policies(*FOUR, exploration=Exploration(control_permille=1000))
    world.scorers.scorer = FakeScorer()
    found = await world.recommender.recommend("s", ASKED)
    assert (found.control_group, found.fallback, found.model_version) == (True, "control", "")
    assert (found.candidates[0].offer.code, found.candidates[0].probability) == ("o0", 1)
    assert found.features == (1.0, 2.0)


@pytest.mark.parametrize(
    ("ranking", "probabilities"),
    [
        (Ranking.RULES, {0.0, 1.0}),
        (Ranking.RANDOM, {0.25}),
        (Ranking.MODEL, {0.1075, 0.2025, 0.2975, 0.3925}),
    ],
)
async def test_an_arm_says_who_ranks(world: World, ranking: Ranking, probabilities: set[float]) -> None:
    experiment = Experiment("trial", "Trial", "salt", (Arm("all", 100, ranking),))
    world.policies.policies = policies(*FOUR, experiments=(experiment,))
    world.scorers.scorer, world.scorers.arm = FakeScorer(), "champion"
    found = await world.recommender.recommend("s", ASKED)
    assert {round(c.probability, 6) for c in found.candidates} == probabilities
    # Who is not ranked by a model is in no arm of its roll-out.
    rollout = {"rollout": "champion"} if ranking is Ranking.MODEL else {}
    assert found.arms == {"trial": "all"} | rollout


async def test_barred_is_a_decision(world: World) -> None:
    world.customers.known["s"] = customer(barred=True)
    found = await world.recommender.recommend("s", ASKED)
    assert (found.reason, found.candidates, found.pseudonym) == ("BARRED", (), "pseudonym-1")
    assert logged(world) == [found]


async def test_without_consent_nothing_personalised_remains(world: World) -> None:
    world.scorers.scorer = scorer = FakeScorer()
    world.customers.known["s"] = customer(consents=frozenset())
    found = await world.recommender.recommend("s", ASKED)
    assert (found.reason, found.candidates, found.feature_seq) == ("NO_CONSENT", (), 0)
    world.policies.policies = policies(*FOUR, offer("all", personalised=False))
    found = await world.recommender.recommend("s", ASKED)
    assert [c.offer.code for c in found.presented] == ["all"]
    assert (found.fallback, found.features, found.feature_seq, found.arms) == ("no-consent", (), 0, {})
    assert scorer.asked == 0


async def test_a_profile_nobody_knows_is_a_decision(world: World) -> None:
    world.customers.strangers.add("stranger")
    found = await world.recommender.recommend("stranger", ASKED)
    assert (found.reason, found.account_id) == ("PROFILE_UNKNOWN", "account-of-stranger")
    assert logged(world) == [found]


async def test_somebody_charging_does_not_know_is_refused(world: World) -> None:
    world.customers.strangers.add("nobody")
    assert await refusal(world, "nobody", ASKED) == "USER_UNKNOWN"
    world.subscribers.is_away = True
    assert await refusal(world, "nobody", ASKED) == "CHARGING_UNREACHABLE"


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (Asked("nowhere", "app"), "PLACEMENT_UNKNOWN"),
        (Asked("app-home", "pigeon"), "CHANNEL_UNKNOWN"),
        (Asked("app-home", "app", limit=0), "FIELD_INVALID"),
        (Asked("app-home", "app", limit=11), "FIELD_INVALID"),
    ],
)
async def test_what_the_policies_do_not_know_is_refused(world: World, asked: Asked, reason: str) -> None:
    assert await refusal(world, "s", asked) == reason


async def test_before_the_first_publication_there_is_no_decision(world: World) -> None:
    world.policies.policies = None
    assert await refusal(world, "s", ASKED) == "POLICIES_NOT_PUBLISHED"


async def test_consent_that_ends_while_the_view_is_read_counts(world: World) -> None:
    def withdraw(subscriber_id: str) -> None:
        world.customers.known[subscriber_id] = customer(consents=frozenset())

    world.customers.on_view = withdraw
    found = await world.recommender.recommend("s", ASKED)
    assert (found.reason, found.presented) == ("NO_CONSENT", ())


async def test_who_is_erased_while_the_view_is_read_is_a_stranger(world: World) -> None:
    world.customers.on_view = world.customers.strangers.add
    assert (await world.recommender.recommend("stranger", ASKED)).reason == "PROFILE_UNKNOWN"


async def test_a_cap_bounds_how_many_are_presented_at_once(world: World) -> None:
    world.policies.policies = policies(*FOUR, contact=ContactPolicy(caps=(ContactCap(3, 1),)))
    many = replace(ASKED, limit=2)
    shown = [await world.recommender.recommend("s", many) for _ in range(3)]
    assert [len(one.presented) for one in shown] == [2, 1, 0]
    assert shown[2].reason == "CONTACT_CAP_1D"
    world.clock.at = Instant(world.clock.at + DAY)
    assert len((await world.recommender.recommend("s", many)).presented) == 2


async def test_a_decision_that_cannot_be_stored_spends_nothing(world: World) -> None:
    world.policies.policies = policies(*FOUR, contact=ONE_A_DAY)
    assert isinstance(world.log, MemoryLog)
    world.log.fail = OSError("disk full")
    for _ in range(3):
        assert await refusal(world, "s", ASKED) == "DECISION_NOT_STORED"
    world.log.fail = None
    assert len((await world.recommender.recommend("s", ASKED)).presented) == 1
    assert (await world.recommender.recommend("s", ASKED)).reason == "CONTACT_CAP_1D"


async def test_a_caller_that_gives_up_keeps_its_debit(world: World) -> None:
    world.policies.policies = policies(*FOUR, contact=ONE_A_DAY)
    gate = asyncio.Event()
    assert isinstance(world.log, MemoryLog)
    plain, entered = world.log.append, asyncio.Event()

    async def slow(decision: Decision, request: object = None) -> None:
        entered.set()
        await gate.wait()
        await plain(decision)

    world.log.append = slow  # type: ignore[method-assign]
    first = asyncio.ensure_future(world.recommender.recommend("s", ASKED))
    await entered.wait()
    first.cancel()
    await asyncio.wait({first})
    second = asyncio.ensure_future(world.recommender.recommend("s", ASKED))
    gate.set()
    assert (await second).reason == "CONTACT_CAP_1D"
    assert [len(one.presented) for one in logged(world)] == [1, 0]


async def test_a_subscriber_who_declined_an_offer_does_not_see_it(world: World) -> None:
    await world.book.suppress("s", "o0", Instant(world.clock.at + DAY))
    await world.book.suppress("s", "o0", Instant(world.clock.at + 1))
    assert [c.offer.code for c in (await world.recommender.recommend("s", ASKED)).presented] == ["o1"]
    world.clock.at = Instant(world.clock.at + DAY)
    assert [c.offer.code for c in (await world.recommender.recommend("s", ASKED)).presented] == ["o0"]


async def test_the_same_request_gets_the_first_answer(world: World) -> None:
    first, same = await asyncio.gather(*(world.recommender.recommend("s", ASKED, "r") for _ in range(2)))
    again = await world.recommender.recommend("s", ASKED, "r")
    assert first == same == again
    assert logged(world) == [first]
    assert await refusal(world, "s", PUSHED, "r") == "DUPLICATE_DIFFERS"
    assert await refusal(world, "other", ASKED, "r") == "DUPLICATE_DIFFERS"
    assert first.expires_at is not None
    world.clock.at = first.expires_at
    assert (await world.recommender.recommend("s", ASKED, "r")) != first


async def test_a_request_that_was_refused_may_be_sent_again(world: World) -> None:
    assert isinstance(world.log, MemoryLog)
    world.log.fail = OSError("disk full")
    assert await refusal(world, "s", ASKED, "r") == "DECISION_NOT_STORED"
    world.log.fail = None
    assert (await world.recommender.recommend("s", ASKED, "r")).presented


async def test_presented_offers_have_their_words(world: World) -> None:
    reasons = (CompiledReason(always, {"en": lambda _: "because", "de": lambda _: "weil"}),)
    world.policies.policies = policies(
        compiled(offer("a"), reasons=reasons), compiled(offer("b"), reasons=reasons)
    )
    found = await world.recommender.recommend("s", replace(ASKED, language="de-CH"))
    assert [c.reasons for c in found.candidates] == [("weil",), ()]


async def test_a_trigger_needs_consent_to_what_comes_unasked(world: World) -> None:
    world.customers.known["s"] = customer(consents=ALL_CONSENTS - {Purpose.OUTBOUND})
    found = await world.recommender.recommend("s", PUSHED)
    assert {drop.reason for drop in found.dropped} == {"OUTBOUND_NOT_CONSENTED"}


def logged(world: World) -> list[Decision]:
    """What was logged."""
    assert isinstance(world.log, MemoryLog)
    return world.log.decisions


async def refusal(world: World, subscriber_id: str, asked: Asked, request_id: str = "") -> str:
    """The reason with which a recommendation is refused."""
    with pytest.raises(RefusedError) as caught:
        await world.recommender.recommend(subscriber_id, asked, request_id)
    return caught.value.refused.reason.name
