"""What recipients wish: which wish counts, and which preferences are none."""

from __future__ import annotations

import re

from services.common.kernel.clock import zone
from services.common.kernel.identifiers import is_code
from services.notification.domain.notifications import Category, Channel
from services.notification.domain.preferences import Preferences, Wish
from services.notification.domain.rules import AlertRules

MOST_WISHES = 200
MOST_EVIDENCE = 500
MINUTES_OF_DAY = 24 * 60

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def is_wanted(preferences: Preferences, category: Category, alert_code: str, channel: Channel) -> bool:
    """The narrowest wish counts; of two that are as narrow the later. What must be told is never off."""
    if category is Category.REGULATORY:
        return True
    fitting = [wish for wish in preferences.wishes if _fits(wish, category, alert_code, channel)]
    return (
        max(enumerate(fitting), key=lambda one: (_narrowness(one[1]), one[0]))[1].wanted if fitting else True
    )


def default_preferences(rules: AlertRules | None) -> Preferences:
    """Of whoever has set nothing: the quiet hours of the rules, if there are rules."""
    if rules is None:
        return Preferences()
    return Preferences(quiet_from_minute=rules.quiet_from_minute, quiet_until_minute=rules.quiet_until_minute)


def fault_of(preferences: Preferences) -> tuple[str, str] | None:
    """What is wrong: the field, and a sentence; None: nothing."""
    if preferences.language and not _LANGUAGE.fullmatch(preferences.language):
        return "language", f"{preferences.language!r} is no BCP 47 language tag"
    if preferences.time_zone and not _is_zone(preferences.time_zone):
        return "time_zone", f"{preferences.time_zone!r} is not an IANA time zone"
    for field in ("quiet_from_minute", "quiet_until_minute"):
        if not 0 <= getattr(preferences, field) < MINUTES_OF_DAY:
            return field, f"minutes of the day go from 0 to {MINUTES_OF_DAY - 1}"
    return _fault_of_wishes(preferences.wishes) or _fault_of_consent(preferences)


def _fault_of_wishes(wishes: tuple[Wish, ...]) -> tuple[str, str] | None:
    if len(wishes) > MOST_WISHES:
        return "wishes", f"at most {MOST_WISHES}"
    seen: dict[tuple[object, ...], bool] = {}
    for wish in wishes:
        if wish.alert_code and not is_code(wish.alert_code):
            return "wishes", f"{wish.alert_code!r} is no code"
        if wish.category is Category.REGULATORY and not wish.wanted:
            return "wishes", "what must be told cannot be switched off"
        key = (wish.alert_code or wish.category, wish.channel)
        if seen.setdefault(key, wish.wanted) != wish.wanted:
            return "wishes", f"wanted and not wanted: {wish.alert_code or wish.category.value}"
    return None


def _fault_of_consent(preferences: Preferences) -> tuple[str, str] | None:
    if preferences.marketing_consent and not preferences.consent_evidence.strip():
        return "consent_evidence", "consent needs evidence: how and where it was given"
    if len(preferences.consent_evidence) > MOST_EVIDENCE:
        return "consent_evidence", f"at most {MOST_EVIDENCE} characters"
    return None


def _fits(wish: Wish, category: Category, alert_code: str, channel: Channel) -> bool:
    about = wish.alert_code == alert_code if wish.alert_code else wish.category is category
    return about and wish.channel in (None, channel)


def _narrowness(wish: Wish) -> int:
    return 2 * bool(wish.alert_code) + (wish.channel is not None)


def _is_zone(name: str) -> bool:
    try:
        zone(name)
    except ValueError:
        return False
    return True
