"""Charging, offers and a catalog in memory: they know a key again, and do nothing twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from services.common.kernel.clock import HOUR, Instant
from services.common.kernel.money import Money, currency, parse_money
from services.notification.application.tools.ports import (
    AccountNow,
    Assortment,
    CounterTerms,
    DecidedOffer,
    Explanation,
    Offering,
    OfferShown,
    PeerRefusal,
    PeerUnreachableError,
    Recommended,
    SpendCounter,
    Subscribed,
    Terms,
)
from tests.support.charging_world import at

EURO = currency("EUR")
NOW = at("2026-12-02 12:00")
"""A Wednesday at noon in Berlin."""
SUBSCRIBER, ACCOUNT = "s-anna", "anna"
OTHER, OTHER_ACCOUNT = "s-ben", "ben"


def euro(amount: str) -> Money:
    """Euros."""
    return parse_money(amount.lstrip("-"), EURO) if amount[0] != "-" else -parse_money(amount[1:], EURO)


class FakeCharging:
    """One subscriber's contract. `silent`: how many of the next calls that change something get no answer."""

    def __init__(self) -> None:
        self.now: AccountNow | None = AccountNow(ACCOUNT, euro("20.00"), ("prepaid-data",), False)
        self.explanations: dict[str, Explanation | PeerRefusal] = {}
        self.caps: dict[str, SpendCounter] = {
            "roaming-data-cap": SpendCounter(
                "roaming-data-cap",
                "Data outside the EU",
                True,
                euro("1.00").minor_micros,
                euro("59.50").minor_micros,
                "2026-12",
            )
        }
        self.done: dict[str, Subscribed | PeerRefusal | None] = {}
        self.actions: list[str] = []
        self.prices: dict[str, Money] = {}
        self.refuses: dict[str, PeerRefusal] = {}
        self.silent = 0
        self.answers_late = False
        """True: what gets no answer has taken effect."""

    async def account(self, subscriber_id: str) -> AccountNow | None:
        """As it is."""
        return self.now

    async def subscribe(
        self, key: str, subscriber_id: str, offering_code: str, chosen: Sequence[str]
    ) -> Subscribed | PeerRefusal:
        """Charges once for a key."""
        said = self._once(key, f"subscribe {offering_code}")
        if isinstance(said, PeerRefusal):
            return said
        return Subscribed(self.prices.get(offering_code, euro("2.99")), (f"charge-of-{offering_code}",))

    async def cancel(self, key: str, subscriber_id: str, offering_code: str) -> PeerRefusal | None:
        """Ends once for a key."""
        return self._once(key, f"cancel {offering_code}")

    async def bar(self, key: str, subscriber_id: str, barred: bool, reason: str) -> PeerRefusal | None:
        """Bars."""
        refusal = self._once(key, f"bar {barred}")
        if refusal is None and self.now is not None:
            self.now = replace(self.now, barred=barred)
        return refusal

    async def counters(self, subscriber_id: str) -> Sequence[SpendCounter]:
        """All."""
        return tuple(self.caps.values())

    async def set_cap(
        self, key: str, subscriber_id: str, counter_code: str, cap: int | None, reset: bool
    ) -> SpendCounter | PeerRefusal:
        """Sets it."""
        refusal = self._once(key, f"cap {counter_code} {cap} {reset}")
        if refusal is not None:
            return refusal
        wanted = euro("59.50").minor_micros if reset else cap
        self.caps[counter_code] = replace(self.caps[counter_code], cap=wanted)
        return self.caps[counter_code]

    async def explain(self, charge_id: str) -> Explanation | PeerRefusal | None:
        """What a test put in."""
        return self.explanations.get(charge_id)

    def _once(self, key: str, action: str) -> PeerRefusal | None:
        if action in self.refuses:
            return self.refuses[action]
        if self.silent:
            self.silent -= 1
            if self.answers_late:
                self._note(key, action)
            raise PeerUnreachableError("nobody there")
        self._note(key, action)
        return None

    def _note(self, key: str, action: str) -> None:
        if key not in self.done:
            self.done[key] = None
            self.actions.append(action)


