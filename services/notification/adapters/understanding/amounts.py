"""Amounts in an utterance: `20 euro`, `€4,99`, `ten euros`, as exact text with the currency named."""

from __future__ import annotations

import re

_CURRENCIES = {
    "€": "EUR", "eur": "EUR", "euro": "EUR", "euros": "EUR",
    "$": "USD", "usd": "USD", "dollar": "USD", "dollars": "USD",
    "£": "GBP", "gbp": "GBP", "pound": "GBP", "pounds": "GBP", "pfund": "GBP",
    "chf": "CHF", "franken": "CHF", "francs": "CHF",
}  # fmt: skip
_WORDS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "twelve": 12, "fifteen": 15, "twenty": 20, "twenty-five": 25, "thirty": 30, "forty": 40,
    "fifty": 50, "sixty": 60, "hundred": 100, "tenner": 10, "fiver": 5,
    "ein": 1, "einen": 1, "zwei": 2, "drei": 3, "vier": 4, "fuenf": 5, "sechs": 6, "sieben": 7, "acht": 8,
    "neun": 9, "zehn": 10, "zwoelf": 12, "fuenfzehn": 15, "zwanzig": 20, "fuenfundzwanzig": 25,
    "dreissig": 30, "vierzig": 40, "fuenfzig": 50, "sechzig": 60, "hundert": 100, "zehner": 10,
}  # fmt: skip
_NUMBER = r"\d{1,3}(?:[.,]\d{3})+(?:[.,]\d{1,2})?|\d{1,9}(?:[.,]\d{1,2})?"
_UNIT = "|".join(sorted(map(re.escape, _CURRENCIES), key=len, reverse=True))
_WORD = "|".join(sorted(_WORDS, key=len, reverse=True))
_BEFORE = re.compile(rf"(?<![\w.,])({_UNIT})\s?({_NUMBER})(?![\w])")
_AFTER = re.compile(rf"(?<![\w.,])({_NUMBER}|\b(?:{_WORD})\b)\s?(?:,-|\.-)?\s?({_UNIT})(?!\w)")
_CENTS = re.compile(r"(?<![\w.,])(\d{1,2})\s?(?:cents?|ct)\b")
_DECIMAL = re.compile(r"(?<![\w.,:/])(\d{1,9}[.,]\d{2})(?![\w.,:/%]|\s?(?:gb|mb|uhr|%|prozent|percent))")
_BARE = re.compile(
    rf"(?<![\w.,:/-])(\d{{1,6}}|\b(?:tenner|fiver|{_WORD})\b)"
    r"(?![\w:/%]|[.,]\d|\s?(?:gb|mb|gigs?|uhr|am\b|pm\b|%|prozent|percent|days?|tagen?|sms|minut|monat|month))"
)


def amount_in(text: str) -> str:
    """`4.99 EUR`, or `4.99` where no currency is named; empty: none. Of folded text."""
    for pattern, number, unit in ((_BEFORE, 2, 1), (_AFTER, 1, 2)):
        match = pattern.search(text)
        if match:
            return f"{exact(match[number])} {_CURRENCIES[match[unit]]}"
    cents = _CENTS.search(text)
    if cents:
        return f"0.{int(cents[1]):02d}"
    decimal = _DECIMAL.search(text)
    return exact(decimal[1]) if decimal else ""


def bare_number_in(text: str) -> str:
    """A whole number that is nothing else, such as a day or a volume; empty: none."""
    match = _BARE.search(text)
    return exact(match[1]) if match else ""


def exact(number: str) -> str:
    """`1.234,50` and `1,234.50` as `1234.50`, `4,9` as `4.90`, words as digits; never through a float."""
    if number in _WORDS:
        return str(_WORDS[number])
    last = max(number.rfind("."), number.rfind(","))
    whole, fraction = (number, "") if last < 0 else (number[:last], number[last + 1 :])
    if len(fraction) == 3:
        whole, fraction = whole + fraction, ""
    digits = re.sub(r"[.,]", "", whole)
    return f"{digits}.{fraction.ljust(2, '0')}" if fraction else digits
