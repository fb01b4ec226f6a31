"""What notification can be told: variables `TIDEMARK_NOTIFICATION_*`."""

from __future__ import annotations

import sys
from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from services.common.runtime.caller_settings import CallerSettings

INTENT_DIR = Path(sys.prefix) / "share" / "tidemark" / "intents"
"""Beside the installed code, as what the model is made from: set-up trains it once for all processes."""


class NotificationSettings(CallerSettings):
    """Settings of one notification process."""

    model_config = SettingsConfigDict(env_prefix="TIDEMARK_NOTIFICATION_", frozen=True, validate_default=True)

    database_url: str = Field(
        default="sqlite:///var/notification/notification.sqlite",
        min_length=1,
        repr=False,
        description="sqlite:///path/to/file or postgresql+psycopg://user@host/name",
    )
    charging_address: str = Field(
        default="127.0.0.1:7610", min_length=1, description="host:port of charging, whose journal is followed"
    )
    catalog_address: str = Field(
        default="127.0.0.1:7620", min_length=1, description="host:port of the catalog service"
    )
    offers_address: str = Field(
        default="127.0.0.1:7640", min_length=1, description="host:port of the offers service"
    )
    max_concurrent_calls: int = Field(
        default=25_000, ge=1, description="calls at once on all connections; open streams are calls"
    )
    http_port: int = Field(
        default=0, ge=0, le=65535, description="TCP port of page, event streams and MCP; 0 takes a free one"
    )
    public_url: str = Field(
        default="", description="where customers reach the HTTP port; empty: http://host:port of it"
    )
    intent_dir: Path = Field(
        default=INTENT_DIR,
        description="folder of the intent model; it is trained there where it is not found",
    )
    allow_private_addresses: bool = Field(
        default=False,
        description="webhooks and push may go to loopback and private addresses; for machines of one's own",
    )
    smtp_url: str = Field(
        default="",
        repr=False,
        description="smtp://[user:password@]host:port or smtps://...; empty: no e-mail",
    )
    smtp_sender: str = Field(default="", description="From of e-mails, an address")
    sms_gateway_url: str = Field(
        default="", repr=False, description="HTTP gateway that sends text messages; empty: none"
    )
    sms_gateway_token: str = Field(default="", repr=False, description="bearer token for that gateway")
    operator_urls: str = Field(
        default="", repr=False, description="apprise URLs of the operator's own channels, with spaces between"
    )
    vapid_key_file: Path | None = Field(
        default=None,
        description="PEM file with web push's private key; made where it does not exist; none: no web push",
    )
    vapid_subject: str = Field(
        default="", description="whom push services ask: mailto:... or https://...; empty: no web push"
    )
    offers_token_file: Path | None = Field(
        default=None,
        description="file with an operator's token for offers; without it the shared token secret signs one",
    )
    offer_placement: str = Field(
        default="app-home", min_length=1, description="placement of the offer policies for the assistant"
    )
    offer_channel: str = Field(
        default="app", min_length=1, description="channel of the offer policies for the assistant"
    )
    not_sold: str = Field(
        default="", description="codes of the catalog that only offers give, with spaces between"
    )
    top_up_url: str = Field(
        default="", description="payment page for top-ups; `{account}` and `{amount}` stand for themselves"
    )
    most_streams: int = Field(default=20_000, ge=1, description="open streams at once, gRPC and SSE together")
