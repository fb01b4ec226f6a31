"""The operator's own channels: chat rooms, pagers and whatever else apprise knows, by its URLs."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import apprise

from services.notification.domain.channels import Endpoint, Outgoing, Rejected, SendOutcome, Sent, TryLater
from services.notification.domain.notifications import AlertSeverity

_THREADS = 4
_TIMEOUT_SECONDS = 20.0
"""apprise's own are shorter, but some of its services ask more than once."""
_TYPES = {
    AlertSeverity.INFO: apprise.NotifyType.INFO,
    AlertSeverity.WARNING: apprise.NotifyType.WARNING,
    AlertSeverity.CRITICAL: apprise.NotifyType.FAILURE,
}


class OperatorChannel:
    """Sends in threads of its own. apprise says whether, never why not, and carries no message id."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="operator-channel")

    async def send(self, endpoint: Endpoint, outgoing: Outgoing) -> SendOutcome:
        """What takes too long goes on in its thread, and may still arrive."""
        service = apprise.Apprise()
        if not service.add(endpoint.address):
            return Rejected("apprise does not know this URL")
        loop = asyncio.get_running_loop()
        work = loop.run_in_executor(self._threads, _notify, service, outgoing)
        try:
            async with asyncio.timeout(_TIMEOUT_SECONDS):
                took = await asyncio.shield(work)
        except TimeoutError:
            return TryLater("no answer in time", in_doubt=True)
        return Sent() if took else TryLater("the service did not take it")

    def close(self) -> None:
        """Ends the threads, without waiting for slow services."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _notify(service: apprise.Apprise, outgoing: Outgoing) -> bool:
    return bool(
        service.notify(
            body=outgoing.body,
            title=outgoing.title,
            notify_type=_TYPES[outgoing.severity],
            body_format=apprise.NotifyFormat.TEXT,
        )
    )
