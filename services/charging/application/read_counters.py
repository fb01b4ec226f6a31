"""Counters of a subscriber as they stand: what is seen is durable before it is told."""

from __future__ import annotations

from collections.abc import Sequence

from services.charging.application.charge_usage import known
from services.charging.application.partition_writer import PartitionWriter
from services.charging.application.ports import Identities
from services.charging.domain import reasons
from services.charging.domain.sessions.spending import CounterView, counter_views
from services.charging.domain.state import PartitionState
from services.common.kernel.clock import Clock
from services.common.kernel.outcome import Refused, RefusedError


class ReadCounters:
    """Finds a subscriber's counters and shows them (TS 29.594 clause 5.3.2)."""

    def __init__(self, writer: PartitionWriter, identities: Identities, clock: Clock) -> None:
        self._writer = writer
        self._identities = identities
        self._clock = clock

    def subscriber_id(self, identifier: str) -> str:
        """The subscriber behind an identifier. Raises RefusedError USER_UNKNOWN."""
        self._writer.require_serving()
        subscriber_id = known(self._writer, self._identities, identifier, "subscriber_identifier")
        if subscriber_id not in self._writer.state.subscribers:
            raise RefusedError(Refused(reasons.USER_UNKNOWN, "no such subscriber", "subscriber_identifier"))
        return subscriber_id

    def account_id(self, subscriber_id: str) -> str:
        """Whose counters a subscriber's shared ones are."""
        return self._writer.state.subscribers[subscriber_id].account_id

    async def views(
        self, subscriber_id: str, counter_codes: Sequence[str]
    ) -> tuple[tuple[CounterView, ...], int]:
        """Counters in their running periods (`counter_codes` empty: all), and the sequence that is included.

        Raises RefusedError COUNTER_UNKNOWN for a code that the subscriber's catalog version does not have.
        """
        views, sequence = await self._writer.read(lambda state: self._look(state, subscriber_id, ()))
        known_codes = {view.counter.code for view in views}
        for index, code in enumerate(counter_codes):
            if code not in known_codes:
                raise RefusedError(
                    Refused(
                        reasons.COUNTER_UNKNOWN,
                        f"the subscriber has no counter {code}",
                        f"counter_codes[{index}]",
                    )
                )
        wanted = frozenset(counter_codes) or known_codes
        return tuple(view for view in views if view.counter.code in wanted), sequence

    def _look(
        self, state: PartitionState, subscriber_id: str, codes: Sequence[str]
    ) -> tuple[CounterView, ...]:
        subscriber = state.subscribers[subscriber_id]
        return counter_views(state, self._writer.tariffs, subscriber, codes, self._clock.now())
