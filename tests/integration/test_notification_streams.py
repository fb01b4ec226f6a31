"""NotificationService: inboxes and streams over gRPC, and who may see what."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
from tidemark.notification.v1 import notification_api_pb2 as api
from tidemark.notification.v1 import notification_pb2

from services.common.runtime.callers import Role
from services.common.runtime.grpc_errors import error_info
from services.notification.domain.facts import Recipient
from services.notification.domain.notifications import Category, Channel
from services.notification.domain.preferences import Preferences, Wish
from tests.support.notification_inbox import fact
from tests.support.notification_server import NotificationServer, notification_server
from tests.support.notification_streams import balances, message, recipient
from tests.support.waiting import eventually

PARTY = Recipient(party_code="music-co")


@pytest.fixture
async def server() -> AsyncIterator[NotificationServer]:
    """A running one."""
    async with notification_server(most_streams=2) as found:
        yield found


async def tell(server: NotificationServer, *facts: Any) -> None:
    """Facts, committed and told."""
    server.hub.told(await server.world.take(*facts))


async def refusal(call: Any) -> str:
    """Why a call is refused."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    info = error_info(caught.value)
    assert info is not None
    return str(info.reason)


async def test_everybody_reads_their_own_inbox(server: NotificationServer) -> None:
    await tell(server, fact("c-1"), fact("c-2", PARTY), fact("c-3", recipient(2)))
    request = api.ListNotificationsRequest()
    async with server.stub(Role.SUBSCRIBER, "a-1") as mine:
        answer = await mine.ListNotifications(api.ListNotificationsRequest(subscriber_id="s-1"))
        (found,) = answer.notifications
        assert (found.cursor, found.subscriber_id, found.account_id) == (1, "s-1", "a-1")
        assert (found.category, found.severity) == (
            notification_pb2.CATEGORY_SERVICE,
            notification_pb2.SEVERITY_WARNING,
        )
        assert (found.title, dict(found.data)) == ("Title of c-1", {"cause": "c-1"})
        assert not found.HasField("read_at")
        assert (answer.next_cursor, answer.unread) == (1, 1)
        assert await mine.ListNotifications(request) == answer
    async with server.stub(Role.PARTNER, "music-co") as partner:
        answer = await partner.ListNotifications(request)
        assert [(one.party_code, one.data["cause"]) for one in answer.notifications] == [("music-co", "c-2")]
    async with server.stub() as operator:
        answer = await operator.ListNotifications(request)
        assert [one.alert_code for one in answer.notifications] == ["balance-low-operator"] * 3
        answer = await operator.ListNotifications(api.ListNotificationsRequest(subscriber_id="s-2"))
        assert [one.data["cause"] for one in answer.notifications] == ["c-3"]


async def test_of_what_is_anothers_nobody_learns_whether_it_exists(server: NotificationServer) -> None:
    await tell(server, fact("c-1"), fact("c-2", PARTY))
    await server.addresses.register(recipient(), Channel.EMAIL, "somebody@example.org")
    await server.addresses.register(PARTY, Channel.EMAIL, "somebody@example.org")
    await server.addresses.register(Recipient(operator=True), Channel.OPERATOR, "json://somewhere")
    async with server.stub(Role.SUBSCRIBER, "a-2") as other, server.stub(Role.PARTNER, "books") as partner:
        for stub, party in ((other, "NOT_YOUR_PARTY"), (partner, "NOT_YOUR_PARTY")):
            for whom in ("s-1", "s-nobody"):
                for call in (
                    stub.ListNotifications(api.ListNotificationsRequest(subscriber_id=whom)),
                    stub.WatchNotifications(api.WatchNotificationsRequest(subscriber_id=whom)).read(),
                    stub.MarkNotifications(api.MarkNotificationsRequest(subscriber_id=whom)),
                    stub.GetPreferences(api.GetPreferencesRequest(subscriber_id=whom)),
                    stub.SetPreferences(api.SetPreferencesRequest(subscriber_id=whom)),
                    stub.RegisterEndpoint(api.RegisterEndpointRequest(subscriber_id=whom)),
                    stub.ListEndpoints(api.ListEndpointsRequest(subscriber_id=whom)),
                    stub.ListDeliveries(api.ListDeliveriesRequest(subscriber_id=whom)),
                ):
                    assert await refusal(call) == "NOT_YOUR_ACCOUNT"
            for code in ("music-co", "nobody"):
                request = api.ListNotificationsRequest(party_code=code)
                assert await refusal(stub.ListNotifications(request)) == party
            for endpoint_id in ("e-1", "e-2", "e-3", "e-nothing"):
                remove = api.RemoveEndpointRequest(endpoint_id=endpoint_id)
                assert await refusal(stub.RemoveEndpoint(remove)) == "ENDPOINT_UNKNOWN"
            deliveries = api.ListDeliveriesRequest(operator=True)
            assert await refusal(stub.ListDeliveries(deliveries)) == "NOT_OPERATOR"
    assert len(server.addresses.stored) == 3
    async with server.stub() as operator:
        unknown = api.ListNotificationsRequest(subscriber_id="s-nobody")
        assert await refusal(operator.ListNotifications(unknown)) == "SUBSCRIBER_UNKNOWN"


