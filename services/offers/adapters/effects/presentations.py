"""What was presented to whom, out of the decision log."""

from __future__ import annotations

from sqlmodel import Session

from services.common.runtime.database import Database
from services.offers.adapters.decisions.outcomes import presented_offer
from services.offers.adapters.tables.decisions import DecisionLinkTable
from services.offers.application.effect_ports import Presentation


class SqlPresentations:
    """The Presentations port."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, decision_id: str, offer_code: str) -> Presentation | None:
        """None: there is no such decision, or its subscriber was erased."""

        def look(session: Session) -> Presentation | None:
            link = session.get(DecisionLinkTable, decision_id)
            if link is None:
                return None
            offer = presented_offer(session, decision_id, offer_code)
            return Presentation(link.subscriber_id, link.account_id, offer)

        return await self._database.run(look)
