"""Names that are the same on every run: who the subscriber is, what the session is called, when it was.

A second play of the same table under the same run name sends the very same
requests; another run name gives other accounts, other subscribers and other
sessions. Identifiers lie in the test network 001/01 (ITU-T E.212 shared
codes), so none of them can be anybody's.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from services.common.kernel.clock import MILLISECOND, Instant, instant, iso

_TEST_PLMN = "00101"
_RUN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST_CAPTURE = 24


@dataclass(frozen=True, slots=True)
class Run:
    """One named play of one table, beginning at `start_at`. Raises ValueError for a malformed name."""

    name: str
    start_at: Instant

    def __post_init__(self) -> None:
        if not _RUN.fullmatch(self.name):
            raise ValueError(
                f"run name {self.name!r}: 1 to 32 letters, digits and . _ -, beginning with a letter or digit"
            )

    def instant_of(self, at_ms: int) -> Instant:
        """The table's relative time on the calendar."""
        return Instant(self.start_at + at_ms * MILLISECOND)

    def supi(self, capture: str) -> str:
        """The subscription's permanent identifier, TS 23.003 clause 2.2A."""
        return f"imsi-{_TEST_PLMN}{self._digits('supi', capture, 10)}"

    def gpsi(self, capture: str) -> str:
        """The subscriber's number, in a range that no country has."""
        return f"msisdn-999{self._digits('gpsi', capture, 9)}"

    def account_id(self, capture: str) -> str:
        """The account of a capture that has one of its own."""
        return f"{self.name}.{self._tame(capture)}"

    def provision_request_id(self, account_id: str) -> str:
        """Request id under which the account is opened."""
        return f"{self.name}/provision/{account_id}"

    def pdu_session(self, capture: str) -> str:
        """Charging id of the capture's PDU session."""
        return f"{self.name}/{self._tame(capture)}/pdu-session"

    def call(self, capture: str, ordinal: int) -> str:
        """Charging id of the capture's n-th call, from 1."""
        return f"{self.name}/{self._tame(capture)}/call-{ordinal}"

    def message(self, capture: str, ordinal: int) -> str:
        """Charging id of the capture's n-th message, from 1."""
        return f"{self.name}/{self._tame(capture)}/message-{ordinal}"

    def _digits(self, kind: str, capture: str, count: int) -> str:
        digest = hashlib.sha256(f"{kind}/{self.name}/{capture}".encode()).digest()
        return str(int.from_bytes(digest[:8]) % 10**count).zfill(count)

    @staticmethod
    def _tame(capture: str) -> str:
        """The capture's name, fit for an id; a name that had to be changed gets a digest to stay unique."""
        tame = _NOT_IN_A_NAME.sub("-", capture)
        if tame == capture and len(capture) <= _LONGEST_CAPTURE:
            return capture
        return f"{tame[: _LONGEST_CAPTURE - 9]}-{hashlib.sha256(capture.encode()).hexdigest()[:8]}"


def start_of(text: str) -> Instant:
    """Reads the instant of millisecond 0, ISO 8601 with a zone. Raises ValueError."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is not an ISO 8601 instant such as 2026-03-02T08:00:00Z") from error
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no zone; end it with Z for UTC")
    return instant(moment.astimezone(UTC))


def run_name_of(table: Path, start_at: Instant) -> str:
    """The name a run gets by itself: the first twelve digits of the table's SHA-256, and its first day."""
    with table.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()[:12]
    return f"{digest}-{iso(start_at)[:10]}"
