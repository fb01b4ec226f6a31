"""What became of presented offers: written once each, with an event for whoever learns from it.

All functions run inside the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import Select
from tidemark.offers.v1 import offer_events_pb2

from services.common.kernel.clock import Instant
from services.common.runtime.outbox import add_event
from services.offers.adapters.decision_messages import outcome_message
from services.offers.adapters.tables.decisions import DecisionLinkTable, OutcomeTable, PresentedOfferTable
from services.offers.domain.decisions import REWARDS, Outcome, OutcomeKind, PresentedOffer

_SUBJECT = offer_events_pb2.OutcomeRecorded.DESCRIPTOR.full_name


def add_outcome(session: Session, outcome: Outcome) -> bool:
    """Stores an outcome with its event OutcomeRecorded; one of REWARDS ends the offer's waiting.

    False, and nothing is changed, where the same decision, offer and kind is there already.
    """
    if not _insert(session, outcome):
        return False
    message = offer_events_pb2.OutcomeRecorded(outcome=outcome_message(outcome))
    add_event(session, _SUBJECT, message.SerializeToString(), _message_id(outcome))
    if outcome.kind in REWARDS:
        _settle(session, outcome.decision_id, outcome.offer_code)
    return True


def presented_offer(session: Session, decision_id: str, offer_code: str) -> PresentedOffer | None:
    """An offer as a decision presented it; None: there is no such decision, or it did not present it."""
    row = session.exec(
        _presented().where(
            PresentedOfferTable.decision_id == decision_id, PresentedOfferTable.offer_code == offer_code
        )
    ).first()
    return None if row is None else _value(row)


def unsettled_before(session: Session, instant: Instant, limit: int) -> Sequence[PresentedOffer]:
    """Offers that wait for a reward though their window closed at or before an instant; the oldest first."""
    rows = session.exec(
        _presented()
        .where(col(PresentedOfferTable.settled).is_(False), PresentedOfferTable.reward_window_ends <= instant)
        .order_by(col(PresentedOfferTable.reward_window_ends), col(PresentedOfferTable.decision_id))
        .limit(limit)
    )
    return [_value(row) for row in rows]


def outcomes_of(session: Session, decision_ids: Iterable[str]) -> dict[str, list[Outcome]]:
    """Outcomes by decision id, in the order in which they were stored. Ids without one are left out."""
    wanted = list(decision_ids)
    rows = session.exec(
        select(OutcomeTable).where(col(OutcomeTable.decision_id).in_(wanted)).order_by(col(OutcomeTable.id))
    )
    found: dict[str, list[Outcome]] = {}
    for row in rows:
        found.setdefault(row.decision_id, []).append(_outcome(row))
    return found


def _insert(session: Session, outcome: Outcome) -> bool:
    is_sqlite = session.get_bind().dialect.name == sqlite.dialect.name
    insert = sqlite.insert if is_sqlite else postgresql.insert
    wanted = insert(OutcomeTable).values(**_columns(outcome)).on_conflict_do_nothing()
    return session.execute(wanted.returning(col(OutcomeTable.id))).first() is not None


def _settle(session: Session, decision_id: str, offer_code: str) -> None:
    session.execute(
        update(PresentedOfferTable)
        .where(
            col(PresentedOfferTable.decision_id) == decision_id,
            col(PresentedOfferTable.offer_code) == offer_code,
        )
        .values(settled=True)
    )


def _presented() -> Select[PresentedOfferTable, str, str]:
    return select(PresentedOfferTable, DecisionLinkTable.subscriber_id, DecisionLinkTable.account_id).join(
        DecisionLinkTable,
        col(DecisionLinkTable.decision_id) == col(PresentedOfferTable.decision_id),
        isouter=True,
    )


def _value(row: tuple[PresentedOfferTable, str | None, str | None]) -> PresentedOffer:
    presented, subscriber_id, account_id = row
    return PresentedOffer(
        presented.decision_id,
        presented.offer_code,
        presented.rank,
        presented.policy_version,
        presented.channel,
        presented.outbound,
        Instant(presented.presented_at),
        Instant(presented.expires_at),
        Instant(presented.reward_window_ends),
        presented.price_minor_micros,
        presented.currency_code,
        presented.value_minor_micros,
        presented.settled,
        subscriber_id or "",
        account_id or "",
    )


def _outcome(row: OutcomeTable) -> Outcome:
    return Outcome(
        row.decision_id,
        row.offer_code,
        OutcomeKind(row.kind),
        Instant(row.at),
        row.rating,
        row.reason,
        row.value_minor_micros,
    )


def _columns(outcome: Outcome) -> dict[str, object]:
    return {
        "decision_id": outcome.decision_id,
        "offer_code": outcome.offer_code,
        "kind": outcome.kind.value,
        "at": outcome.at,
        "rating": outcome.rating,
        "reason": outcome.reason,
        "value_minor_micros": outcome.value_minor_micros,
    }


def _message_id(outcome: Outcome) -> str:
    return f"outcome-{outcome.decision_id}-{outcome.offer_code}-{outcome.kind.value}"
