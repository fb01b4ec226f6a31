"""Offers over gRPC, in the assistant's placement.

Offers asks who calls. This service calls it as the operator and checks itself whose a decision is.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

import grpc
from tidemark.offers.v1 import decision_pb2, offer_api_pb2, offer_api_pb2_grpc

from services.common.kernel.clock import Instant
from services.common.kernel.money import Money, currency
from services.notification.adapters.peers.calling import CALL_SECONDS, Metadata, bearer, called
from services.notification.application.tools.ports import (
    DecidedOffer,
    OfferShown,
    PeerRefusal,
    Recommended,
    Subscribed,
)

_REMEMBERED = 10_000


class GrpcOffers:
    """The OffersPeer port over a channel that somebody else closes.

    `token` gives an operator's token for each call, empty where offers asks for none. `placement` and
    `channel` are codes of the offer policies.
    """

    def __init__(
        self,
        channel: grpc.aio.Channel,
        token: Callable[[], str],
        placement: str = "app-home",
        offer_channel: str = "app",
    ) -> None:
        self._stub = offer_api_pb2_grpc.OfferServiceStub(channel)
        self._token = token
        self._placement = placement
        self._channel = offer_channel
        self._names: OrderedDict[tuple[str, str], str] = OrderedDict()

    async def recommend(self, subscriber_id: str, language: str, limit: int) -> Recommended | PeerRefusal:
        """As `OffersPeer.recommend`."""
        request = offer_api_pb2.RecommendRequest(
            subscriber_id=subscriber_id,
            placement=self._placement,
            channel=self._channel,
            limit=limit,
            language=language,
        )
        said = await called(
            lambda: self._stub.Recommend(request, timeout=CALL_SECONDS, metadata=self._metadata()),
            "offers: recommend",
        )
        if isinstance(said, PeerRefusal):
            return said
        offers = tuple(map(_shown, said.offers))
        for offer in offers:
            self._remember(said.decision_id, offer)
        return Recommended(said.decision_id, offers, said.reason)

    async def decided(self, decision_id: str, offer_code: str) -> DecidedOffer | None:
        """As `OffersPeer.decided`. Decisions keep no names: after a restart the code stands for it."""
        request = offer_api_pb2.GetDecisionRequest(decision_id=decision_id)
        said = await called(
            lambda: self._stub.GetDecision(request, timeout=CALL_SECONDS, metadata=self._metadata()),
            "offers: decision",
        )
        if isinstance(said, PeerRefusal) or offer_code not in said.decision.presented_offer_codes:
            return None
        candidate = next((item for item in said.decision.candidates if item.offer_code == offer_code), None)
        if candidate is None:
            return None
        return DecidedOffer(
            said.decision.subscriber_id,
            offer_code,
            self._names.get((decision_id, offer_code), ""),
            _price(candidate),
            Instant(said.decision.expires_at.ToMicroseconds()),
        )

    async def accept(self, key: str, decision_id: str, offer_code: str) -> Subscribed | PeerRefusal:
        """As `OffersPeer.accept`."""
        request = offer_api_pb2.AcceptOfferRequest(
            request_id=key, decision_id=decision_id, offer_code=offer_code, channel=self._channel
        )
        said = await called(
            # Longer than offers waits for charging.
            lambda: self._stub.AcceptOffer(request, timeout=CALL_SECONDS * 3, metadata=self._metadata()),
            "offers: accept",
        )
        if isinstance(said, PeerRefusal):
            return said
        code = said.charged.currency_code or "EUR"
        return Subscribed(Money(said.charged.minor_micros, currency(code)), tuple(said.charge_ids))

    async def decline(
        self, key: str, decision_id: str, offer_code: str, reason: str, never_again: bool
    ) -> Instant | PeerRefusal:
        """As `OffersPeer.decline`."""
        request = offer_api_pb2.DeclineOfferRequest(
            request_id=key,
            decision_id=decision_id,
            offer_code=offer_code,
            channel=self._channel,
            reason=reason,
            never_again=never_again,
        )
        said = await called(
            lambda: self._stub.DeclineOffer(request, timeout=CALL_SECONDS, metadata=self._metadata()),
            "offers: decline",
        )
        return said if isinstance(said, PeerRefusal) else Instant(said.quiet_until.ToMicroseconds())

    def _metadata(self) -> Metadata:
        return bearer(self._token())

    def _remember(self, decision_id: str, offer: OfferShown) -> None:
        self._names[decision_id, offer.offer_code] = offer.name
        while len(self._names) > _REMEMBERED:
            self._names.popitem(last=False)


def _shown(offer: offer_api_pb2.RecommendedOffer) -> OfferShown:
    price = None
    if offer.HasField("price"):
        price = Money(offer.price.minor_micros, currency(offer.price.currency_code))
    return OfferShown(
        offer.offer_code,
        offer.name,
        offer.description,
        tuple(offer.reasons),
        price,
        Instant(offer.expires_at.ToMicroseconds()),
    )


def _price(candidate: decision_pb2.Candidate) -> Money | None:
    if not candidate.currency_code:
        return None
    return Money(candidate.price_minor_micros, currency(candidate.currency_code))
