"""What an account holds, used and was charged, and what its holder wishes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from services.common.kernel.clock import HOUR, Clock, Instant, instant, iso
from services.common.kernel.outcome import Refused, RefusedError
from services.notification.adapters.http.asking import Asked, read_text
from services.notification.adapters.http.refusing import BODY_INVALID, PARAMETER_INVALID
from services.notification.adapters.http.shapes import (
    balances_json,
    bill_json,
    charge_json,
    preferences_json,
    slice_json,
)
from services.notification.application.ports import Directory, PreferenceStore
from services.notification.domain.notifications import Category, Channel
from services.notification.domain.preferences import Preferences, Wish
from services.notification.domain.reasons import PREFERENCES_INVALID, SUBSCRIBER_UNKNOWN

Answer = Mapping[str, object]
MOST_HOURS = 24 * 31
_MINUTES_OF_DAY = 24 * 60
_MOST_CHARGES = 100
_MOST_WISHES = 100


class Account:
    """Looks into the mirror of charging's journal."""

    def __init__(self, directory: Directory, clock: Clock) -> None:
        self._directory = directory
        self._clock = clock

    async def balance(self, asked: Asked) -> Answer:
        """The buckets that the subscriber may use."""
        found = await self._directory.balances(asked.who.account_id)
        if found is None:
            raise RefusedError(Refused(SUBSCRIBER_UNKNOWN, "there is no such account", "subscriber_id"))
        return balances_json(found, asked.who.subscriber_id)

    async def usage(self, asked: Asked) -> Answer:
        """Of the last hours, in slices that begin at whole multiples of their length."""
        hours = max(1, asked.count("hours", 24, MOST_HOURS))
        minutes = max(5, asked.count("slice_minutes", 30, _MINUTES_OF_DAY))
        since = Instant(self._clock.now() - hours * HOUR)
        slices = await self._directory.usage(asked.who.subscriber_id, since, minutes)
        return {"since": iso(since), "slice_minutes": minutes, "slices": [slice_json(one) for one in slices]}

    async def charges(self, asked: Asked) -> Answer:
        """The subscriber's own, newest first; `before` an instant."""
        limit = max(1, asked.count("limit", 20, _MOST_CHARGES))
        lines = await self._directory.charges(
            asked.who.account_id, asked.who.subscriber_id, _moment(asked.query.get("before", "")), limit
        )
        return {"charges": [charge_json(line) for line in lines]}

    async def bills(self, asked: Asked) -> Answer:
        """Newest month first."""
        return {"bills": [bill_json(bill) for bill in await self._directory.bills(asked.who.account_id)]}


class Wishes:
    """Reads and replaces preferences."""

    def __init__(self, store: PreferenceStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def get(self, asked: Asked) -> Answer:
        """As they are."""
        return preferences_json(await self._store.get(asked.who.subscriber_id))

    async def put(self, asked: Asked) -> Answer:
        """Replaces all; what is left out is the default. Consent that changes is dated by this service."""
        before = await self._store.get(asked.who.subscriber_id)
        wanted = _preferences(asked)
        if wanted.marketing_consent == before.marketing_consent:
            wanted = replace(
                wanted, consent_evidence=before.consent_evidence, consented_at=before.consented_at
            )
        else:
            now = self._clock.now()
            evidence = wanted.consent_evidence or f"said over HTTP by {asked.caller.subject} at {iso(now)}"
            wanted = replace(wanted, consent_evidence=evidence, consented_at=now)
        return preferences_json(await self._store.put(asked.who.subscriber_id, wanted))


def _preferences(asked: Asked) -> Preferences:
    consent = asked.body.get("marketing_consent", False)
    wishes = asked.body.get("wishes", [])
    if not isinstance(consent, bool) or not isinstance(wishes, list) or len(wishes) > _MOST_WISHES:
        raise RefusedError(Refused(BODY_INVALID, "marketing_consent is true or false, wishes a list"))
    return Preferences(
        asked.text("language"),
        asked.text("time_zone"),
        _minute(asked, "quiet_from_minute"),
        _minute(asked, "quiet_until_minute"),
        _wishes(wishes),
        consent,
        asked.text("consent_evidence"),
    )


def _minute(asked: Asked, name: str) -> int:
    found = asked.body.get(name, 0)
    if isinstance(found, int) and not isinstance(found, bool) and 0 <= found < _MINUTES_OF_DAY:
        return found
    raise RefusedError(Refused(PREFERENCES_INVALID, f"{name} must be a minute of the day", name))


def _wishes(listed: Sequence[object]) -> tuple[Wish, ...]:
    return tuple(_wish(one, f"wishes.{place}") for place, one in enumerate(listed))


def _wish(said: object, where: str) -> Wish:
    if not isinstance(said, dict) or not isinstance(said.get("wanted"), bool):
        raise RefusedError(Refused(BODY_INVALID, "a wish needs category and wanted (true or false)", where))
    channel = read_text(said, "channel")
    try:
        return Wish(
            Category(read_text(said, "category")),
            said["wanted"],
            read_text(said, "alert_code"),
            Channel(channel) if channel else None,
        )
    except ValueError as error:
        raise RefusedError(Refused(PREFERENCES_INVALID, str(error), where)) from error


def _moment(text: str) -> Instant | None:
    if not text:
        return None
    try:
        return instant(datetime.fromisoformat(text))
    except ValueError as error:
        words = "before must be an ISO 8601 instant with its zone"
        raise RefusedError(Refused(PARAMETER_INVALID, words, "before")) from error
