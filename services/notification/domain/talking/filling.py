"""Arguments of tools from what was said; what is missing is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from services.notification.domain.talking import meanings
from services.notification.domain.talking.memory import Memory
from services.notification.domain.talking.naming import PLAN, SoldName, find_named, folded_name

AMOUNT, OFFERING, PLAN_SLOT, OFFER, CAP, HOURS, LANGUAGE = (
    "amount",
    "offering",
    "plan",
    "offer",
    "cap",
    "hours",
    "language",
)
TOP_UPS = ("10", "20", "50")
_MOST_CHOICES = 4


@dataclass(frozen=True, slots=True)
class Filled:
    """All that the tool needs."""

    arguments: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Missing:
    """What must be asked for, and what could be answered."""

    slot: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unknown:
    """Offers must be looked up before one of them can be meant."""


Filling = Filled | Missing | Unknown


def fill(
    intent: str, text: str, entities: Mapping[str, str], memory: Memory, names: Sequence[SoldName]
) -> Filling:
    """The arguments of an intent's tool."""
    if intent in (meanings.BUY_ADD_ON, meanings.CHANGE_PLAN):
        return _offering(text, names, plan=intent == meanings.CHANGE_PLAN)
    if intent in (meanings.ACCEPT_OFFER, meanings.DECLINE_OFFER):
        return _offer(text, entities, memory)
    simple = _SIMPLE.get(intent)
    return simple(entities) if simple else Filled(_others(intent, entities))


def _amount(entities: Mapping[str, str]) -> Filling:
    amount = entities.get("amount") or entities.get("number", "")
    return Filled({"amount": amount}) if amount else Missing(AMOUNT, TOP_UPS)


def _language(entities: Mapping[str, str]) -> Filling:
    language = entities.get("language", "")
    return Filled({"language": language}) if language else Missing(LANGUAGE, ("Deutsch", "English"))


def _others(intent: str, entities: Mapping[str, str]) -> Mapping[str, object]:
    """Of tools that can do without arguments."""
    if intent == meanings.EXPLAIN_CHARGE:
        return {name: entities[name] for name in ("day", "amount") if name in entities}
    if intent == meanings.USAGE:
        return {"days": int(entities["days"])} if "days" in entities else {}
    if intent in ("roaming_on", "roaming_off"):
        return {"state": intent.removeprefix("roaming_")}
    if intent == "stop_marketing":
        return {"marketing": "no"}
    return {}


def _offering(text: str, names: Sequence[SoldName], *, plan: bool) -> Filling:
    sold = [name for name in names if (name.kind == PLAN) is plan]
    found = find_named(text, sold)
    if len(found) == 1:
        return Filled({"offering_code": found[0].code})
    choices = tuple(name.name for name in found or sold)[:_MOST_CHOICES]
    return Missing(PLAN_SLOT if plan else OFFERING, choices)


def _offer(text: str, entities: Mapping[str, str], memory: Memory) -> Filling:
    if not memory.offers:
        return Unknown()
    codes = [code for code, _ in memory.offers]
    place = entities.get("ordinal") or entities.get("number", "")
    found = find_named(text, [SoldName(code, name, "offer") for code, name in memory.offers])
    code = ""
    if place == "last":
        code = codes[-1]
    elif place.isdecimal() and 1 <= int(place) <= len(codes):
        code = codes[int(place) - 1]
    elif len(found) == 1:
        code = found[0].code
    elif len(codes) == 1:
        code = codes[0]
    if not code:
        return Missing(OFFER, tuple(name for _, name in memory.offers)[:_MOST_CHOICES])
    return Filled({"decision_id": memory.decision_id, "offer_code": code})


def offer_named(text: str, memory: Memory) -> bool:
    """True where the text is the name of an offer that was shown, and nothing else."""
    return any(folded_name(text) == folded_name(name) for _, name in memory.offers)


def _cap(entities: Mapping[str, str]) -> Filling:
    amount = entities.get("amount") or entities.get("number", "")
    if amount:
        return Filled({"cap": amount})
    if "lifted" in entities:
        return Filled({"cap": "none"})
    return Filled({"cap": "default"}) if "usual" in entities else Missing(CAP, ("10", "20", "50"))


def _hours(entities: Mapping[str, str]) -> Filling:
    begin, end = entities.get("from", ""), entities.get("until", "")
    if begin and end:
        return Filled({"quiet_from": begin, "quiet_until": end})
    if "ended" in entities and not begin:
        # The same twice: no quiet hours.
        return Filled({"quiet_from": "00:00", "quiet_until": "00:00"})
    return Missing(HOURS, ("22:00 - 07:00", "21:00 - 08:00"))


_SIMPLE: Mapping[str, Callable[[Mapping[str, str]], Filling]] = {
    meanings.TOP_UP: _amount,
    meanings.SPEND_CAP: _cap,
    meanings.QUIET_HOURS: _hours,
    meanings.LANGUAGE: _language,
}
"""Arguments that are in the entities alone."""
