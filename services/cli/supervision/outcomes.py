"""What the supervision of a suite answers: addresses, states, and errors in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


class SuiteError(Exception):
    """The suite can't do what was asked. The message says why and what to do."""


class SuiteRunningError(SuiteError):
    """A suite of this folder runs already."""


class SuiteNotRunningError(SuiteError):
    """No suite of this folder runs."""


class MemberFailedError(SuiteError):
    """A member ended or did not become healthy. `log_tail` holds its last lines."""

    def __init__(self, member: str, what: str, log_file: Path, log_tail: tuple[str, ...]) -> None:
        super().__init__(f"{member} {what}; its log is {log_file}")
        self.member = member
        self.log_file = log_file
        self.log_tail = log_tail


@dataclass(frozen=True, slots=True)
class SuiteAddresses:
    """Where the members are reached: NATS as a URL, services and their metrics pages as host:port by name."""

    nats_url: str
    services: Mapping[str, str]
    metrics: Mapping[str, str]

    @property
    def charging(self) -> str:
        """host:port of charging."""
        return self.services["charging"]

    @property
    def catalog(self) -> str:
        """host:port of the catalog."""
        return self.services["catalog"]

    @property
    def partner_settlement(self) -> str:
        """host:port of partner settlement."""
        return self.services["partner_settlement"]

    @property
    def offers(self) -> str:
        """host:port of offers."""
        return self.services["offers"]


@dataclass(frozen=True, slots=True)
class MemberStatus:
    """One line of `tidemark status`. `state` is healthy, unhealthy or stopped."""

    name: str
    pid: int
    address: str
    state: str
    log_file: Path
