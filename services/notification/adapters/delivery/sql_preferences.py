"""Preferences in SQL. Fulfils `PreferenceRows` and `LanguagesWithin`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import islice

from sqlalchemy import select as select_columns
from sqlmodel import Session, col

from services.common.kernel.clock import Instant
from services.common.runtime.database import Database
from services.notification.adapters.tables.delivery import PreferencesTable
from services.notification.domain.notifications import Category, Channel
from services.notification.domain.preferences import Preferences, Wish

_MOST_KEYS = 500


class SqlPreferences:
    """What subscribers wish."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, subscriber_id: str) -> Preferences | None:
        """None: nothing was ever set."""
        return await self._database.run(lambda session: _stored(session, subscriber_id))

    async def put(self, subscriber_id: str, preferences: Preferences) -> None:
        """Replaces all."""
        await self._database.run(lambda session: _put(session, subscriber_id, preferences))

    def languages(self, session: Session, subscriber_ids: Sequence[str]) -> Mapping[str, str]:
        """Of those that have chosen one."""
        found: dict[str, str] = {}
        ids = iter(dict.fromkeys(subscriber_ids))
        while some := list(islice(ids, _MOST_KEYS)):
            rows = session.execute(
                select_columns(col(PreferencesTable.subscriber_id), col(PreferencesTable.language)).where(
                    col(PreferencesTable.subscriber_id).in_(some), col(PreferencesTable.language) != ""
                )
            )
            found.update((row[0], row[1]) for row in rows)
        return found


def _stored(session: Session, subscriber_id: str) -> Preferences | None:
    """None: nothing was ever set."""
    row = session.get(PreferencesTable, subscriber_id)
    return None if row is None else preferences_of(row)


def preferences_of(row: PreferencesTable) -> Preferences:
    """A row as a value."""
    return Preferences(
        language=row.language,
        time_zone=row.time_zone,
        quiet_from_minute=row.quiet_from_minute,
        quiet_until_minute=row.quiet_until_minute,
        wishes=tuple(
            Wish(Category(category), wanted, alert_code, Channel(channel) if channel else None)
            for category, alert_code, channel, wanted in json.loads(row.wishes)
        ),
        marketing_consent=row.marketing_consent,
        consent_evidence=row.consent_evidence,
        consented_at=None if row.consented_at is None else Instant(row.consented_at),
    )


def _put(session: Session, subscriber_id: str, preferences: Preferences) -> None:
    wishes = [
        [wish.category.value, wish.alert_code, wish.channel.value if wish.channel else "", wish.wanted]
        for wish in preferences.wishes
    ]
    session.merge(
        PreferencesTable(
            subscriber_id=subscriber_id,
            language=preferences.language,
            time_zone=preferences.time_zone,
            quiet_from_minute=preferences.quiet_from_minute,
            quiet_until_minute=preferences.quiet_until_minute,
            wishes=json.dumps(wishes),
            marketing_consent=preferences.marketing_consent,
            consent_evidence=preferences.consent_evidence,
            consented_at=preferences.consented_at,
        )
    )
