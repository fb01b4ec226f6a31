"""Charging's journal applied: the one place where followed records become settlement records."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlmodel import Session

from services.common.runtime.following import FollowedRecord
from services.partner_settlement.adapters.accrual.charges import settled
from services.partner_settlement.adapters.accrual.decode import Decoder
from services.partner_settlement.adapters.accrual.epochs import lock_accrual, set_watermark
from services.partner_settlement.adapters.accrual.products import ProductIds
from services.partner_settlement.adapters.accrual.store import store_records
from services.partner_settlement.domain.accrual import Watermark
from services.partner_settlement.domain.records import SettlementRecord

Effect = Callable[[Session, Sequence[SettlementRecord]], None]
"""Something else that records bring about, in the transaction that stores them."""


class JournalAccrual:
    """Applies journal records of one partition, in order and once each: the follower sees to that."""

    def __init__(self, time_zone: str, effects: Sequence[Effect] = ()) -> None:
        self._decoder = Decoder(time_zone)
        self._products = ProductIds()
        self._effects = tuple(effects)

    def apply(self, session: Session, followed: Sequence[FollowedRecord]) -> None:
        """Stores what the records hold, adds it up, and moves the watermark, in the session's transaction.

        Raises what `Decoder.decode` raises, IntegrityError where a charge is stored already, and what
        effects raise; nothing of it then stays.
        """
        try:
            epoch = lock_accrual(session)
            decoded = [item for record in followed for item in self._decoder.decode(record)]
            records = settled(session, decoded)
            store_records(session, self._products, epoch, records)
            for effect in self._effects:
                effect(session, records)
            last = followed[-1]
            set_watermark(session, Watermark(last.partition, last.sequence, last.hash))
        except BaseException:
            self._products.forget()
            raise
