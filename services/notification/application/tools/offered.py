"""Offers: what fits now, and the customer's answer to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from services.common.kernel.clock import iso
from services.notification.application.tools.arguments import (
    DeclineArguments,
    OfferArguments,
    OffersArguments,
)
from services.notification.application.tools.ports import OfferShown, OffersPeer, PeerRefusal
from services.notification.application.tools.refusing import peer_refusal
from services.notification.application.tools.results import (
    BoughtResult,
    DeclinedResult,
    OfferLine,
    OffersResult,
)
from services.notification.application.tools.wording import (
    Asking,
    Done,
    Listed,
    Plan,
    Refusal,
    Sentence,
    refuse,
    say,
)
from services.notification.domain.confirming import effect_key

_MOST_OFFERS = 10


class ListOffers:
    """What offers recommends in the assistant's placement."""

    def __init__(self, offers: OffersPeer) -> None:
        self._offers = offers

    async def __call__(self, who: Asking, args: OffersArguments) -> Done[OffersResult] | Refusal:
        """Decides now, and counts as a contact. Raises PeerUnreachableError."""
        if not 1 <= args.limit <= _MOST_OFFERS:
            return refuse("LIMIT_INVALID", most=_MOST_OFFERS)
        found = await self._offers.recommend(who.subscriber_id, who.language, args.limit)
        if isinstance(found, PeerRefusal):
            return peer_refusal(found)
        lines = [_line(offer) for offer in found.offers]
        result = OffersResult(found.decision_id, lines, found.reason)
        if not lines:
            return Done(result, (say("offers-none"),))
        told = Listed(tuple(_in_words(offer) for offer in found.offers))
        return Done(result, (say("offers-found", count=len(lines), offers=told),))


class AcceptOffer:
    """A yes to an offer. Its price is the decision's: offers refuses one that has become dearer."""

    def __init__(self, offers: OffersPeer) -> None:
        self._offers = offers

    async def look(self, who: Asking, args: OfferArguments) -> Plan | Refusal:
        """What it would cost. Raises PeerUnreachableError."""
        offer = await self._offers.decided(args.decision_id, args.offer_code)
        # Offers lets this service ask for everybody: whose decision it is, is checked here.
        if offer is None or offer.subscriber_id != who.subscriber_id:
            return refuse("DECISION_UNKNOWN")
        if who.now >= offer.expires_at:
            return refuse("OFFER_EXPIRED")
        name = offer.name or offer.offer_code
        terms = {"name": name, "price": str(offer.price) if offer.price else ""}
        if offer.price is None or not offer.price.minor_micros:
            return Plan(terms, (say("propose-offer-free", name=name),))
        return Plan(terms, (say("propose-offer", name=name, price=offer.price),), offer.price)

    async def act(
        self, _who: Asking, args: OfferArguments, terms: Mapping[str, object], key: Callable[[str], str]
    ) -> Done[BoughtResult] | Refusal:
        """Takes it. Raises PeerUnreachableError."""
        given = await self._offers.accept(key("accept"), args.decision_id, args.offer_code)
        if isinstance(given, PeerRefusal):
            return peer_refusal(given)
        name = str(terms["name"])
        result = BoughtResult(args.offer_code, name, str(given.amount), list(given.charge_ids), [])
        if not given.amount.minor_micros:
            return Done(result, (say("bought-free", name=name),))
        return Done(result, (say("bought", name=name, amount=given.amount),))


class DeclineOffer:
    """A no to an offer; it keeps quiet for a while."""

    def __init__(self, offers: OffersPeer) -> None:
        self._offers = offers

    async def __call__(self, who: Asking, args: DeclineArguments) -> Done[DeclinedResult] | Refusal:
        """Again: no change. Raises PeerUnreachableError."""
        offer = await self._offers.decided(args.decision_id, args.offer_code)
        if offer is None or offer.subscriber_id != who.subscriber_id:
            return refuse("DECISION_UNKNOWN")
        step = f"decline {args.offer_code} {args.reason} {args.never_again}"
        until = await self._offers.decline(
            effect_key(args.decision_id, step),
            args.decision_id,
            args.offer_code,
            args.reason,
            args.never_again,
        )
        if isinstance(until, PeerRefusal):
            return peer_refusal(until)
        said = say("declined", until=who.moment(until, day_only=True))
        return Done(DeclinedResult(args.offer_code, iso(until)), (said,))


def _line(offer: OfferShown) -> OfferLine:
    return OfferLine(
        offer.offer_code,
        offer.name,
        offer.description,
        list(offer.reasons),
        str(offer.price) if offer.price else "",
        iso(offer.expires_at),
    )


def _in_words(offer: OfferShown) -> Sentence:
    if offer.price is None or not offer.price.minor_micros:
        return say("offer-free", name=offer.name)
    return say("offer-priced", name=offer.name, price=offer.price)
