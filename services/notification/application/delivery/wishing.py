"""Preferences: checked, and the defaults of the rules where nothing was set. Fulfils `PreferenceStore`."""

from __future__ import annotations

import dataclasses

from services.common.kernel.clock import Clock
from services.common.kernel.outcome import Refused, RefusedError
from services.notification.application.delivery.ports import PreferenceRows
from services.notification.application.ports import RulesInForce
from services.notification.domain.delivery.wishes import default_preferences, fault_of
from services.notification.domain.preferences import Preferences
from services.notification.domain.reasons import PREFERENCES_INVALID


class PreferenceKeeper:
    """What subscribers wish."""

    def __init__(self, rows: PreferenceRows, rules: RulesInForce, clock: Clock) -> None:
        self._rows = rows
        self._rules = rules
        self._clock = clock

    async def get(self, subscriber_id: str) -> Preferences:
        """Where nothing was set: the quiet hours of the rules, everything wanted, no consent."""
        stored = await self._rows.get(subscriber_id)
        if stored is not None:
            return stored
        compiled = self._rules.current()
        return default_preferences(None if compiled is None else compiled.rules)

    async def put(self, subscriber_id: str, preferences: Preferences) -> Preferences:
        """Replaces all. Consent without an instant is given now.

        Raises RefusedError PREFERENCES_INVALID.
        """
        fault = fault_of(preferences)
        if fault is not None:
            field, what = fault
            raise RefusedError(Refused(PREFERENCES_INVALID, f"{field}: {what}", f"preferences.{field}"))
        if preferences.marketing_consent and preferences.consented_at is None:
            preferences = dataclasses.replace(preferences, consented_at=self._clock.now())
        await self._rows.put(subscriber_id, preferences)
        return preferences
