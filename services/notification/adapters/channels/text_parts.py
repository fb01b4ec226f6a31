"""How many parts a text message has (3GPP TS 23.038, TS 23.040): operators pay for each."""

from __future__ import annotations

from dataclasses import dataclass

_BASIC = frozenset(
    "@\u00a3$\u00a5\u00e8\u00e9\u00f9\u00ec\u00f2\u00c7\n\u00d8\u00f8\r\u00c5\u00e5\u0394_"
    "\u03a6\u0393\u039b\u03a9\u03a0\u03a8\u03a3\u0398\u039e\u00c6\u00e6\u00df\u00c9 "
    "!\"#\u00a4%&'()*+,-./0123456789:;<=>?\u00a1ABCDEFGHIJKLMNOPQRSTUVWXYZ\u00c4\u00d6\u00d1\u00dc\u00a7"
    "\u00bfabcdefghijklmnopqrstuvwxyz\u00e4\u00f6\u00f1\u00fc\u00e0"
)
_EXTENDED = frozenset("\f^{}\\[~]|\u20ac")
"""Each takes two places."""
_GSM_ALONE, _GSM_OF_MANY = 160, 153
_UCS2_ALONE, _UCS2_OF_MANY = 70, 67


@dataclass(frozen=True, slots=True)
class TextParts:
    """`encoding`: `GSM-7` or `UCS-2`."""

    encoding: str
    parts: int


def text_parts(text: str) -> TextParts:
    """Counts. A character of two places, or two units, never lies in two parts."""
    if all(character in _BASIC or character in _EXTENDED for character in text):
        widths = [2 if character in _EXTENDED else 1 for character in text]
        return TextParts("GSM-7", _parts(widths, _GSM_ALONE, _GSM_OF_MANY))
    widths = [2 if ord(character) > 0xFFFF else 1 for character in text]
    return TextParts("UCS-2", _parts(widths, _UCS2_ALONE, _UCS2_OF_MANY))


def cut_to_parts(text: str, most: int) -> str:
    """The longest beginning that has so few parts, with three dots where something is missing."""
    if text_parts(text).parts <= most:
        return text
    short, long = 0, len(text)
    while short < long - 1:
        middle = (short + long) // 2
        if text_parts(text[:middle] + "...").parts <= most:
            short = middle
        else:
            long = middle
    return text[:short] + "..."


def _parts(widths: list[int], alone: int, of_many: int) -> int:
    if sum(widths) <= alone:
        return 1
    parts, used = 1, 0
    for width in widths:
        if used + width > of_many:
            parts, used = parts + 1, 0
        used += width
    return parts
