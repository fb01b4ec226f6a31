"""Who listens in the demo, and what they must be told: worked out from the table and the catalog, by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Due:
    """What somebody must find in their inbox, in order; `standing`: what no newer alert took the place of."""

    language: str
    told: tuple[str, ...]
    standing: tuple[str, ...]


_LAST = ("allowance-used-up 100 %",)
_LOW = ("allowance-low 80 %",)
_MONEY = ("balance-low", "topped-up")
DUE: Mapping[str, Due] = {
    # Prepaid Starter has 20 messages: 16 are 80 %, 19 are 95 %. whatsapp sends 86 of them: each alert takes
    # the place of the one before it, and 66 messages cost 0.07 EUR each.
    "whatsapp": Due("en", ("allowance-low 80 %", "allowance-low 95 %", *_LAST), _LAST),
    # viber sends 17.
    "viber": Due("de", _LOW, _LOW),
    # 3.00 EUR less the 1.512016 EUR that the audit finds for it are below the catalog's low balance of
    # 2.00 EUR; then 10.00 EUR are paid in.
    "KakaoTalk_talk": Due("de", _MONEY, _MONEY),
}
"""By capture."""
LOW_CAPTURE, LOW_MONEY, LOW_TOP_UP = "KakaoTalk_talk", "3.00", "10.00"
"""This one listens on an account of its own, played beside the others and counted by no audit."""
ASKS = "whatsapp"
"""Who asks why they were charged."""


def in_words(alert_code: str, percent: str) -> str:
    """`allowance-low 80 %`, as `Due` has it."""
    return f"{alert_code} {percent} %" if percent else alert_code
