"""The operator's own channels: chat rooms, pagers and whatever else apprise knows, by its URLs."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from services.notification.domain.channels import Endpoint, Outgoing, Rejected, SendOutcome, Sent, TryLater
from services.notification.domain.notifications import AlertSeverity

_THREADS = 4
_TIMEOUT_SECONDS = 20.0
"""apprise's own are shorter, but some of its services ask more than once."""
_TYPES = {AlertSeverity.INFO: "info", AlertSeverity.WARNING: "warning", AlertSeverity.CRITICAL: "failure"}
"""As apprise calls them."""


class OperatorChannel:
    """Sends in threads of its own. apprise says whether, never why not, and carries no message id."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="operator-channel")

    async def send(self, endpoint: Endpoint, outgoing: Outgoing) -> SendOutcome:
        """What takes too long goes on in its thread, and may still arrive."""
        loop = asyncio.get_running_loop()
        work = loop.run_in_executor(self._threads, _notify, endpoint.address, outgoing)
        try:
            async with asyncio.timeout(_TIMEOUT_SECONDS):
                return await asyncio.shield(work)
        except TimeoutError:
            return TryLater("no answer in time", in_doubt=True)

    def close(self) -> None:
        """Ends the threads, without waiting for slow services."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _notify(address: str, outgoing: Outgoing) -> SendOutcome:
    # Here it holds up neither the start nor, with the first alert of an operator, the event loop.
    import apprise  # noqa: PLC0415

    service = apprise.Apprise()
    if not service.add(address):
        return Rejected("apprise does not know this URL")
    took = service.notify(
        body=outgoing.body,
        title=outgoing.title,
        notify_type=apprise.NotifyType(_TYPES[outgoing.severity]),
        body_format=apprise.NotifyFormat.TEXT,
    )
    return Sent() if took else TryLater("the service did not take it")
