"""The Simulator port over what was accrued."""

from __future__ import annotations

from collections.abc import Sequence

from services.common.kernel.clock import Clock
from services.partner_settlement.adapters.sql_settlement import SqlSettlement
from services.partner_settlement.application.agreement_ports import Simulation
from services.partner_settlement.application.simulating import simulate
from services.partner_settlement.domain.agreements import Agreement
from services.partner_settlement.domain.periods import Period


class SqlSimulator:
    """Settles accrued usage under agreements that nobody has published."""

    def __init__(self, settlement: SqlSettlement, clock: Clock, time_zone: str) -> None:
        self._settlement = settlement
        self._clock = clock
        self._time_zone = time_zone

    async def simulate(self, proposed: Sequence[Agreement], period: Period | None) -> Simulation:
        """What the proposed agreements would share, and the ones in force."""
        now = self._clock.now()
        return await self._settlement.read(
            lambda books, _session: simulate(books, proposed, period, now, self._time_zone)
        )
