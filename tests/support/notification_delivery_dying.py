"""A process that delivers to webhooks and ends as by a power cut once a receiver has answered so often.

`python -m tests.support.notification_delivery_dying DATABASE_URL ANSWERS HOURS`; 0 answers: it never ends by
itself. Its clock begins so many hours late. It prints `delivering` when it begins.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys

from services.common.kernel.clock import HOUR
from services.common.runtime.logs import configure_logs
from services.common.runtime.system_clock import SystemClock
from services.notification.adapters.channels.guarded_http import guarded_client
from services.notification.adapters.channels.webhook import WebhookChannel
from services.notification.domain.channels import Endpoint, Outgoing, SendOutcome
from services.notification.domain.notifications import Channel
from tests.support.notification_delivery_world import DeliveryWorld


class _DiesOnceAnswered(WebhookChannel):
    """Between the answer and the transaction that stores it."""

    left = 0

    async def send(self, endpoint: Endpoint, outgoing: Outgoing) -> SendOutcome:
        """Sends, and dies."""
        outcome = await super().send(endpoint, outgoing)
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return outcome


async def _main(url: str, answers: int, hours: int) -> None:
    configure_logs("notification")
    async with guarded_client(allow_private=True) as client:
        channel = _DiesOnceAnswered(client, SystemClock())
        channel.left = answers
        world = DeliveryWorld(url, {Channel.WEBHOOK: channel})
        world.alarm.turn(hours * HOUR)
        print("delivering", flush=True)  # noqa: T201 - the test waits for it
        while True:
            # Time goes by much faster here than outside.
            world.alarm.turn(1_000_000)
            await asyncio.sleep(0.01)


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
