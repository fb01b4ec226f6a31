"""Notification by a story's clock, as a process of its own that can be killed.

`python -m tests.support.notification_dying MICROSECONDS_AHEAD`, with settings as the service has them.
"""

from __future__ import annotations

import sys
import time

import pytest

from services.common.kernel.clock import Instant
from services.notification import main as notification_main


class _Ahead:
    """The computer's clock, so much ahead."""

    def __init__(self, microseconds: int) -> None:
        self._microseconds = microseconds

    def now(self) -> Instant:
        """The present of the story."""
        return Instant(time.time_ns() // 1_000 + self._microseconds)


def _main(ahead: int) -> int:
    pytest.MonkeyPatch().setattr(notification_main, "SystemClock", lambda: _Ahead(ahead))
    return notification_main.main()


if __name__ == "__main__":
    sys.exit(_main(int(sys.argv[1])))
