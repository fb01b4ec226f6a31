"""Words for the customer, in the language that comes closest to the one asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from services.offers.domain.compiled import CompiledOffer, Facts

T = TypeVar("T")


def in_language(texts: Mapping[str, T], language: str, languages: Sequence[str]) -> T | None:
    """`de-AT` takes `de-AT`, else `de`, else the first of the policies' languages that there is."""
    wanted = (language, language.partition("-")[0], *languages)
    return next((texts[code] for code in wanted if code in texts), None)


def reasons_for(
    compiled: CompiledOffer, facts: Facts, language: str, languages: Sequence[str]
) -> tuple[str, ...]:
    """The offer's reasons that hold, in their order; those for otherwise only where there is no other.

    A text whose figures cannot be made is left out.
    """

    def said(otherwise: bool) -> tuple[str, ...]:
        found = []
        for reason in compiled.reasons:
            if reason.otherwise is otherwise:
                wording = in_language(reason.texts, language, languages)
                found.append(wording(facts) if wording is not None and reason.holds(facts) else None)
        return tuple(text for text in found if text)

    return said(otherwise=False) or said(otherwise=True)
