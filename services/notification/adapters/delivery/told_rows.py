"""What is told as a row: one text of JSON for all that never changes."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from services.common.kernel.clock import Instant
from services.notification.adapters.tables.delivery import ToldTable
from services.notification.domain.delivery.told import Told
from services.notification.domain.fact_texts import values_of, values_text
from services.notification.domain.facts import Fact, FactKind, Recipient
from services.notification.domain.notifications import AlertSeverity, Category, Channel, Notification


def told_row(told: Told, notification: Notification) -> dict[str, Any]:
    """Columns of a new row."""
    return {
        "notification_id": told.notification_id,
        "recipient_key": told.recipient.key,
        "alert_code": told.alert_code,
        "cursor": notification.cursor,
        "collapse_key": notification.collapse_key,
        "superseded": False,
        "content": json.dumps(_content(told), ensure_ascii=False, separators=(",", ":")),
        "created_at": told.created_at,
    }


def told_of_row(row: ToldTable) -> Told:
    """A row as a value."""
    content = json.loads(row.content)
    return Told(
        notification_id=row.notification_id,
        recipient=Recipient(**content["recipient"]),
        fact=_fact(content["fact"]),
        alert_code=row.alert_code,
        category=Category(content["category"]),
        severity=AlertSeverity(content["severity"]),
        language=content["language"],
        title=content["title"],
        body=content["body"],
        text=content["text"],
        data=content["data"],
        occurred_at=Instant(content["occurred_at"]),
        created_at=Instant(row.created_at),
        expires_at=Instant(content["expires_at"]),
        chain=tuple(Channel(value) for value in content["chain"]),
        everywhere=content["everywhere"],
        digest_minutes=content["digest_minutes"],
        may_wait=content["may_wait"],
        superseded=row.superseded,
    )


def _content(told: Told) -> dict[str, object]:
    fact = told.fact
    return {
        "recipient": dataclasses.asdict(told.recipient),
        "fact": {
            "kind": fact.kind.value,
            "cause_id": fact.cause_id,
            "recipient": dataclasses.asdict(fact.recipient),
            "at": fact.at,
            "values": values_text(fact.values),
            "about": fact.about,
        },
        "category": told.category.value,
        "severity": told.severity.value,
        "language": told.language,
        "title": told.title,
        "body": told.body,
        "text": told.text,
        "data": dict(told.data),
        "occurred_at": told.occurred_at,
        "expires_at": told.expires_at,
        "chain": [channel.value for channel in told.chain],
        "everywhere": told.everywhere,
        "digest_minutes": told.digest_minutes,
        "may_wait": told.may_wait,
    }


def _fact(content: dict[str, Any]) -> Fact:
    kind = FactKind(content["kind"])
    return Fact(
        kind=kind,
        cause_id=content["cause_id"],
        recipient=Recipient(**content["recipient"]),
        at=Instant(content["at"]),
        values=values_of(content["values"], kind),
        about=content["about"],
    )
