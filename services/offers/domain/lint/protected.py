"""What must not decide over people: no rule, attribute or class may be named after it.

Nor may a rule ask for a segment that stands for it; which those are, the policies say (`protected_segments`):
rules and models see customers in them as if they were in none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from services.offers.domain.findings import Finding, FindingReason, error
from services.offers.domain.lint.subject import Subject

_WORDS = frozenset(
    re.findall(
        r"\w+",
        """
    age ages birth birthday birthdate born gender sex sexual sexuality orientation male female religion
    religious faith church ethnicity ethnic race racial nationality citizenship citizen migrant disability
    disabled handicap marital married divorced pregnancy pregnant maternity health illness disease medical
    diagnosis union unions politics political genetic biometric caste
    """,
    )
)
_PARTS = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")


def protected_findings(subject: Subject) -> Iterator[Finding]:
    """Errors for names of protected attributes."""
    for field, mentions in subject.mentions.items():
        yield from _named(mentions.words, field)
        yield from _protected(mentions.segments & set(subject.policies.protected_segments), field)
    policies = subject.policies
    for name in policies.rules:
        yield from _named([name], f"rules.{name}")
    for item in policies.usage_classes:
        yield from _named([item.code], f"usage_classes.{item.code}")
    for offer, here in subject.offers():
        yield from _named(offer.attributes, f"{here}.attributes")
        yield from _named(offer.attributes.values(), f"{here}.attributes")


def protected_word(name: str) -> str:
    """The protected attribute that a name speaks of; '' where it speaks of none."""
    parts = [part.lower() for part in _PARTS.findall(name)]
    return next((part for part in parts if part in _WORDS), "")


def _protected(segments: Iterable[str], field: str) -> Iterator[Finding]:
    for segment in sorted(segments):
        yield error(
            FindingReason.PROTECTED_ATTRIBUTE,
            field,
            f"segment {segment!r} is protected: no rule sees who is in it; take it out",
        )


def _named(names: Iterable[str], field: str) -> Iterator[Finding]:
    for name in sorted(set(names)):
        word = protected_word(name)
        if word:
            yield error(
                FindingReason.PROTECTED_ATTRIBUTE,
                field,
                f"{name!r} speaks of {word}, which must not decide what somebody is offered; take it out",
            )
