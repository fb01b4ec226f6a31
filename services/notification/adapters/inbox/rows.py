"""Entries as rows, there and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, select

from services.common.kernel.clock import Instant
from services.notification.adapters.tables.inbox import InboxTable
from services.notification.domain.facts import Recipient
from services.notification.domain.notifications import AlertSeverity, Category, Notification

INBOX = InboxTable.__table__  # type: ignore[attr-defined]
"""The table itself: rows are read as tuples, which costs a fraction of mapped objects."""

_CATEGORIES = {one.value: one for one in Category}
_SEVERITIES = {one.value: one for one in AlertSeverity}
_OPERATOR = Recipient(operator=True).key
_encoded = json.JSONEncoder(sort_keys=True, ensure_ascii=False).encode
_PARTY, _SUBSCRIBER = "party-", "subscriber-"


def select_entries() -> Select[Any]:
    """Everything that `entry_of` reads."""
    return select(INBOX)


def entry_of(row: Any) -> Notification:
    """An entry from a row of `select_entries`."""
    return Notification(
        notification_id=row.notification_id,
        cursor=row.cursor,
        recipient=recipient_of(row.recipient_key, row.account_id),
        alert_code=row.alert_code,
        rules_version=row.rules_version,
        category=_CATEGORIES[row.category],
        severity=_SEVERITIES[row.severity],
        language=row.language,
        title=row.title,
        body=row.body,
        text=row.text,
        data=_data(row.data),
        occurred_at=Instant(row.occurred_at),
        created_at=Instant(row.created_at),
        collapse_key=row.collapse_key,
        read_at=row.read_at,
        dismissed_at=row.dismissed_at,
        superseded=row.superseded,
    )


def row_of(entry: Notification, cause_id: str) -> dict[str, object]:
    """A new entry as the row to be inserted."""
    return {
        "cursor": entry.cursor,
        "notification_id": entry.notification_id,
        "recipient_key": entry.recipient.key,
        "account_id": entry.recipient.account_id,
        "alert_code": entry.alert_code,
        "cause_id": cause_id,
        "rules_version": entry.rules_version,
        "category": entry.category.value,
        "severity": entry.severity.value,
        "language": entry.language,
        "title": entry.title,
        "body": entry.body,
        "text": entry.text,
        "data": _encoded(dict(entry.data)) if entry.data else "",
        "occurred_at": entry.occurred_at,
        "created_at": entry.created_at,
        "collapse_key": entry.collapse_key,
        "read_at": entry.read_at,
        "dismissed_at": entry.dismissed_at,
        "superseded": entry.superseded,
    }


def recipient_of(key: str, account_id: str) -> Recipient:
    """Whose key it is. Raises ValueError for what is no key."""
    if key == _OPERATOR:
        return Recipient(operator=True)
    if key.startswith(_SUBSCRIBER):
        return Recipient(subscriber_id=key.removeprefix(_SUBSCRIBER), account_id=account_id)
    if key.startswith(_PARTY):
        return Recipient(party_code=key.removeprefix(_PARTY))
    raise ValueError(f"{key!r} is no recipient's key")


def _data(text: str) -> Mapping[str, str]:
    found: dict[str, str] = json.loads(text) if text else {}
    return found
