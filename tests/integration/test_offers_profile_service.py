"""OfferProfileService over real gRPC: everything that is kept, for whom it is about, and nobody else."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import grpc
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest
from tidemark.offers.v1 import profile_api_pb2 as api

from services.common.kernel.clock import HOUR, Instant
from services.common.runtime.callers import Role
from services.common.runtime.database import Database, open_database
from services.common.runtime.grpc_client import connect
from services.common.runtime.journal_source import GrpcJournalSource
from services.offers import fold
from services.offers.adapters.charging_subscribers import ChargingSubscribers
from services.offers.adapters.profiles.following import profile_follower
from services.offers.adapters.profiles.offline import write_profiles
from services.offers.adapters.profiles.sql_profiles import KeptElsewhere
from services.offers.application.ports import ChargingUnreachableError, Resolved
from services.offers.application.profile_ports import ContactMade, FenceStanding
from services.offers.main import MIGRATIONS
from tests.support import offers_profiles as journal
from tests.support.catalog import SteppedClock
from tests.support.journal_book import stamp
from tests.support.live_accounts import Care
from tests.support.live_charging import NOWHERE, priced_charging
from tests.support.live_element import DEBIT, Container, Element, refusal, usage
from tests.support.live_policies import PLAIN
from tests.support.live_prices import CENT, EURO, TEXT
from tests.support.offers_profile_server import ProfileServer, profile_server
from tests.support.offers_profile_world import ProfileWorld, stored_profiles
from tests.support.offers_profiles import BEGIN, account_of

GIVE_ALL = [
    api.ConsentChange(purpose=purpose, given=True)
    for purpose in (api.PURPOSE_PERSONALISED_OFFERS, api.PURPOSE_OUTBOUND, api.PURPOSE_LOCATION)
]
ANNA = api.SubscriberRef(subscriber_id="anna")


@dataclass
class Told:
    """Subscribers as a test says; accounts as profiles have them."""

    world: ProfileWorld
    known: dict[str, Resolved] = field(default_factory=dict)

    async def resolve(self, identifier: str) -> Resolved | None:
        """As the port has it."""
        return self.known.get(identifier)

    async def account_of(self, subscriber_id: str) -> str | None:
        """As the port has it."""
        return await self.world.customers.account_of(subscriber_id)


async def _fences(_subscriber_id: str) -> list[FenceStanding]:
    return [FenceStanding("stadium", "inside", BEGIN)]


async def _contacts(_subscriber_id: str) -> list[ContactMade]:
    return [ContactMade(BEGIN, "video-pass", "sms")]


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = open_database(f"sqlite:///{tmp_path}/offers.sqlite", MIGRATIONS)
    yield opened
    await opened.close()


@pytest.fixture
async def world(database: Database) -> ProfileWorld:
    world = ProfileWorld(database)
    world.book.record(journal.added("anna", segment="gold", device_class="phone", customer_value=7))
    world.book.record(
        journal.money_opened("anna", 5_000_000),
        journal.used(units=3_000_000, paid=2 * 1_000_000, zone="eu"),
        journal.used(group=77, units=5, zone="eu"),
    )
    await world.follow()
    return world


@pytest.fixture
async def server(world: ProfileWorld) -> AsyncIterator[ProfileServer]:
    known = {"msisdn-491700000001": Resolved("newcomer", account_of("newcomer"))}
    elsewhere = KeptElsewhere(_fences, _contacts)
    async with profile_server(world, Told(world, known), elsewhere) as running:
        yield running


async def consented(
    server: ProfileServer, request_id: str = "c-1", **changed: object
) -> api.SetConsentsResponse:
    fields = {"subscriber": ANNA, "changes": GIVE_ALL, "evidence": "form 7"} | changed
    async with server.stub() as stub:
        answer: api.SetConsentsResponse = await stub.SetConsents(
            api.SetConsentsRequest(request_id=request_id, **fields)  # type: ignore[arg-type]
        )
    return answer


async def test_a_profile_shows_everything_that_is_kept(server: ProfileServer) -> None:
    await consented(server)
    async with server.stub() as stub:
        shown = await stub.GetProfile(api.GetProfileRequest(subscriber=ANNA))
    assert (shown.feature_seq, shown.zone, shown.roaming) == (2, "eu", True)
    assert (shown.segment, shown.device_class, shown.customer_value) == ("gold", "phone", 7)
    assert list(shown.offering_codes) == ["go"]
    usage_of = {use.usage_class: use for use in shown.usage}
    # Nothing is kept back because policies do not look at it.
    assert set(usage_of) == {"data", "voice", "rating-group-77"}
    data = usage_of["data"].windows
    assert [window.seconds for window in data] == [300, 3_600, 86_400, 604_800, 2_419_200]
    assert [(window.units, window.spend_minor_micros) for window in data] == [(3_000_000, 2_000_000)] * 5
    assert shown.currency_code == "EUR"
    assert usage_of["data"].last_used_at == stamp(BEGIN) == shown.last_used_at
    assert not usage_of["voice"].HasField("last_used_at")
    assert shown.hour_permille[13] == 1_000
    assert [(one.purpose, one.given, one.evidence) for one in shown.consents] == [
        (change.purpose, True, "form 7") for change in GIVE_ALL
    ]
    assert [(one.fence_code, one.state) for one in shown.fences] == [("stadium", "inside")]
    assert [(one.offer_code, one.channel) for one in shown.contacts] == [("video-pass", "sms")]
    assert any("data" in name for name in shown.features)


async def test_a_profile_is_shown_before_there_are_policies(server: ProfileServer) -> None:
    server.policies.policies = None
    async with server.stub() as stub:
        shown = await stub.GetProfile(api.GetProfileRequest(subscriber=ANNA))
    assert {use.usage_class for use in shown.usage} == {"rating-group-10", "rating-group-77"}


async def test_a_subscriber_sees_and_changes_what_is_of_its_own_account_alone(server: ProfileServer) -> None:
    about = [
        ANNA,
        api.SubscriberRef(subscriber_id="nobody"),
        api.SubscriberRef(subscriber_identifier="msisdn-491700000001"),
        api.SubscriberRef(subscriber_identifier="msisdn-491700000099"),
    ]
    for role in (Role.SUBSCRIBER, Role.PARTNER):
        async with server.stub(role) as stub:
            for ref in about:
                for call in (
                    stub.GetProfile(api.GetProfileRequest(subscriber=ref)),
                    stub.EraseProfile(api.EraseProfileRequest(subscriber=ref, request_id="e")),
                    stub.SetConsents(
                        api.SetConsentsRequest(subscriber=ref, request_id="c", changes=GIVE_ALL, evidence="x")
                    ),
                ):
                    refused = await refusal(call)
                    assert (refused.code, refused.reason) == (
                        grpc.StatusCode.PERMISSION_DENIED, "NOT_YOUR_ACCOUNT",
                    )  # fmt: skip
            refused = await refusal(stub.GetProfileStatus(api.GetProfileStatusRequest()))
            assert refused.reason == "NOT_OPERATOR"
    async with server.stub(Role.SUBSCRIBER, account_of("anna")) as stub:
        assert (await stub.GetProfile(api.GetProfileRequest(subscriber=ANNA))).feature_seq == 2
        request = api.SetConsentsRequest(subscriber=ANNA, request_id="c", changes=GIVE_ALL, evidence="app")
        assert len((await stub.SetConsents(request)).consents) == 3
        await stub.EraseProfile(api.EraseProfileRequest(subscriber=ANNA, request_id="e"))


async def test_nobody_without_a_token_is_answered(server: ProfileServer) -> None:
    async with server.stub(None) as stub:
        refused = await refusal(stub.GetProfile(api.GetProfileRequest(subscriber=ANNA)))
    assert refused.reason == "UNAUTHENTICATED"


async def test_consents_are_changed_with_evidence_once_for_each_request(server: ProfileServer) -> None:
    first = await consented(server)
    withdrawn = [api.ConsentChange(purpose=api.PURPOSE_OUTBOUND)]
    second = await consented(server, "c-2", changes=withdrawn, evidence="said so on the phone")
    assert [(one.purpose, one.given) for one in second.consents] == [
        (api.PURPOSE_PERSONALISED_OFFERS, True),
        (api.PURPOSE_OUTBOUND, False),
        (api.PURPOSE_LOCATION, True),
    ]
    assert second.consents[1].evidence == "said so on the phone"
    # Sent again it changes nothing, and tells how consents stand now.
    assert await consented(server) == second != first


async def test_a_newcomer_may_consent_before_anything_was_heard(
    server: ProfileServer, world: ProfileWorld
) -> None:
    newcomer = api.SubscriberRef(subscriber_identifier="msisdn-491700000001")
    await consented(server, subscriber=newcomer)
    view = await world.view("newcomer")
    assert view is not None
    assert (len(view.consents), view.account_id, view.feature_seq) == (3, account_of("newcomer"), 2)


@pytest.mark.parametrize(
    ("changed", "reason", "named"),
    [
        ({"request_id": ""}, "REQUEST_ID_INVALID", "request_id"),
        ({"evidence": " "}, "EVIDENCE_MISSING", "evidence"),
        ({"evidence": "x" * 201}, "EVIDENCE_MISSING", "evidence"),
        ({"changes": []}, "FIELD_INVALID", "changes"),
        ({"changes": [api.ConsentChange()]}, "FIELD_INVALID", "changes.0.purpose"),
        ({"changes": [*GIVE_ALL, GIVE_ALL[0]]}, "FIELD_INVALID", "changes.3.purpose"),
        ({"subscriber": api.SubscriberRef(subscriber_id="nobody")}, "USER_UNKNOWN", "subscriber"),
        ({"subscriber": api.SubscriberRef()}, "SUBSCRIBER_MISSING", "subscriber"),
    ],
)
async def test_consents_that_cannot_be_changed_are_refused(
    server: ProfileServer, changed: dict[str, object], reason: str, named: str
) -> None:
    refused = await refusal(consented(server, **({"request_id": "c-1"} | changed)))  # type: ignore[arg-type]
    assert (refused.reason, refused.field) == (reason, named)


async def test_a_request_id_is_good_for_one_thing(server: ProfileServer) -> None:
    await consented(server)
    refused = await refusal(consented(server, evidence="another"))
    assert (refused.code, refused.reason) == (grpc.StatusCode.ABORTED, "DUPLICATE_DIFFERS")
    async with server.stub() as stub:
        erasing = api.EraseProfileRequest(request_id="c-1", subscriber=ANNA)
        assert (await refusal(stub.EraseProfile(erasing))).reason == "DUPLICATE_DIFFERS"


async def test_an_erased_profile_is_unknown_and_erasing_again_is_harmless(server: ProfileServer) -> None:
    async with server.stub() as stub:
        erasing = api.EraseProfileRequest(request_id="e-1", subscriber=ANNA, reason="wished by letter")
        first = await stub.EraseProfile(erasing)
        assert await stub.EraseProfile(erasing) == first
        assert await stub.EraseProfile(api.EraseProfileRequest(request_id="e-2", subscriber=ANNA)) == first
        refused = await refusal(stub.GetProfile(api.GetProfileRequest(subscriber=ANNA)))
        assert (refused.code, refused.reason) == (grpc.StatusCode.NOT_FOUND, "PROFILE_UNKNOWN")
        another = api.EraseProfileRequest(
            request_id="e-1", subscriber=api.SubscriberRef(subscriber_id="bert")
        )
        assert (await refusal(stub.EraseProfile(another))).reason == "DUPLICATE_DIFFERS"


async def test_the_status_says_how_far_the_journal_is_in(server: ProfileServer) -> None:
    async with server.stub() as stub:
        status = await stub.GetProfileStatus(api.GetProfileStatusRequest())
        assert await stub.ReportLocations(api.ReportLocationsRequest()) == api.ReportLocationsResponse()
    assert status.profiles == 1
    assert [(one.partition, one.sequence, one.fault) for one in status.partitions] == [(0, 2, "")]


async def test_the_commands_show_consent_and_erase(server: ProfileServer) -> None:
    given = await server.tidemark(
        "offers", "consent", "anna", "--give", "personalised-offers,outbound", "--evidence", "form 7"
    )
    assert (given.exit_code, "outbound" in given.output) == (0, True)
    shown = await server.tidemark("offers", "profile", "anna")
    assert shown.exit_code == 0
    for words in (
        "eu (roaming)",
        "rating-group-77",
        "3.00 MB",
        "stadium (inside)",
        "form 7",
        "by local hour",
        "0.02 EUR",
        "contacts",
    ):
        assert words in shown.output
    document = json.loads((await server.tidemark("offers", "profile", "anna", "--json")).output)
    assert document["segment"] == "gold"
    withdrawn = await server.tidemark(
        "offers", "consent", "anna", "--withdraw", "outbound", "--evidence", "x"
    )
    assert "withdrawn" in withdrawn.output
    status = await server.tidemark("offers", "profiles")
    assert "partition 0 up to record 2, follows freely" in status.output
    wrong = await server.tidemark("offers", "consent", "anna", "--give", "cookies", "--evidence", "x")
    assert (wrong.exit_code, "no purpose" in wrong.output) == (2, True)
    nothing = await server.tidemark("offers", "consent", "anna", "--evidence", "x")
    assert nothing.exit_code == 2
    kept = await server.tidemark("offers", "erase", "anna")
    assert kept.exit_code == 1
    erased = await server.tidemark("offers", "erase", "anna", "--yes")
    assert (erased.exit_code, "forgotten" in erased.output) == (0, True)
    gone = await server.tidemark("offers", "profile", "anna")
    assert (gone.exit_code != 0, "PROFILE_UNKNOWN" in gone.output) == (True, True)


async def test_what_charging_charges_is_seen_and_folds_the_same_offline(
    tmp_path: Path, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    async with priced_charging(tmp_path, PLAIN) as node:
        await Care(node.channel).open("acme", money=20 * EURO)
        element = Element(node.channel)
        await element.event(DEBIT, "device-acme", "e-1", usage(TEXT, Container(service_specific_units=1)))
        live = ProfileWorld(database)
        source = GrpcJournalSource(node.channel)
        follower = profile_follower(database, None, source, live.journal)
        head = await follower.catch_up(0)
        subscribers = ChargingSubscribers(node.channel, live.customers.account_of)
        resolved = await subscribers.resolve("device-acme")
        assert resolved is not None
        assert resolved.account_id == "acme" == await subscribers.account_of(resolved.subscriber_id)
        assert await subscribers.resolve("device-nobody") is None
        view = await live.view(resolved.subscriber_id)
        assert view is not None
        assert (view.feature_seq, view.money_minor_micros) == (head, 20 * EURO - 7 * CENT)
        offline, last_at = await fold.fold_journal(source, 0)
        assert last_at > 0
        # The price list is of an earlier month: windows as of the usage itself.
        write_profiles(tmp_path / "profiles.parquet", offline.profiles, Instant(0))
    (row,) = pq.read_table(tmp_path / "profiles.parquet").to_pylist()
    assert (row["subscriber_id"], row["account_id"]) == (resolved.subscriber_id, "acme")
    assert [use["paid_month"] for use in row["usage"]] == [7 * CENT]
    stored = await database.run(stored_profiles)
    assert stored == {row["subscriber_id"]: ("acme", row["feature_seq"], row["packed"])}


async def test_identifiers_are_remembered_for_ten_minutes_and_no_longer(tmp_path: Path) -> None:
    clock = SteppedClock(BEGIN)

    async def nobody(_subscriber_id: str) -> str | None:
        return None

    async with priced_charging(tmp_path, PLAIN) as node:
        await Care(node.channel).open("acme")
        subscribers = ChargingSubscribers(node.channel, nobody, clock)
        first = await subscribers.resolve("device-acme")
        await node.stop()
        clock.at = Instant(BEGIN + HOUR // 6 - 1)
        assert await subscribers.resolve("device-acme") == first is not None
    away = ChargingSubscribers(connect(NOWHERE), nobody, clock)
    with pytest.raises(ChargingUnreachableError):
        await away.resolve("device-acme")


def test_a_journal_that_cannot_be_read_leaves_no_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "profiles.parquet"
    assert fold.main(["--journal", NOWHERE, "--out", str(out)]) == 3
    assert "UNAVAILABLE" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
