"""Facts of what other services publish: offers that nobody had asked for, statements of settlement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.common.kernel.clock import Instant
from services.common.kernel.money import Money
from services.notification.domain.facts import Fact, FactKind, Recipient, Value


@dataclass(frozen=True, slots=True)
class OfferShown:
    """An offer was presented. `outbound`: nobody had asked. `expires_at` 0, `price` None: none is known."""

    decision_id: str
    offer_code: str
    subscriber_id: str
    account_id: str
    outbound: bool
    at: Instant
    expires_at: Instant
    name: str
    reasons: tuple[str, ...] = ()
    price: Money | None = None


@dataclass(frozen=True, slots=True)
class OfferAnswered:
    """An offer was taken or refused."""

    decision_id: str
    offer_code: str
    subscriber_id: str
    at: Instant


@dataclass(frozen=True, slots=True)
class StatementReady:
    """A statement of a partner is final; `payable` in each currency, below zero: owed by the party."""

    statement_id: str
    party_code: str
    period: str
    revision: int
    at: Instant
    payable: tuple[Money, ...]
    parked: bool


BusEvent = OfferShown | OfferAnswered | StatementReady


def offer_key(decision_id: str, offer_code: str) -> str:
    """How an offer is named in `Present.answered_offers` and in what facts are about."""
    return f"{decision_id}/{offer_code}"


def offer(shown: OfferShown) -> Fact:
    """OFFER, once for each decision and offer."""
    values: dict[str, Value] = {
        "name": shown.name,
        "reason": shown.reasons[0] if shown.reasons else "",
        "decision_id": shown.decision_id,
        "offer_code": shown.offer_code,
    }
    if shown.price is not None:
        values["price"] = shown.price
    if shown.expires_at:
        values["expires_at"] = shown.expires_at
    recipient = Recipient(subscriber_id=shown.subscriber_id, account_id=shown.account_id)
    key = offer_key(shown.decision_id, shown.offer_code)
    return Fact(FactKind.OFFER, f"offer-{key}", recipient, shown.at, values, key)


def statement_closed(ready: StatementReady) -> Fact:
    """SETTLEMENT_CLOSED, once for each revision of a statement."""
    values: dict[str, Value] = {
        "statement_id": ready.statement_id,
        "period": ready.period,
        "revision": ready.revision,
        "parked": ready.parked,
        "payables": _listed(ready.payable),
    }
    if ready.payable:
        values["payable"] = ready.payable[0]
    cause = f"statement-{ready.statement_id}-{ready.revision}"
    recipient = Recipient(party_code=ready.party_code)
    return Fact(FactKind.SETTLEMENT_CLOSED, cause, recipient, ready.at, values, ready.statement_id)


def _listed(amounts: Sequence[Money]) -> str:
    """`12.50 EUR, 3.00 USD`."""
    return ", ".join(map(str, amounts))
