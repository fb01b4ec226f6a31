"""Endpoints as rows. Functions run inside the caller's transaction."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from itertools import islice
from urllib.parse import urlsplit

from sqlmodel import Session, col, select

from services.common.kernel.clock import Instant
from services.notification.adapters.tables.delivery import EndpointTable
from services.notification.domain.channels import Endpoint
from services.notification.domain.facts import Recipient
from services.notification.domain.notifications import Channel

_MOST_KEYS = 500
"""In one statement."""


def endpoint_of(row: EndpointTable) -> Endpoint:
    """A row as a value."""
    is_operator = not row.subscriber_id and not row.party_code
    return Endpoint(
        endpoint_id=row.endpoint_id,
        recipient=Recipient(row.subscriber_id, row.account_id, row.party_code, operator=is_operator),
        channel=Channel(row.channel),
        address=row.address,
        registered_at=Instant(row.registered_at),
        secret=row.secret,
        removed_at=None if row.removed_at is None else Instant(row.removed_at),
    )


def row_of(endpoint: Endpoint, identity: str) -> EndpointTable:
    """A value as a new row. `identity`: what makes addresses the same, of any length."""
    recipient = endpoint.recipient
    return EndpointTable(
        endpoint_id=endpoint.endpoint_id,
        recipient_key=recipient.key,
        subscriber_id=recipient.subscriber_id,
        account_id=recipient.account_id,
        party_code=recipient.party_code,
        channel=endpoint.channel.value,
        address=endpoint.address,
        identity=hashed(identity),
        secret=endpoint.secret,
        registered_at=endpoint.registered_at,
    )


def hashed(identity: str) -> str:
    """As the column has it."""
    return hashlib.sha256(identity.encode()).hexdigest()


def in_use(
    session: Session, recipient_keys: Collection[str], channels: frozenset[Channel]
) -> Mapping[str, Sequence[Endpoint]]:
    """Endpoints of recipients on these channels, in the order in which they came, by recipient key."""
    found: dict[str, list[Endpoint]] = {}
    keys = iter(dict.fromkeys(recipient_keys))
    while some := list(islice(keys, _MOST_KEYS)):
        rows = session.exec(
            select(EndpointTable)
            .where(col(EndpointTable.recipient_key).in_(some), col(EndpointTable.removed_at).is_(None))
            .order_by(col(EndpointTable.id))
        )
        for row in rows:
            if Channel(row.channel) in channels:
                found.setdefault(row.recipient_key, []).append(endpoint_of(row))
    return found


def host_of(endpoint: Endpoint) -> str:
    """Whom a breaker watches: the host behind a URL, or the one gateway of a channel."""
    channel = endpoint.channel.value
    if endpoint.channel is Channel.WEBHOOK:
        return f"{channel} {urlsplit(endpoint.address).netloc}"
    if endpoint.channel is Channel.WEB_PUSH:
        return f"{channel} {urlsplit(json.loads(endpoint.address)['endpoint']).netloc}"
    if endpoint.channel is Channel.OPERATOR:
        return f"{channel} {endpoint.endpoint_id}"
    return channel