class FakeOffers:
    """One decision with two offers."""

    def __init__(self) -> None:
        self.shown: tuple[OfferShown, ...] = (
            OfferShown(
                "video", "Video Pass", "5 GB", ("You like video.",), euro("4.99"), Instant(NOW + HOUR)
            ),
            OfferShown("gift", "A gift", "", (), None, Instant(NOW + HOUR)),
        )
        self.refuses: PeerRefusal | None = None
        self.accepted: dict[str, str] = {}
        self.declined: dict[str, str] = {}
        self.unreachable = False

    async def recommend(self, subscriber_id: str, language: str, limit: int) -> Recommended | PeerRefusal:
        """The first so many."""
        self._reached()
        return self.refuses or Recommended("d-1", self.shown[:limit], "" if self.shown else "NO_CONSENT")

    async def decided(self, decision_id: str, offer_code: str) -> DecidedOffer | None:
        """Of the decision."""
        self._reached()
        found = next((offer for offer in self.shown if offer.offer_code == offer_code), None)
        if decision_id != "d-1" or found is None:
            return None
        return DecidedOffer(SUBSCRIBER, offer_code, found.name, found.price, found.expires_at)

    async def accept(self, key: str, decision_id: str, offer_code: str) -> Subscribed | PeerRefusal:
        """Once for a key."""
        self._reached()
        if self.refuses is not None:
            return self.refuses
        self.accepted[key] = offer_code
        return Subscribed(euro("4.99") if offer_code == "video" else euro("0"), ("charge-of-offer",))

    async def decline(
        self, key: str, decision_id: str, offer_code: str, reason: str, never_again: bool
    ) -> Instant | PeerRefusal:
        """Once for a key."""
        self._reached()
        if self.refuses is not None:
            return self.refuses
        self.declined[key] = offer_code
        return at("2027-01-01 12:00")

    def _reached(self) -> None:
        if self.unreachable:
            raise PeerUnreachableError("nobody there")


class FakeShop:
    """A small catalog."""

    def __init__(self) -> None:
        self.unreachable = False
        self.assortment = Assortment(
            1,
            {
                offering.code: offering
                for offering in (
                    offering_of("prepaid-data", "Prepaid Data", "plan"),
                    offering_of("prepaid-big", "Prepaid Big", "plan", each="9.99", months=1),
                    offering_of("mobile", "Mobile", "plan", postpaid=True, each="20.00", months=1),
                    offering_of("weekly-pass", "Weekly Pass", "add-on", each="2.99", days=7),
                    offering_of("booster", "Booster", "add-on", once="1.99"),
                    offering_of("try-it", "Try it", "add-on", each="7.99", months=1, trial=7),
                    offering_of("video-pass", "Video Pass", "add-on"),
                    replace(
                        offering_of("mix", "Mix", "bundle", once="3.00"),
                        choose=(1, 2),
                        choices=frozenset({"video-pass", "booster"}),
                    ),
                )
            },
            {
                "roaming-data-cap": CounterTerms(
                    "roaming-data-cap",
                    "Data outside the EU",
                    True,
                    True,
                    frozenset({"rest-of-world"}),
                    {"EUR": euro("59.50").minor_micros},
                ),
                "fair-use": CounterTerms("fair-use", "Fair use", False, False, frozenset(), {}),
            },
            {101: "Web", 107: "Video"},
            {"home": "At home", "rest-of-world": "The rest of the world"},
            "home",
        )

    async def newest(self) -> Assortment:
        """As it is."""
        if self.unreachable:
            raise PeerUnreachableError("nobody there")
        return self.assortment

    def reprice(self, code: str, terms: Terms) -> None:
        """Another version."""
        offerings: Mapping[str, Offering] = {
            **self.assortment.offerings,
            code: replace(self.assortment.offerings[code], terms={"EUR": terms}),
        }
        self.assortment = replace(self.assortment, version=self.assortment.version + 1, offerings=offerings)


def terms_of(once: str = "0", each: str = "0", *, months: int = 0, days: int = 0, trial: int = 0) -> Terms:
    """What an offering costs, in euro."""
    at_once = euro(once) if trial else euro(once) + euro(each)
    return Terms(at_once, euro(each), False, months, days, trial, False)


def offering_of(
    code: str,
    name: str,
    kind: str,
    *,
    once: str = "0",
    each: str = "0",
    months: int = 0,
    days: int = 0,
    trial: int = 0,
    postpaid: bool = False,
) -> Offering:
    """An offering."""
    terms = {"EUR": terms_of(once, each, months=months, days=days, trial=trial)}
    return Offering(code, name, "", kind, postpaid, terms)
