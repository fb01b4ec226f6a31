"""What a recipient wishes: language, quiet hours, what is wanted where, consent with its evidence."""

from __future__ import annotations

from dataclasses import dataclass

from services.common.kernel.clock import Instant
from services.notification.domain.notifications import Category, Channel


@dataclass(frozen=True, slots=True)
class Wish:
    """On or off. An empty `alert_code`: every alert of the category; `channel` None: every channel."""

    category: Category
    wanted: bool
    alert_code: str = ""
    channel: Channel | None = None


@dataclass(frozen=True, slots=True)
class Preferences:
    """Of one subscriber. Quiet hours in minutes of the local day; equal: none. Empty texts: the default."""

    language: str = ""
    time_zone: str = ""
    quiet_from_minute: int = 0
    quiet_until_minute: int = 0
    wishes: tuple[Wish, ...] = ()
    marketing_consent: bool = False
    consent_evidence: str = ""
    consented_at: Instant | None = None
