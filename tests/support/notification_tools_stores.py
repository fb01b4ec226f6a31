"""Proposals and suspended lines in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from services.common.kernel.clock import Instant
from services.notification.domain.confirming import Proposal, ProposalState


class MemoryProposals:
    """The Proposals port in memory."""

    def __init__(self) -> None:
        self.stored: dict[str, Proposal] = {}
        self.begun_at: dict[str, Instant] = {}

    async def add(self, proposal: Proposal) -> None:
        """A new one."""
        assert proposal.key not in self.stored
        self.stored[proposal.key] = proposal

    async def find(self, key: str) -> Proposal | None:
        """By key."""
        return self.stored.get(key)

    async def begin(self, key: str, at: Instant) -> None:
        """Begun."""
        if self.stored[key].state is ProposalState.PROPOSED:
            self.stored[key] = replace(self.stored[key], state=ProposalState.BEGUN)
            self.begun_at[key] = at

    async def finish(self, key: str, outcome_json: str) -> str:
        """Done; the first outcome stands."""
        if self.stored[key].state is not ProposalState.DONE:
            self.stored[key] = replace(self.stored[key], state=ProposalState.DONE, outcome_json=outcome_json)
        return self.stored[key].outcome_json

    async def begun_before(self, at: Instant, limit: int) -> Sequence[Proposal]:
        """Those that are in the middle of it."""
        begun = [item for item in self.stored.values() if item.state is ProposalState.BEGUN]
        return [item for item in begun if self.begun_at[item.key] < at][:limit]

    async def forget(self, proposed_before: Instant) -> int:
        """Old ones."""
        old = [
            key
            for key, item in self.stored.items()
            if item.proposed_at < proposed_before and item.state is not ProposalState.BEGUN
        ]
        for key in old:
            del self.stored[key]
        return len(old)


class MemorySuspensions:
    """The Suspensions port in memory."""

    def __init__(self) -> None:
        self.stored: dict[str, Instant] = {}

    async def put(self, subscriber_id: str, since: Instant) -> None:
        """Suspended."""
        self.stored.setdefault(subscriber_id, since)

    async def since(self, subscriber_id: str) -> Instant | None:
        """None: not by us."""
        return self.stored.get(subscriber_id)

    async def remove(self, subscriber_id: str) -> None:
        """Not any more."""
        self.stored.pop(subscriber_id, None)
