"""Another plan, or something on top of it: priced by the catalog, done by charging."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from services.common.kernel.money import Money
from services.notification.application.tools.arguments import OfferingArguments
from services.notification.application.tools.ports import (
    AccountNow,
    Assortment,
    ChargingPeer,
    Offering,
    PeerRefusal,
    Shop,
    Terms,
)
from services.notification.application.tools.refusing import peer_refusal
from services.notification.application.tools.results import BoughtResult
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

PLAN = "plan"


class Counter:
    """Where things are sold. `not_sold`: codes that only an offer gives, such as discounted twins.

    What costs nothing is not sold here either: it is given away by offers, or by people.
    """

    def __init__(self, shop: Shop, charging: ChargingPeer, not_sold: frozenset[str] = frozenset()) -> None:
        self.shop = shop
        self.charging = charging
        self._not_sold = not_sold

    async def pick(
        self, who: Asking, args: OfferingArguments, *, plan: bool
    ) -> tuple[Assortment, Offering, Terms, AccountNow] | Refusal:
        """What is wanted, what it costs, and who wants it. Raises PeerUnreachableError."""
        known = await self.shop.newest()
        offering = _find(known, args.offering_code)
        if offering is None or offering.code in self._not_sold or (offering.kind == PLAN) is not plan:
            return refuse("OFFERING_UNKNOWN")
        terms = offering.terms.get(who.customer.currency_code)
        if terms is None or not terms.costs or terms.trial_ends:
            return refuse("NOT_FOR_SALE", name=offering.name)
        if not _is_choice(offering, args.chosen_offerings):
            return refuse("CHOICE_INVALID")
        account = await self._payer(who)
        return account if isinstance(account, Refusal) else (known, offering, terms, account)

    async def _payer(self, who: Asking) -> AccountNow | Refusal:
        """The account, if it may buy anything."""
        account = await self.charging.account(who.subscriber_id)
        if account is None:
            return refuse("SUBSCRIBER_UNKNOWN")
        if account.barred:
            return refuse("SUBSCRIBER_BARRED")
        return account

    async def take(
        self, who: Asking, args: OfferingArguments, terms: Mapping[str, object], key: Callable[[str], str]
    ) -> tuple[Money, Sequence[str]] | Refusal:
        """Subscribes, once for a key. Raises PeerUnreachableError."""
        taken = await self.charging.subscribe(
            key("subscribe"), who.subscriber_id, str(terms["offering"]), args.chosen_offerings
        )
        if isinstance(taken, PeerRefusal):
            return peer_refusal(taken)
        return taken.amount, taken.charge_ids


class BuyAddOn:
    """Something beside the plan."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter

    async def look(self, who: Asking, args: OfferingArguments) -> Plan | Refusal:
        """What it would cost. Raises PeerUnreachableError."""
        picked = await self._counter.pick(who, args, plan=False)
        if isinstance(picked, Refusal):
            return picked
        _, offering, terms, account = picked
        if offering.code in account.offerings and (terms.months or terms.days):
            return refuse("ALREADY_SUBSCRIBED")
        missing = missing_money(terms, account)
        if missing is not None:
            return missing
        summary = (say("propose-add-on", name=offering.name, price=price_words(terms)),)
        return Plan(_promise(offering, terms), summary, terms.at_once)

    async def act(
        self, who: Asking, args: OfferingArguments, terms: Mapping[str, object], key: Callable[[str], str]
    ) -> Done[BoughtResult] | Refusal:
        """Buys it. Raises PeerUnreachableError."""
        taken = await self._counter.take(who, args, terms, key)
        if isinstance(taken, Refusal):
            return taken
        return _bought(terms, *taken, ended=[])