async def test_what_is_no_good_is_refused_by_name(server: NotificationServer) -> None:
    async with server.stub() as stub:
        for call, reason in (
            (stub.ListNotifications(api.ListNotificationsRequest(after_cursor=1)), "CURSOR_INVALID"),
            (stub.ListNotifications(api.ListNotificationsRequest(after_cursor=2**63)), "CURSOR_INVALID"),
            (
                stub.WatchNotifications(api.WatchNotificationsRequest(after_cursor=1)).read(),
                "CURSOR_INVALID",
            ),
            (stub.ListNotifications(api.ListNotificationsRequest(subscriber_id="")), "FIELD_INVALID"),
            (stub.ListNotifications(api.ListNotificationsRequest(subscriber_id="s\x00")), "FIELD_INVALID"),
            (stub.ListNotifications(api.ListNotificationsRequest(party_code="No Code")), "FIELD_INVALID"),
            (stub.MarkNotifications(api.MarkNotificationsRequest()), "FIELD_INVALID"),
            (
                stub.MarkNotifications(
                    api.MarkNotificationsRequest(mark=api.MARK_READ, notification_ids=["x"] * 501)
                ),
                "FIELD_INVALID",
            ),
            (
                stub.MarkNotifications(
                    api.MarkNotificationsRequest(mark=api.MARK_READ, notification_ids=["a\x00"])
                ),
                "FIELD_INVALID",
            ),
            (stub.GetPreferences(api.GetPreferencesRequest()), "SUBSCRIBER_MISSING"),
            (stub.RegisterEndpoint(api.RegisterEndpointRequest()), "FIELD_INVALID"),
            (
                stub.RegisterEndpoint(api.RegisterEndpointRequest(channel=api.CHANNEL_EMAIL)),
                "ADDRESS_INVALID",
            ),
            (stub.RemoveEndpoint(api.RemoveEndpointRequest()), "FIELD_INVALID"),
        ):
            assert await refusal(call) == reason


async def test_marks(server: NotificationServer) -> None:
    await tell(server, fact("c-1"), fact("c-2", about="b-2"))
    async with server.stub(Role.SUBSCRIBER, "a-1") as mine:
        listed = await mine.ListNotifications(api.ListNotificationsRequest(subscriber_id="s-1"))
        ids = [one.notification_id for one in listed.notifications]
        read = api.MarkNotificationsRequest(subscriber_id="s-1", notification_ids=ids, mark=api.MARK_READ)
        assert (await mine.MarkNotifications(read)).unread == 0
        gone = api.MarkNotificationsRequest(notification_ids=ids[:1], mark=api.MARK_DISMISSED)
        assert (await mine.MarkNotifications(gone)).unread == 0
        listed = await mine.ListNotifications(api.ListNotificationsRequest(subscriber_id="s-1"))
        assert [one.notification_id for one in listed.notifications] == ids[1:]
        assert listed.notifications[0].HasField("read_at")
        request = api.ListNotificationsRequest(subscriber_id="s-1", include_hidden=True, page_size=1)
        assert (await mine.ListNotifications(request)).notifications[0].HasField("dismissed_at")


async def test_a_stream_tells_of_entries_balances_and_conversations(server: NotificationServer) -> None:
    server.accounts.present["a-1"] = balances(7, balance=500)
    await tell(server, fact("c-1"), fact("c-2", recipient(2)))
    async with server.stub(Role.SUBSCRIBER, "a-1") as mine:
        watching = mine.WatchNotifications(
            api.WatchNotificationsRequest(
                subscriber_id="s-1", after_cursor=0, with_balance=True, with_conversations=True
            )
        )
        first = [await watching.read(), await watching.read()]
        assert (first[0].balance.feature_seq, first[0].balance.buckets[0].balance) == (7, 500)
        assert first[1].notification.cursor == 1
        server.hub.moved(balances(8, balance=400))
        assert (await watching.read()).balance.buckets[0].balance == 400
        server.hub.said("s-1", message(3))
        assert (await watching.read()).message.sequence == 3
        await tell(server, fact("c-3"))
        assert (await watching.read()).notification.data["cause"] == "c-3"


