"""What an explanation needs beside the record itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.charging.domain.explanation.words import money_words


@dataclass(frozen=True, slots=True)
class Since:
    """What happened to a charge afterwards: refunded in all, corrected in all (signed), in minor_micros."""

    refunded: int = 0
    corrected: int = 0
    units_restored: bool = False
    outcome_state: str = ""

    @property
    def changed(self) -> int:
        """Signed; negative was given back."""
        return self.corrected - self.refunded


NOTHING_SINCE = Since()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The subscriber's clock, names of buckets and of the rating group, and what happened since."""

    time_zone: str
    bucket_names: Mapping[str, str] = field(default_factory=dict)
    rating_group: str = ""
    since: Since = NOTHING_SINCE

    def bucket(self, bucket_id: str) -> str:
        """The name of a bucket; of one that is gone the last part of its id."""
        return self.bucket_names.get(bucket_id) or bucket_id.rpartition("/")[2]


def since_sentences(since: Since, amount: int, currency_code: str) -> list[str]:
    """What was given back or corrected of a charge, and what it comes to now."""
    said = []
    if since.outcome_state:
        said.append(f"The outcome is {since.outcome_state}.")
    if since.corrected:
        sign = "added" if since.corrected > 0 else "taken off"
        said.append(f"Corrections since: {money_words(abs(since.corrected), currency_code)} {sign}.")
    if since.refunded:
        said.append(f"Refunded since: {money_words(since.refunded, currency_code)}.")
    if since.units_restored:
        said.append("The units it took from allowances were given back.")
    if since.changed:
        said.append(f"It comes to {money_words(amount + since.changed, currency_code)} now.")
    return said
