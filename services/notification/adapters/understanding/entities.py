"""What is named in an utterance, by name; money as exact text, days in ISO 8601.

amount, number       `4.99 EUR`, `4.99`; a whole number that is nothing else
day, days            `2026-11-27`; over how many days to look back
from, until          `22:00`, `07:00`
percent, ordinal     `80`; `1` to `9`, `last`
language             `en`, `de`
lifted, usual        `yes`: without a limit; the usual one
ended                `yes`: something shall be no more
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime

from services.notification.adapters.understanding.amounts import amount_in, bare_number_in
from services.notification.adapters.understanding.days import day_in, days_back_in, span_in

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_PERCENT = re.compile(r"\b(\d{1,3})\s?(?:%|percent\b|per cent\b|prozent\b)")
_ORDINALS = (
    (re.compile(r"\b(first|1st|erste[nrs]?|nummer eins|number one|nr\.? ?1|no\.? ?1)\b"), "1"),
    (re.compile(r"\b(second|2nd|zweite[nrs]?|nummer zwei|number two|nr\.? ?2|no\.? ?2)\b"), "2"),
    (re.compile(r"\b(third|3rd|dritte[nrs]?|nummer drei|number three|nr\.? ?3|no\.? ?3)\b"), "3"),
    (re.compile(r"\b(last|letzte[nrs]?)\b"), "last"),
)
_LANGUAGES = (
    (re.compile(r"\b(german|deutsch\w{0,3})\b"), "de"),
    (re.compile(r"\b(english|englisch\w{0,3})\b"), "en"),
)
_NOT_UNDERSTOOD_LANGUAGE = re.compile(
    r"\b(don'?t|do not|no|not|kein|nicht)\b[\w ]{0,20}(understand|speak|german|english|deutsch|englisch)"
)
_LIFTED = re.compile(
    r"\b(no (spending )?limit|remove|delete|lift|without (a )?limit|"
    r"aufheben|entfernen|loeschen|kein(e|en)? limit|weg mit)\b"
)
_USUAL = re.compile(r"\b(default|usual|standard|reset|zuruecksetzen|normal)\b")
_ENDED = re.compile(r"\b(off|stop|end|remove|disable|aus|ausschalten|abschalten|beenden|aufheben)\b")


def folded(text: str) -> str:
    """Lower case, umlauts as ae/oe/ue; digits stay what they are."""
    return unicodedata.normalize("NFKC", text).casefold().translate(_UMLAUTS)


def entities_in(text: str, today: datetime, language: str) -> Mapping[str, str]:
    """All that is named. `today`: now on the customer's clock."""
    plain = folded(text)
    day = day_in(plain, today, language)
    begin, end = span_in(plain)
    found = {
        "amount": amount_in(plain),
        "number": bare_number_in(plain),
        "day": day,
        "days": days_back_in(plain),
        "from": begin,
        "until": end,
        "percent": _first(_PERCENT, plain),
        "ordinal": next((place for pattern, place in _ORDINALS if pattern.search(plain)), ""),
        "language": _language(plain),
        "lifted": _yes(_LIFTED, plain),
        "usual": _yes(_USUAL, plain),
        "ended": _yes(_ENDED, plain),
    }
    if day and " " not in found["amount"]:
        # Without a currency, figures of a day are no amount.
        found["amount"] = found["amount"] if _apart(plain, found["amount"]) else ""
    return {name: value for name, value in found.items() if value}


def _apart(plain: str, amount: str) -> bool:
    return bool(amount) and not re.search(rf"\b(am|vom|on|from) {re.escape(amount)}", plain)


def _language(plain: str) -> str:
    """The one named; who says that he does not understand one means the other."""
    named = [language for pattern, language in _LANGUAGES if pattern.search(plain)]
    if len(named) == 1 and _NOT_UNDERSTOOD_LANGUAGE.search(plain):
        return "en" if named[0] == "de" else "de"
    return named[0] if named else ""


def _first(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return match[1] if match else ""


def _yes(pattern: re.Pattern[str], text: str) -> str:
    return "yes" if pattern.search(text) else ""
