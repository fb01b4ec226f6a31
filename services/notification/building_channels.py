"""Builds the ways out that the settings name."""

from __future__ import annotations

from dataclasses import dataclass

from services.common.kernel.clock import Clock
from services.common.runtime.httpx_library import httpx
from services.notification.adapters.channels.email import EmailChannel, smtp_server
from services.notification.adapters.channels.guarded_http import guarded_client
from services.notification.adapters.channels.operator import OperatorChannel
from services.notification.adapters.channels.sms import SmsChannel
from services.notification.adapters.channels.vapid_keys import public_key_text, vapid_key
from services.notification.adapters.channels.web_push import WebPushChannel
from services.notification.adapters.channels.webhook import WebhookChannel
from services.notification.application.delivery.ports import ChannelPort
from services.notification.domain.notifications import Channel
from services.notification.settings import NotificationSettings


@dataclass(frozen=True, slots=True)
class Channels:
    """The ways out that this process was set up with, and what they hold open."""

    ports: dict[Channel, ChannelPort]
    clients: tuple[httpx.AsyncClient, ...]
    operator: OperatorChannel
    vapid_public_key: str

    async def close(self) -> None:
        """Ends connections and threads."""
        for client in self.clients:
            await client.aclose()
        self.operator.close()


def build_channels(settings: NotificationSettings, clock: Clock) -> Channels:
    """Webhooks and the operator's channels always; the others where they were set up. Reads key files.

    Raises StartupRefusedError for settings that no channel can be built from.
    """
    # Customers say where webhooks and push go, the operator where its gateway is.
    web, gateway = guarded_client(settings.allow_private_addresses), guarded_client(allow_private=True)
    operator = OperatorChannel()
    ports: dict[Channel, ChannelPort] = {
        Channel.WEBHOOK: WebhookChannel(web, clock),
        Channel.OPERATOR: operator,
    }
    public_key = ""
    if settings.vapid_key_file is not None and settings.vapid_subject:
        key = vapid_key(settings.vapid_key_file)
        public_key = public_key_text(key)
        ports[Channel.WEB_PUSH] = WebPushChannel(web, key, settings.vapid_subject, clock)
    if settings.smtp_url:
        ports[Channel.EMAIL] = EmailChannel(smtp_server(settings.smtp_url), settings.smtp_sender, clock)
    if settings.sms_gateway_url:
        ports[Channel.SMS] = SmsChannel(gateway, settings.sms_gateway_url, settings.sms_gateway_token, clock)
    return Channels(ports, (web, gateway), operator, public_key)
