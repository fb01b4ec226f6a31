"""Alerts while the usage plays: from charging's journal to inboxes, a webhook and a page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

import grpc
from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.charging.v1 import account_api_pb2, account_api_pb2_grpc
from tidemark.notification.v1 import notification_api_pb2, notification_pb2

from services.cli.amounts import money_message
from services.cli.demo.audit.witnesses import ask_status
from services.cli.demo.inputs import DemoInputs
from services.cli.demo.scenes.shown import Shown
from services.cli.demo.show import Show
from services.cli.demo.telling import page_stream
from services.cli.demo.telling.alerts import Alert, Telling
from services.cli.demo.telling.by_hand import LOW_TOP_UP, in_words
from services.cli.demo.telling.desk import NotificationDesk
from services.cli.demo.telling.listeners import Listener, asks, listeners_of, low_plan
from services.cli.demo.telling.page_stream import PageStream
from services.cli.demo.telling.receiver import Arrived, WebhookReceiver, webhook_receiver
from services.cli.replay.delivery import Delivery
from services.cli.replay.lane import Lane
from services.cli.replay.player import play
from services.cli.replay.provisioning import open_accounts, provision_request
from services.cli.replay.rating_groups import RatingGroups
from services.common.kernel.clock import MILLISECOND, SECOND, Instant
from services.common.runtime.grpc_client import retrying

_CALL_SECONDS = 30.0


class Ears:
    """Everybody who listens, with their webhook and their page."""

    def __init__(
        self,
        inputs: DemoInputs,
        charging: grpc.aio.Channel,
        desk: NotificationDesk,
        receiver: WebhookReceiver,
    ) -> None:
        self._inputs = inputs
        self._charging = charging
        self._desk = desk
        self._receiver = receiver
        self._pages = {
            one: PageStream(desk.http_url, desk.page_token(one.account_id)) for one in listeners_of(inputs)
        }

    @property
    def pages(self) -> Sequence[PageStream]:
        """The streams, to be followed."""
        return list(self._pages.values())

    async def settle_in(self) -> None:
        """Opens the account whose money runs low, and tells notification what everybody wants.

        Raises WitnessSilentError, AioRpcError.
        """
        if self._inputs.is_own:
            run, plan = low_plan(self._inputs.run)
            await open_accounts(
                self._charging, [provision_request(run, plan, self._inputs.price_list.currency)]
            )
        for one in self._pages:
            url = self._receiver.url(one.path)
            secret = await self._desk.settle_in(one.account_id, one.language, url)
            self._receiver.trust(one.path, secret)

    async def run_low(self, groups: RatingGroups) -> None:
        """Plays the traffic of the account whose money runs low, then pays something in.

        Raises DeliveryError, AioRpcError.
        """
        if not self._inputs.is_own:
            return
        run, plan = low_plan(self._inputs.run)
        lane = Lane(run, plan.account_id, self._inputs.flows_of(plan), groups)
        await play([lane], Delivery(self._charging))
        request = account_api_pb2.TopUpAccountRequest(
            request_id=f"{run.name}/top-up",
            account_id=plan.account_id,
            amount=money_message(LOW_TOP_UP, self._inputs.price_list.currency),
            reference="demo",
        )
        stub = account_api_pb2_grpc.AccountServiceStub(self._charging)
        await retrying(partial(stub.TopUpAccount, request, timeout=_CALL_SECONDS))

    async def told(self) -> Telling:
        """What came of it, once notification has all of the journal and has sent what it has to send.

        Raises WitnessSilentError, AioRpcError.
        """
        statuses = await retrying(partial(ask_status, self._charging))
        head = max((status.head_sequence for status in statuses), default=0)
        alerts: list[Alert] = []
        shown: list[Shown] = []
        for one, page in self._pages.items():
            await self._desk.followed(one.account_id, head)
            inbox = await self._desk.inbox(one.account_id)
            await page.all_of(entry.notification_id for entry in inbox if not entry.superseded)
            sent = await self._desk.sent(one.account_id)
            at_webhook = {key: came for key, came in self._receiver.arrived.items() if came.path == one.path}
            alerts += [_alert(one, entry, page, at_webhook) for entry in inbox]
            shown += _as_it_must_be(one, inbox, sent, at_webhook)
        again, forged = self._receiver.again, self._receiver.forged
        shown.append(Shown("webhooks whose signature was wrong", "0", str(forged)))
        alerts.sort(key=lambda alert: alert.occurred_at)
        return Telling(tuple(alerts), tuple(shown), again)


@asynccontextmanager
async def listening(
    inputs: DemoInputs, charging: grpc.aio.Channel, desk: NotificationDesk, show: Show
) -> AsyncIterator[Ears]:
    """While inside, everybody who listens is told. Raises WitnessSilentError, AioRpcError."""
    with webhook_receiver() as receiver:
        ears = Ears(inputs, charging, desk, receiver)
        await ears.settle_in()
        async with page_stream.followed(ears.pages):
            count = len(ears.pages)
            show.step(f"   {count} customers have a page open, and a webhook on {receiver.url('/alerts')}")
            who = asks(inputs)
            if who is not None:
                show.step(f"   while the demo runs, {who.capture}'s page is {desk.page(who.account_id)}")
            yield ears


def _alert(
    one: Listener,
    entry: notification_pb2.Notification,
    page: PageStream,
    at_webhook: dict[str, Arrived],
) -> Alert:
    occurred_at = _instant(entry.occurred_at)
    on_page = page.arrived.get(entry.notification_id)
    arrived = at_webhook.get(entry.notification_id)
    return Alert(
        who=one.capture,
        alert_code=entry.alert_code,
        percent=entry.data.get("percent", ""),
        language=entry.language,
        title=entry.title,
        occurred_at=occurred_at,
        page_milliseconds=None if on_page is None else (on_page - occurred_at) // MILLISECOND,
        webhook_milliseconds=None if arrived is None else (arrived.at - occurred_at) // MILLISECOND,
        overtaken=entry.superseded,
    )


def _as_it_must_be(
    one: Listener,
    inbox: Sequence[notification_pb2.Notification],
    sent: Sequence[notification_api_pb2.Delivery],
    at_webhook: dict[str, Arrived],
) -> list[Shown]:
    """What somebody was told beside what was worked out, and what was sent beside what came."""
    delivered = [
        delivery.notification_id
        for delivery in sent
        if delivery.state == notification_api_pb2.DELIVERY_STATE_DELIVERED
    ]
    shown = [
        Shown(
            f"{one.capture}: of {len(delivered)} sent, signed and here once each",
            str(len(delivered)),
            str(len(at_webhook.keys() & set(delivered))),
        )
    ]
    if one.due is None:
        return shown
    standing = [entry for entry in inbox if not entry.superseded]
    return [
        Shown(f"{one.capture} is told", ", ".join(one.due.told), _names(inbox)),
        Shown(f"{one.capture}: not overtaken by newer ones", ", ".join(one.due.standing), _names(standing)),
        Shown(
            f"{one.capture}: these at the webhook",
            ", ".join(one.due.standing),
            _names([entry for entry in standing if entry.notification_id in at_webhook]),
        ),
        *shown,
    ]


def _names(entries: Sequence[notification_pb2.Notification]) -> str:
    told = [in_words(entry.alert_code, entry.data.get("percent", "")) for entry in entries]
    return ", ".join(told) or "nothing"


def _instant(stamp: Timestamp) -> Instant:
    return Instant(stamp.seconds * SECOND + stamp.nanos // 1_000)
