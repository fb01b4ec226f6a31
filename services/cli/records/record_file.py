"""A file of rows that is being written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from services.common.runtime.columns import Row


class RecordFile(Protocol):
    """Written once, from its begin to its end."""

    @property
    def octets(self) -> int:
        """How long it is by now, about: what still lies in memory is guessed."""

    def write(self, rows: Sequence[Row]) -> None:
        """Appends rows."""

    def close(self) -> None:
        """Ends the file; returns when it is on disk."""

    def abandon(self) -> None:
        """Leaves it as it is: it will be thrown away."""
