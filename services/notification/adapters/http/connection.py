"""A connection of the HTTP port that holds little, and cannot be held open by doing nothing."""

from __future__ import annotations

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from services.notification.adapters.http.events import ABORT_KEY

MOST_WAITING_OCTETS = 16 * 1024
"""What waits for a slow reader in this process, beside what the kernel holds: with 10,000 of them 160 MiB."""
HEAD_SECONDS = 10.0
"""How long the head of a request may take."""


class BoundedConnection(H11Protocol):
    """uvicorn's HTTP/1.1 with a small write buffer, and a deadline for heads of requests."""

    _head_by = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A peer has come."""
        super().connection_made(transport)
        transport.set_write_buffer_limits(high=MOST_WAITING_OCTETS)
        # For the app, which knows better than the transport when a reader has stalled.
        self.app_state = {**self.app_state, ABORT_KEY: transport.abort}
        self._wait_for_head()

    def data_received(self, data: bytes) -> None:
        """Some octets of it."""
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._head_by = 0.0
        elif self.timeout_keep_alive_task is None and not self.transport.is_closing():
            self._wait_for_head()

    def _wait_for_head(self) -> None:
        # A head that comes an octet at a time has the same deadline as one that does not come.
        self._head_by = self._head_by or self.loop.time() + HEAD_SECONDS
        self.timeout_keep_alive_task = self.loop.call_at(self._head_by, self.timeout_keep_alive_handler)
