"""Why was I charged? The charge is found among recent ones, and explained by charging."""

from __future__ import annotations

from dataclasses import dataclass

from services.common.kernel.clock import Instant, iso
from services.common.kernel.money import MICROS_PER_MINOR_UNIT, Money, currency
from services.notification.application.ports import ChargeLine, Directory
from services.notification.application.tools.arguments import ExplainArguments
from services.notification.application.tools.explained_words import explanation_sentences, step_sentences
from services.notification.application.tools.looking import assortment
from services.notification.application.tools.ports import ChargingPeer, Explanation, PeerRefusal, Shop, Words
from services.notification.application.tools.reading import day_bounds, read_amount, read_day
from services.notification.application.tools.results import ExplainResult
from services.notification.application.tools.wording import Asking, Done, Refusal, Sentence, refuse, say

_LOOKED_AT = 200
"""Charges that are looked through at most."""
_CLOSE_PERCENT = 5
"""An amount that somebody remembers need not be exact."""


@dataclass(frozen=True, slots=True)
class _Found:
    charge_id: str
    candidates: int
    said: tuple[Sentence, ...] = ()


class ExplainCharge:
    """One charge in words: the last one, one of a day, one of an amount, or one by its id."""

    def __init__(self, directory: Directory, charging: ChargingPeer, shop: Shop, words: Words) -> None:
        self._directory = directory
        self._charging = charging
        self._shop = shop
        self._words = words

    async def __call__(self, who: Asking, args: ExplainArguments) -> Done[ExplainResult] | Refusal:
        """Raises PeerUnreachableError."""
        found = _Found(args.charge_id, 1) if args.charge_id else await self._find(who, args)
        if isinstance(found, Refusal):
            return found
        told = await self._charging.explain(found.charge_id)
        # Of another account it is told as little as of one that does not exist.
        if told is None or (not isinstance(told, PeerRefusal) and told.account_id != who.account_id):
            return refuse("CHARGE_UNKNOWN")
        if isinstance(told, PeerRefusal):
            return refuse("NOT_EXPLAINED")
        known = await assortment(self._shop)
        said = (*found.said, *explanation_sentences(told, known, who))
        steps = [self._words.say([step], who.language) for step in step_sentences(told)]
        return Done(_result(told, steps, found.candidates), said)

    async def _find(self, who: Asking, args: ExplainArguments) -> _Found | Refusal:
        try:
            wanted = _amount(args, who)
            bounds = _bounds(args, who)
        except ValueError:
            return refuse("QUESTION_INVALID")
        lines = await self._lines(who, bounds)
        if wanted is not None:
            lines = [line for line in lines if _is_about(line.amount, wanted)]
        if not lines:
            return refuse("CHARGE_NOT_FOUND")
        if bounds is None:
            # What cost nothing is rarely what somebody asks about.
            line = next((line for line in lines if line.amount.minor_micros), lines[0])
            return _Found(line.charge_id, len(lines) if wanted else 1)
        largest = max(lines, key=lambda line: abs(line.amount.minor_micros))
        if len(lines) == 1:
            return _Found(largest.charge_id, 1)
        total = Money(sum(line.amount.minor_micros for line in lines), currency(who.customer.currency_code))
        day = who.moment(bounds[0], day_only=True)
        said = say("charges-of-day", count=len(lines), day=day, total=total)
        return _Found(largest.charge_id, len(lines), (said,))

    async def _lines(self, who: Asking, bounds: tuple[Instant, Instant] | None) -> list[ChargeLine]:
        before = bounds[1] if bounds else None
        lines = await self._directory.charges(who.account_id, who.subscriber_id, before, _LOOKED_AT)
        return [line for line in lines if bounds is None or bounds[0] <= line.at < bounds[1]]


def _amount(args: ExplainArguments, who: Asking) -> Money | None:
    return read_amount(args.amount, currency(who.customer.currency_code)) if args.amount else None


def _bounds(args: ExplainArguments, who: Asking) -> tuple[Instant, Instant] | None:
    if not args.day:
        return None
    zone = who.customer.time_zone
    return day_bounds(read_day(args.day, who.now, zone), zone)


def _is_about(amount: Money, wanted: Money) -> bool:
    allowed = max(MICROS_PER_MINOR_UNIT, wanted.minor_micros * _CLOSE_PERCENT // 100)
    return abs(abs(amount.minor_micros) - wanted.minor_micros) <= allowed


def _result(told: Explanation, steps: list[str], candidates: int) -> ExplainResult:
    return ExplainResult(
        told.charge_id,
        told.kind,
        iso(told.at),
        str(told.amount),
        told.offering_code,
        told.price_name,
        steps,
        list(told.sentences),
        str(told.changed_since),
        candidates,
    )
