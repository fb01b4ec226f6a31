"""The computer's clock."""

from __future__ import annotations

import time

from services.common.kernel.clock import Instant


class SystemClock:
    """Tells the time of the machine."""

    def now(self) -> Instant:
        """The present instant."""
        return Instant(time.time_ns() // 1000)
