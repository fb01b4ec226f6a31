"""Limits on spending, and roaming, which charging knows as such a limit.

Charging cannot forbid a subscriber other countries, but it stops what a counter with a cap counts. Roaming
is therefore switched off by a cap of nothing on every counter that the customer may change and that counts
outside the home zone only; usage that no such counter counts goes on, and the customer is told so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from services.common.kernel.amount_words import show_units
from services.common.kernel.money import Money, currency
from services.notification.application.tools.arguments import RoamingArguments, SpendCapArguments
from services.notification.application.tools.ports import (
    Assortment,
    ChargingPeer,
    CounterTerms,
    PeerRefusal,
    Shop,
    SpendCounter,
)
from services.notification.application.tools.reading import read_amount
from services.notification.application.tools.refusing import peer_refusal
from services.notification.application.tools.results import CapLine, RoamingResult, SpendCapResult
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

NO_CAP, USUAL_CAP = "none", "default"


class SetRoaming:
    """Stops what is counted abroad, or lets it go on up to the usual cap."""

    def __init__(self, charging: ChargingPeer, shop: Shop) -> None:
        self._charging = charging
        self._shop = shop

    async def look(self, who: Asking, args: RoamingArguments) -> Plan | Refusal:
        """Which limits it would set. Raises PeerUnreachableError."""
        known = await self._shop.newest()
        counters = {counter.code: counter for counter in await self._charging.counters(who.subscriber_id)}
        abroad = [counter for counter in _abroad(known) if counter.code in counters]
        if not abroad:
            return refuse("ROAMING_NOT_LIMITED")
        is_off = all(counters[counter.code].cap == 0 for counter in abroad)
        if is_off is (args.state == "off"):
            return refuse(f"ROAMING_ALREADY_{args.state.upper()}")
        terms = {"counters": [counter.code for counter in abroad]}
        if args.state == "off":
            names = Listed(tuple(counter.name for counter in abroad))
            return Plan(terms, (say("propose-roaming-off", counters=names),))
        usual = [_usual(counter, who) for counter in abroad]
        promise = {**terms, "caps": [str(counter.cap.get(_unit(counter, who), "")) for counter in abroad]}
        return Plan(promise, (say("propose-roaming-on", caps=Listed(tuple(usual))),))

    async def act(
        self, who: Asking, args: RoamingArguments, terms: Mapping[str, object], key: Callable[[str], str]
    ) -> Done[RoamingResult] | Refusal:
        """Sets them. Raises PeerUnreachableError."""
        codes = terms.get("counters")
        lines = []
        for code in codes if isinstance(codes, list) else []:
            is_off = args.state == "off"
            cap = 0 if is_off else None
            after = await self._charging.set_cap(
                key(f"cap {code}"), who.subscriber_id, str(code), cap, reset=not is_off
            )
            if isinstance(after, PeerRefusal):
                return peer_refusal(after)
            lines.append(_line(after, who))
        names = Listed(tuple(line.name for line in lines))
        return Done(RoamingResult(args.state, lines), (say(f"roaming-{args.state}", counters=names),))


class SetSpendCap:
    """The customer's own limit on a counter that may be changed."""

    def __init__(self, charging: ChargingPeer, shop: Shop) -> None:
        self._charging = charging
        self._shop = shop

    async def look(self, who: Asking, args: SpendCapArguments) -> Plan | Refusal:
        """Which limit it would set. Raises PeerUnreachableError."""
        known = await self._shop.newest()
        counters = await self._charging.counters(who.subscriber_id)
        picked = _pick(known, counters, args.counter_code)
        if isinstance(picked, Refusal):
            return picked
        terms: dict[str, object] = {"counter": picked.code, "cap": None, "reset": args.cap == USUAL_CAP}
        period = say(f"period-{_period(picked)}")
        if args.cap == NO_CAP:
            return Plan(terms, (say("propose-no-cap", counter=picked.name),))
        if args.cap == USUAL_CAP:
            usual = _usual(known.counters[picked.code], who)
            return Plan({**terms, "usual": usual.code}, (say("propose-usual-cap", cap=usual),))
        try:
            cap = read_amount(args.cap, currency(who.customer.currency_code))
        except ValueError:
            return refuse("AMOUNT_INVALID", currency=who.customer.currency_code)
        said = say("propose-cap", counter=picked.name, cap=cap, period=period)
        return Plan({**terms, "cap": cap.minor_micros}, (said,))

    async def act(
        self, who: Asking, _args: SpendCapArguments, terms: Mapping[str, object], key: Callable[[str], str]
    ) -> Done[SpendCapResult] | Refusal:
        """Sets it. Raises PeerUnreachableError."""
        cap = terms["cap"]
        after = await self._charging.set_cap(
            key("cap"),
            who.subscriber_id,
            str(terms["counter"]),
            cap if isinstance(cap, int) else None,
            reset=bool(terms["reset"]),
        )
        if isinstance(after, PeerRefusal):
            return peer_refusal(after)
        line = _line(after, who)
        if after.cap is None:
            return Done(SpendCapResult(line), (say("cap-lifted", counter=after.name),))
        money = Money(after.cap, currency(who.customer.currency_code))
        said = say("cap-set", counter=after.name, cap=money, period=say(f"period-{_period(after)}"))
        return Done(SpendCapResult(line), (said,))


def _abroad(known: Assortment) -> list[CounterTerms]:
    """Counters that customers may change and that count nothing at home."""
    return [
        counter
        for counter in known.counters.values()
        if counter.liftable and counter.zones and known.home_zone not in counter.zones
    ]


def _pick(known: Assortment, counters: Sequence[SpendCounter], code: str) -> SpendCounter | Refusal:
    """The one that is named, or the only one there is."""
    mine = [
        counter
        for counter in counters
        if counter.is_money and counter.code in known.counters and known.counters[counter.code].liftable
    ]
    named = [counter for counter in mine if code in ("", counter.code)]
    if len(named) == 1:
        return named[0]
    if not mine or code:
        return refuse("COUNTER_UNKNOWN")
    listed = Listed(tuple(say("counter", name=counter.name, code=counter.code) for counter in mine))
    return refuse("COUNTER_MISSING", counters=listed)


def _usual(counter: CounterTerms, who: Asking) -> Sentence:
    """What the price list says."""
    cap = counter.cap.get(_unit(counter, who))
    if cap is None:
        return say("usual-none", counter=counter.name)
    if not counter.is_money:
        return say("usual-units", counter=counter.name, cap=cap)
    return say("usual-money", counter=counter.name, cap=Money(cap, currency(who.customer.currency_code)))


def _unit(counter: CounterTerms, who: Asking) -> str:
    return who.customer.currency_code if counter.is_money else ""


def _line(counter: SpendCounter, who: Asking) -> CapLine:
    def shown(amount: int) -> str:
        if counter.is_money:
            return str(Money(amount, currency(who.customer.currency_code)))
        return show_units(amount, "units")

    cap = "" if counter.cap is None else shown(counter.cap)
    return CapLine(counter.code, counter.name, counter.period, cap, shown(counter.value))


def _period(counter: SpendCounter) -> str:
    """`2026-11-22` is a day, `2026-W47` a week, `2026-11` a month."""
    if "W" in counter.period:
        return "week"
    return "day" if counter.period.count("-") == 2 else "month"
