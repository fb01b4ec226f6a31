"""What waits for the pusher: fences that were entered, and what charging's journal told of subscribers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from services.common.kernel.clock import Instant
from services.common.runtime.database import Database
from services.offers.adapters.places.sql_presences import FenceEntry, SqlPresences
from services.offers.adapters.profiles.inbox import WaitingTrigger, forget_triggers, take_triggers
from services.offers.application.pushing import Waiting
from services.offers.domain.policies import TriggerKind
from services.offers.domain.profiles.fold import Stirred
from services.offers.domain.triggers import Happened

_KINDS: Mapping[Stirred, TriggerKind] = {
    Stirred.USAGE: TriggerKind.USAGE,
    Stirred.ALLOWANCE: TriggerKind.ALLOWANCE_LOW,
    Stirred.ZONE: TriggerKind.ROAMING,
}


class FenceEntries:
    """Happenings of those who entered a fence."""

    def __init__(self, presences: SqlPresences) -> None:
        self._presences = presences

    async def take(self, limit: int) -> Sequence[Waiting]:
        """As the port has it."""
        return [_entered(entry) for entry in await self._presences.entries(limit)]

    async def forget(self, looked_at: Sequence[Waiting]) -> None:
        """As the port has it."""
        await self._presences.forget_entries(
            [
                FenceEntry(one.subscriber_id, happened.fence_code, Instant(one.position))
                for one in looked_at
                for happened in one.happened
            ]
        )


class ChargedUsage:
    """Happenings of those whose usage, allowances or zone changed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, limit: int) -> Sequence[Waiting]:
        """As the port has it."""
        waiting = await self._database.run(lambda session: take_triggers(session, limit))
        return [_stirred(trigger) for trigger in waiting]

    async def forget(self, looked_at: Sequence[Waiting]) -> None:
        """As the port has it: a row that was written over meanwhile has another position, and stays."""
        triggers = [WaitingTrigger(one.subscriber_id, Stirred.NOTHING, one.position, 0) for one in looked_at]
        await self._database.run(lambda session: forget_triggers(session, triggers))


def _entered(entry: FenceEntry) -> Waiting:
    happened = Happened(TriggerKind.FENCE_ENTERED, entry.fence_code)
    mark = f"fence-{entry.subscriber_id}-{entry.fence_code}-{entry.at}"
    return Waiting(entry.subscriber_id, (happened,), mark, entry.at)


def _stirred(trigger: WaitingTrigger) -> Waiting:
    happened = tuple(Happened(kind) for bit, kind in _KINDS.items() if bit in trigger.kinds)
    mark = f"usage-{trigger.subscriber_id}-{trigger.sequence}"
    return Waiting(trigger.subscriber_id, happened, mark, trigger.sequence)
