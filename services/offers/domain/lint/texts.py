"""Words for customers: in every language, and some that always hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from services.offers.domain.findings import Finding, FindingReason, error
from services.offers.domain.lint.subject import Subject


def text_findings(subject: Subject) -> Iterator[Finding]:
    """Languages that are missing, offers without words."""
    languages = subject.policies.languages
    for code in sorted({code for code in languages if languages.count(code) > 1}):
        yield error(FindingReason.LANGUAGE_TWICE, "languages", f"{code} is there twice; keep one")
    for offer, here in subject.offers():
        yield from _complete(subject, offer.names, f"{here}.name")
        if offer.descriptions:
            yield from _complete(subject, offer.descriptions, f"{here}.description")
        for index, reason in enumerate(offer.reasons):
            yield from _complete(subject, reason.texts, f"{here}.reasons.{index}.text")
        if all(reason.when for reason in offer.reasons):
            yield error(
                FindingReason.REASON_MISSING,
                f"{here}.reasons",
                "a customer must be told why; end with a reason without `when`, which always holds",
            )


def _complete(subject: Subject, texts: Mapping[str, str], field: str) -> Iterator[Finding]:
    languages = subject.policies.languages
    missing = [language for language in languages if language not in texts]
    if missing:
        yield error(FindingReason.LANGUAGE_MISSING, field, f"it is not there in {', '.join(missing)}")
    foreign = sorted(texts.keys() - set(languages))
    if foreign:
        message = f"{', '.join(foreign)} is none of the languages of these policies; add it there"
        yield error(FindingReason.LANGUAGE_MISSING, field, message)