class ChangePlan:
    """Another plan in place of the present one, at once."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter

    async def look(self, who: Asking, args: OfferingArguments) -> Plan | Refusal:
        """What it would cost, and what ends for it. Raises PeerUnreachableError."""
        picked = await self._counter.pick(who, args, plan=True)
        if isinstance(picked, Refusal):
            return picked
        known, offering, terms, account = picked
        if offering.code in account.offerings:
            return refuse("ALREADY_SUBSCRIBED")
        plans = [code for code in account.offerings if _is_plan(known, code)]
        if any(known.offerings[code].postpaid is not offering.postpaid for code in plans):
            return refuse("PAYMENT_DIFFERS", name=offering.name)
        missing = missing_money(terms, account)
        if missing is not None:
            return missing
        promise = {**_promise(offering, terms), "ends": plans}
        price = price_words(terms)
        if not plans:
            return Plan(promise, (say("propose-plan", name=offering.name, price=price),), terms.at_once)
        old = Listed(tuple(known.name_of(code) for code in plans))
        summary = (
            say("propose-plan-change", name=offering.name, price=price, old=old),
            say("propose-plan-ends", old=old),
        )
        return Plan(promise, summary, terms.at_once)

    async def act(
        self, who: Asking, args: OfferingArguments, terms: Mapping[str, object], key: Callable[[str], str]
    ) -> Done[BoughtResult] | Refusal:
        """The new plan first: whoever cannot pay it keeps the old one. Raises PeerUnreachableError."""
        taken = await self._counter.take(who, args, terms, key)
        if isinstance(taken, Refusal):
            return taken
        ends = terms.get("ends")
        codes = [str(code) for code in ends] if isinstance(ends, list) else []
        stays = []
        for code in codes:
            refusal = await self._counter.charging.cancel(key(f"cancel {code}"), who.subscriber_id, code)
            # A plan that is gone already is as good as ended.
            if refusal is not None and refusal.reason != "NOT_SUBSCRIBED":
                stays.append(code)
        done = _bought(terms, *taken, ended=[code for code in codes if code not in stays])
        if stays:
            return Done(done.result, (*done.said, say("old-plan-stays", old=Listed(tuple(stays)))))
        return done


def missing_money(terms: Terms, account: AccountNow) -> Refusal | None:
    """Where money does not cover the first fees. What a part of a period costs, only charging knows."""
    if terms.prorated or terms.at_once <= account.available:
        return None
    missing = terms.at_once - account.available
    return refuse("MONEY_MISSING", price=terms.at_once, available=account.available, missing=missing)


def price_words(terms: Terms) -> Sentence:
    """What something costs, now and later."""
    later = terms.each_period
    if terms.trial_days:
        first: Sentence = say("price-trial", days=terms.trial_days)
        if terms.at_once.minor_micros:
            first = say("price-trial-and-once", days=terms.trial_days, price=terms.at_once)
        return say("price-then", first=first, later=_each(later, terms)) if later.minor_micros else first
    once = say("price-at-most" if terms.prorated else "price", price=terms.at_once)
    if not later.minor_micros:
        return once
    return say("price-then", first=once, later=_each(later, terms))


def _each(price: Money, terms: Terms) -> Sentence:
    if terms.months:
        return say("each-months", price=price, months=terms.months)
    return say("each-days", price=price, days=terms.days)


def _promise(offering: Offering, terms: Terms) -> dict[str, object]:
    """Everything that a customer was told of the price: where any of it changes, the yes does not count."""
    return {
        "offering": offering.code,
        "name": offering.name,
        "at_once": str(terms.at_once),
        "each_period": str(terms.each_period),
        "prorated": terms.prorated,
        "period": [terms.months, terms.days],
        "trial_days": terms.trial_days,
    }


def _bought(
    terms: Mapping[str, object], amount: Money, charge_ids: Sequence[str], ended: list[str]
) -> Done[BoughtResult]:
    name = str(terms["name"])
    result = BoughtResult(str(terms["offering"]), name, str(amount), list(charge_ids), ended)
    said = say("bought", name=name, amount=amount) if amount.minor_micros else say("bought-free", name=name)
    return Done(result, (said,))


def _is_choice(offering: Offering, chosen: Sequence[str]) -> bool:
    least, most = offering.choose
    is_set = len(set(chosen)) == len(chosen) and set(chosen) <= offering.choices
    return is_set and least <= len(chosen) <= most


def _find(known: Assortment, wanted: str) -> Offering | None:
    """By code, else by a name that only one has, however it is written."""
    found = known.offerings.get(wanted.strip())
    if found is not None:
        return found
    name = wanted.strip().casefold()
    named = [offering for offering in known.offerings.values() if offering.name.casefold() == name]
    return named[0] if len(named) == 1 else None


def _is_plan(known: Assortment, code: str) -> bool:
    found = known.offerings.get(code)
    return found is not None and found.kind == PLAN