async def test_streams_are_bounded_and_resumed_where_they_ended(server: NotificationServer) -> None:
    async with server.stub() as stub:
        request = api.WatchNotificationsRequest(subscriber_id="s-1")
        one, two = stub.WatchNotifications(request), stub.WatchNotifications(request)
        await one.initial_metadata()
        await two.initial_metadata()
        assert await refusal(stub.WatchNotifications(request).read()) == "TOO_MANY_STREAMS"
        await tell(server, fact("c-1"))
        assert [(await each.read()).notification.cursor for each in (one, two)] == [1, 1]
        one.cancel()
        await eventually(lambda: server.hub.streams == 1)
        await tell(server, *(fact(f"c-{n}", about=str(n)) for n in range(2, 100)))
        resumed = stub.WatchNotifications(api.WatchNotificationsRequest(subscriber_id="s-1", after_cursor=1))
        # The operator hears of each fact too: every second cursor is somebody else's.
        assert [(await resumed.read()).notification.data["cause"] for _ in range(98)] == [
            f"c-{n}" for n in range(2, 100)
        ]


async def test_streams_end_when_the_server_does(server: NotificationServer) -> None:
    async with server.stub() as stub:
        watching = stub.WatchNotifications(api.WatchNotificationsRequest(subscriber_id="s-1"))
        await watching.initial_metadata()
        ending = asyncio.ensure_future(server.server.drain(10))
        assert [update async for update in watching] == []
        await ending


async def test_wishes_there_and_back(server: NotificationServer) -> None:
    wishes = [
        api.Wish(category=notification_pb2.CATEGORY_MARKETING, wanted=True),
        api.Wish(
            alert_code="balance-low",
            category=notification_pb2.CATEGORY_SERVICE,
            channel=api.CHANNEL_SMS,
        ),
    ]
    wanted = api.Preferences(
        language="de",
        time_zone="Europe/Berlin",
        quiet_from_minute=1320,
        quiet_until_minute=420,
        wishes=wishes,
        marketing_consent=True,
        consent_evidence="form 7",
    )
    async with server.stub(Role.SUBSCRIBER, "a-1") as mine:
        answer = await mine.SetPreferences(api.SetPreferencesRequest(subscriber_id="s-1", preferences=wanted))
        assert answer.preferences == wanted
        assert (await mine.GetPreferences(api.GetPreferencesRequest())).preferences == wanted
        wrong = api.SetPreferencesRequest(preferences=api.Preferences(wishes=[api.Wish()]))
        assert await refusal(mine.SetPreferences(wrong)) == "FIELD_INVALID"
    assert server.wishes.stored == {
        "s-1": Preferences(
            "de",
            "Europe/Berlin",
            1320,
            420,
            (Wish(Category.MARKETING, True), Wish(Category.SERVICE, False, "balance-low", Channel.SMS)),
            True,
            "form 7",
        )
    }


async def test_endpoints_and_deliveries(server: NotificationServer) -> None:
    async with server.stub(Role.SUBSCRIBER, "a-1") as mine, server.stub() as operator:
        register = api.RegisterEndpointRequest(
            subscriber_id="s-1", channel=api.CHANNEL_WEBHOOK, address="https://example.org"
        )
        answer = await mine.RegisterEndpoint(register)
        assert (answer.endpoint.endpoint_id, answer.signing_secret) == ("e-1", "whsec_once")
        listed = await mine.ListEndpoints(api.ListEndpointsRequest())
        assert (list(listed.endpoints), listed.vapid_public_key) == ([answer.endpoint], "vapid")
        own = api.RegisterEndpointRequest(operator=True, channel=api.CHANNEL_OPERATOR, address="json://desk")
        assert (await operator.RegisterEndpoint(own)).endpoint.operator
        deliveries = await mine.ListDeliveries(api.ListDeliveriesRequest(page_size=900))
        (delivery,) = deliveries.deliveries
        assert (delivery.channel, delivery.state) == (api.CHANNEL_SMS, api.DELIVERY_STATE_HELD)
        await operator.ListDeliveries(api.ListDeliveriesRequest(operator=True, notification_id="n-1"))
        assert server.log.asked == [("subscriber-s-1", "", 500), ("operator", "n-1", 50)]
        await mine.RemoveEndpoint(api.RemoveEndpointRequest(endpoint_id="e-1"))
        await operator.RemoveEndpoint(api.RemoveEndpointRequest(endpoint_id="e-2"))
    assert server.addresses.stored == {}
