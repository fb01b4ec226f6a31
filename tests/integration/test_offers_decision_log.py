"""The decision log on both databases: what is stored together, read again, watched, erased, and undone."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy.exc import DataError, OperationalError
from sqlmodel import select
from tidemark.offers.v1 import offer_events_pb2

from services.common.kernel.clock import DAY, HOUR, Instant
from services.common.kernel.outcome import RefusedError
from services.common.runtime.database import Database, open_database
from services.common.runtime.tables import OutboxEvent
from services.offers.adapters.decisions.contact_book import ContactBook
from services.offers.adapters.decisions.contact_rows import newest_contacts
from services.offers.adapters.decisions.erasure import erase_decision_links
from services.offers.adapters.decisions.outcomes import (
    add_outcome,
    presented_offer,
    unsettled_before,
)
from services.offers.adapters.decisions.watching import OfferWatch
from services.offers.domain.compiled import CompiledReason, OfferTerms
from services.offers.domain.decisions import Decision, Outcome, OutcomeKind, PresentedOffer
from services.offers.domain.policies import ContactCap, ContactPolicy
from services.offers.main import MIGRATIONS
from tests.support.offers_deciding import (
    ASKED,
    EURO,
    NOW,
    PUSHED,
    always,
    compiled,
    offer,
    policies,
)
from tests.support.offers_decision_log import FailingDatabase, Stored, open_failing
from tests.support.offers_recommending import FakeScorer
from tests.support.postgres import new_postgres_database
from tests.support.waiting import eventually

ONE_A_DAY = ContactPolicy(caps=(ContactCap(1, 1),))
TWO = policies(
    compiled(
        offer("dear", propensity_permille=50, expires_minutes=60, reward_window_minutes=120),
        reasons=(CompiledReason(always, {"en": lambda _: "because"}),),
        terms=OfferTerms(price_minor_micros=EURO, currency_code="EUR"),
    ),
    offer("free"),
)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """Both kinds."""
    url = "sqlite://" if request.param == "sqlite" else new_postgres_database()
    found = open_database(url, MIGRATIONS)
    yield found
    found.engine.dispose()


async def decided(stored: Stored) -> Decision:
    """One decision, which presents the dear offer."""
    return await stored.world.recommender.recommend("s", ASKED)


async def test_a_decision_is_stored_with_its_contacts_and_events(database: Database) -> None:
    stored = Stored(database, TWO)
    found = await decided(stored)
    events = await database.run(lambda session: session.exec(select(OutboxEvent)).all())
    assert [event.subject.rpartition(".")[2] for event in events] == ["DecisionMade", "OfferPresented"]
    made = offer_events_pb2.DecisionMade.FromString(events[0].payload).decision
    assert (made.decision_id, made.subscriber_id) == (found.decision_id, "")
    assert made.subscriber_pseudonym == "pseudonym of s"
    presented = offer_events_pb2.OfferPresented.FromString(events[1].payload)
    assert (presented.subscriber_id, presented.name, list(presented.reasons)) == ("s", "Dear", ["because"])
    assert (presented.price.minor_micros, presented.outbound) == (EURO, False)
    contacts = await database.run(lambda session: newest_contacts(session, "s", 9))
    assert [(one.offer_code, one.channel, one.at) for one in contacts] == [("dear", "app", NOW)]
    await eventually(lambda: stored.wakes == 1)


async def test_a_decision_is_read_as_it_was_made(database: Database) -> None:
    stored = Stored(database, TWO)
    stored.world.scorers.scorer = FakeScorer()
    found = await decided(stored)
    again = await stored.log.get(found.decision_id)
    assert again == (found, ())
    assert await stored.log.get("d-unknown") is None


async def test_an_offer_that_is_gone_from_the_policies_is_still_told_of(database: Database) -> None:
    stored = Stored(database, TWO)
    found = await decided(stored)
    stored.world.policies.policies = policies(offer("new"))
    again = await stored.log.get(found.decision_id)
    assert again is not None
    assert [(c.offer.code, c.offer.expires_minutes) for c in again[0].presented] == [("dear", 60)]


async def test_outcomes_are_kept_once_and_rewards_end_the_waiting(database: Database) -> None:
    stored = Stored(database, TWO)
    found = await decided(stored)
    closing = Instant(NOW + 2 * HOUR)

    def waiting() -> list[PresentedOffer]:
        return list(database.run_sync(lambda session: unsettled_before(session, closing, 9)))

    assert [(one.offer_code, one.subscriber_id, one.account_id) for one in waiting()] == [
        ("dear", "s", "account-1")
    ]
    seen = Outcome(found.decision_id, "dear", OutcomeKind.SEEN, NOW)
    accepted = replace(seen, kind=OutcomeKind.ACCEPTED, value_minor_micros=EURO)
    assert await database.run(lambda session: add_outcome(session, seen))
    assert len(waiting()) == 1
    assert await database.run(lambda session: add_outcome(session, accepted))
    assert not await database.run(lambda session: add_outcome(session, accepted))
    assert waiting() == []
    again = await stored.log.get(found.decision_id)
    assert again is not None
    assert again[1] == [seen, accepted]
    offered = await database.run(lambda session: presented_offer(session, found.decision_id, "dear"))
    assert offered is not None
    assert (offered.settled, offered.price_minor_micros) == (True, EURO)
    assert await database.run(lambda session: presented_offer(session, found.decision_id, "free")) is None


async def test_requests_are_known_again_by_another_process(database: Database) -> None:
    request_id = "r" * 500
    first = await Stored(database, TWO).world.recommender.recommend("s", ASKED, request_id)
    other = Stored(database, TWO)
    assert await other.world.recommender.recommend("s", ASKED, request_id) == first
    with pytest.raises(RefusedError, match="DUPLICATE_DIFFERS"):
        await other.world.recommender.recommend("t", ASKED, request_id)
    # Its offer has expired: the same id asks anew, and that answer takes the first one's place.
    other.world.clock.at = Instant(NOW + HOUR)
    later = await other.world.recommender.recommend("s", ASKED, request_id)
    assert later.decision_id != first.decision_id
    assert await other.world.recommender.recommend("s", ASKED, request_id) == later


async def test_decisions_are_listed_newest_first(database: Database) -> None:
    stored = Stored(database, policies(offer("one"), contact=ONE_A_DAY))
    made = [await stored.world.recommender.recommend(who, ASKED) for who in ("s", "t", "s")]
    everybody = await stored.reader.newest("", None, False, 9)
    assert [item.message.decision_id for item in everybody] == [one.decision_id for one in reversed(made)]
    of_one = await stored.reader.newest("s", None, False, 9)
    assert [item.message.subscriber_id for item in of_one] == ["s", "s"]
    assert [item.sequence for item in await stored.reader.newest("s", of_one[0].sequence, False, 9)] == [1]
    assert [item.sequence for item in await stored.reader.newest("s", None, True, 9)] == [1]


async def test_what_the_service_itself_presented_is_watched_and_replayed(database: Database) -> None:
    stored = Stored(database, policies(offer("one")))
    with stored.watch.watcher("") as everybody, stored.watch.watcher("t") as one:
        for who, asked in (("s", PUSHED), ("t", ASKED), ("t", PUSHED), ("s", replace(PUSHED, channel="sms"))):
            await stored.world.recommender.recommend(who, asked)
        everybody.end()
        one.end()
        live = [item.message.subscriber_id async for item in everybody.following(0)]
        assert live == ["s", "t"]
        assert [item.sequence async for item in one.following(0)] == [3]
    replayed = await stored.reader.pushed_after(0, "", 9)
    assert [(item.sequence, item.message.subscriber_id) for item in replayed] == [(1, "s"), (3, "t")]
    assert [item.sequence for item in await stored.reader.pushed_after(1, "t", 9)] == [3]


async def test_a_slow_watcher_is_told_so(database: Database) -> None:
    stored = Stored(database, policies(offer("one")), watch=OfferWatch(most_waiting=2))
    with stored.watch.watcher("") as slow:
        for who in ("a", "b", "c"):
            await stored.world.recommender.recommend(who, PUSHED)
        with pytest.raises(RefusedError, match="WATCHER_TOO_SLOW"):
            _ = [item async for item in slow.following(0)]


async def test_erasing_cuts_the_link_and_forgets_contacts(database: Database) -> None:
    stored = Stored(database, policies(offer("one"), contact=ONE_A_DAY))
    found = await decided(stored)
    await stored.world.book.suppress("s", "one", Instant(NOW + DAY))
    assert await database.run(lambda session: erase_decision_links(session, "s")) == 1
    stored.world.book.forget("s")
    again = await stored.reader.stored(found.decision_id)
    assert again is not None
    assert (again.message.subscriber_id, again.account_id) == ("", "")
    assert again.message.subscriber_pseudonym == found.pseudonym
    assert await database.run(lambda session: newest_contacts(session, "s", 9)) == []
    # Somebody new, who was never approached.
    assert (await decided(stored)).presented


async def test_contacts_outlive_the_process(database: Database) -> None:
    one = policies(offer("one", immature_daily_cap=1), contact=ContactPolicy(caps=(ContactCap(1, 7),)))
    await Stored(database, one).world.recommender.recommend("s", PUSHED)
    again = Stored(database, one)
    assert (await again.world.recommender.recommend("s", PUSHED)).reason == "CONTACT_CAP_7D"
    other = await again.world.recommender.recommend("t", PUSHED)
    assert [drop.reason for drop in other.dropped] == ["IMMATURE_CAP"]
    again.world.clock.at = Instant(NOW + DAY)
    assert (await again.world.recommender.recommend("t", PUSHED)).presented


async def test_a_longer_memory_is_read_when_policies_ask_for_it(database: Database) -> None:
    stored = Stored(database, policies(offer("one"), contact=ONE_A_DAY))
    await decided(stored)
    stored.world.clock.at = Instant(NOW + 5 * DAY)
    assert (await decided(stored)).presented
    stored.world.clock.at = Instant(NOW + 6 * DAY)
    longer = policies(offer("one"), contact=ContactPolicy(caps=(ContactCap(2, 30),)))
    stored.world.policies.policies = longer
    assert (await decided(stored)).reason == "CONTACT_CAP_30D"


async def test_two_writers_do_not_lose_a_decision(database: Database) -> None:
    one, other = Stored(database, TWO), Stored(database, TWO)
    for stored in (one, other, one, other, other, one):
        await decided(stored)
    found = await one.reader.newest("", None, False, 99)
    assert [item.sequence for item in found] == [6, 5, 4, 3, 2, 1]


async def test_one_decision_that_cannot_be_stored_harms_no_other(database: Database) -> None:
    stored = Stored(database, TWO)
    good, other = await decided(stored), await decided(stored)
    stored = Stored(database, TWO)
    bad = replace(good, decision_id=other.decision_id)
    fresh = replace(good, decision_id="d-fresh")
    outcomes = await asyncio.gather(*(stored.log.append(one) for one in (bad, fresh)), return_exceptions=True)
    assert [type(outcome).__name__ for outcome in outcomes] == ["IntegrityError", "NoneType"]
    assert await stored.log.get("d-fresh") is not None


@pytest.mark.parametrize("commits_first", [False, True])
@pytest.mark.parametrize("error", [OperationalError("", {}, OSError()), DataError("", {}, OSError())])
async def test_where_a_commit_is_in_doubt_the_database_says_what_was_spent(
    commits_first: bool, error: Exception
) -> None:
    database = open_failing("sqlite://")
    stored = Stored(database, policies(offer("one"), contact=ONE_A_DAY))
    # Contacts are in memory before the database begins to fail.
    database_fails(database, stored, error, commits_first)
    with pytest.raises(RefusedError, match="DECISION_NOT_STORED"):
        await decided(stored)
    database.failure = None
    after = await decided(stored)
    assert bool(after.presented) is not commits_first
    database.engine.dispose()


def database_fails(database: FailingDatabase, stored: Stored, error: Exception, commits_first: bool) -> None:
    """From the moment on at which the customer is looked at."""

    def begin(_: str) -> None:
        database.failure, database.commits_first = error, commits_first
        stored.world.customers.on_view = lambda _: None

    stored.world.customers.on_view = begin


async def test_subscribers_that_nobody_asks_about_leave_memory() -> None:
    database = open_database("sqlite://", MIGRATIONS)
    one = policies(offer("one"), contact=ONE_A_DAY)
    stored = Stored(database, one)
    book = stored.world.book = ContactBook(database, entries=3)
    for number in range(10):
        async with book.held(f"s{number}", one.policies, NOW) as account:
            assert account.history(NOW).presentations == []
    assert len(book) == 3
    database.engine.dispose()
