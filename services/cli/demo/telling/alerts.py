"""What came of the alerts, for the table and for audit.json."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from services.cli.demo.scenes.shown import Shown
from services.cli.demo.telling.by_hand import in_words
from services.common.kernel.clock import Instant


@dataclass(frozen=True, slots=True)
class Alert:
    """An entry of an inbox. Milliseconds from the charge that caused it; None: it did not come there.

    `overtaken`: a newer one took its place; what is overtaken before it is sent is sent no more.
    """

    who: str
    alert_code: str
    percent: str
    language: str
    title: str
    occurred_at: Instant
    page_milliseconds: int | None
    webhook_milliseconds: int | None
    overtaken: bool

    @property
    def name(self) -> str:
        """`allowance-low 80 %`."""
        return in_words(self.alert_code, self.percent)


@dataclass(frozen=True, slots=True)
class Telling:
    """All alerts in the order of what caused them, and things shown beside what they must be.

    `again`: webhooks that came more than once, and were known.
    """

    alerts: tuple[Alert, ...]
    shown: tuple[Shown, ...]
    again: int

    @property
    def good(self) -> bool:
        """True where everybody was told what they had to be, and what was sent has come."""
        return all(shown.good for shown in self.shown)

    @property
    def at_webhook(self) -> int:
        """How many came to the webhook."""
        return sum(alert.webhook_milliseconds is not None for alert in self.alerts)

    @property
    def on_page(self) -> int:
        """How many came to a page."""
        return sum(alert.page_milliseconds is not None for alert in self.alerts)

    @property
    def slowest_milliseconds(self) -> int:
        """From a charge to the last place where its alert came, at most."""
        ways = [(alert.page_milliseconds, alert.webhook_milliseconds) for alert in self.alerts]
        return max((took for way in ways for took in way if took is not None), default=0)

    def document(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "alerts": [
                {
                    "who": alert.who,
                    "alert": alert.alert_code,
                    "percent": alert.percent,
                    "language": alert.language,
                    "title": alert.title,
                    "page_milliseconds": alert.page_milliseconds,
                    "webhook_milliseconds": alert.webhook_milliseconds,
                    "overtaken": alert.overtaken,
                }
                for alert in self.alerts
            ],
            "webhooks_again": self.again,
            "shown": [
                {"what": shown.what, "expected": shown.expected, "found": shown.found} for shown in self.shown
            ],
        }
