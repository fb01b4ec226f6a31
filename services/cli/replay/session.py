"""A charging session as a network element holds it: a PDU session (by volume) or a call (by time).

Theory of operation. The session is sans-I/O: traffic and time go in through
its methods, requests come out of `outgoing`, answers go back through
`receive`. Exactly one request is under way at a time. Whatever is due for any
rating group leaves in one Update, so that charging decides on all of them
together. `_NEXT` holds the phases; a move that is not in it is a broken
contract of the caller (TS 32.290 clause 5.3.2.3).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType

from services.cli.replay.charging_data import (
    SessionIdentity,
    create_request,
    grant_of,
    release_request,
    update_request,
)
from services.cli.replay.outgoing import Answer, Outgoing, Refusal, Reply
from services.cli.replay.quota import NOTHING, Quota, Report, Units, Why


class Phase(Enum):
    """Where a session stands."""

    NEW = "not opened yet"
    CREATING = "Create is under way"
    OPEN = "open"
    UPDATING = "Update is under way"
    RELEASING = "Release is under way"
    CLOSED = "released"
    REFUSED = "charging refused it; nothing flows"


_NEXT = MappingProxyType(
    {
        (Phase.NEW, "create"): Phase.CREATING,
        (Phase.CREATING, "answer"): Phase.OPEN,
        (Phase.CREATING, "refusal"): Phase.REFUSED,
        (Phase.OPEN, "update"): Phase.UPDATING,
        (Phase.UPDATING, "answer"): Phase.OPEN,
        (Phase.UPDATING, "refusal"): Phase.REFUSED,
        (Phase.OPEN, "release"): Phase.RELEASING,
        (Phase.RELEASING, "answer"): Phase.CLOSED,
        (Phase.RELEASING, "refusal"): Phase.REFUSED,
    }
)


class ChargingSession:
    """One session of one subscriber."""

    def __init__(self, identity: SessionIdentity) -> None:
        self.identity = identity
        self.phase = Phase.NEW
        self.refusal: Refusal | None = None
        self._quotas: dict[int, Quota] = {}
        self._sequence = 0
        self._reference = ""
        self._reported: tuple[int, ...] = ()

    @property
    def deadline_ms(self) -> int | None:
        """When `advance` must be called next; None: never by itself."""
        if self.phase is not Phase.OPEN:
            return None
        deadlines = (quota.deadline_ms for quota in self._quotas.values())
        return min((at for at in deadlines if at is not None), default=None)

    def quota(self, rating_group: int) -> Quota:
        """One rating group of this session."""
        return self._quotas.setdefault(rating_group, Quota())

    @property
    def carried(self) -> dict[int, Units]:
        """Usage that flowed, by rating group."""
        return {group: quota.carried for group, quota in self._quotas.items() if quota.carried != NOTHING}

    @property
    def blocked(self) -> dict[int, Units]:
        """Usage that was dropped, by rating group."""
        return {group: quota.blocked for group, quota in self._quotas.items() if quota.blocked != NOTHING}

    def create(self, rating_group: int, at_ms: int) -> Outgoing:
        """Opens the session and asks for units of the rating group whose traffic begins."""
        self._move("create")
        self.quota(rating_group).start(at_ms)
        reports = self._reports(at_ms, {rating_group: Why.START})
        return Outgoing(at_ms, create_request(self.identity, self._next_sequence(), at_ms, reports))

    def start(self, rating_group: int, at_ms: int) -> None:
        """Traffic of a rating group begins."""
        self.advance(at_ms)
        self.quota(rating_group).start(at_ms)
        self._drop_if_refused()

    def carry(self, rating_group: int, units: Units, at_ms: int) -> None:
        """Traffic of a rating group arrives."""
        self.advance(at_ms)
        self.quota(rating_group).carry(units, at_ms)
        self._drop_if_refused()

    def advance(self, at_ms: int) -> None:
        """Time has come to `at_ms`."""
        for quota in self._quotas.values():
            quota.advance(at_ms)

    def outgoing(self, at_ms: int) -> Outgoing | None:
        """The Update that is due, if any is. It must be answered before the next."""
        due = {group: quota.due for group, quota in sorted(self._quotas.items()) if quota.due}
        if self.phase is not Phase.OPEN or not due:
            return None
        self._move("update")
        reports = self._reports(at_ms, due)
        sequence = self._next_sequence()
        return Outgoing(at_ms, update_request(self.identity, self._reference, sequence, at_ms, reports))

    def release(self, at_ms: int) -> Outgoing | None:
        """Closes the session with what was not reported yet; None where there is no session to close."""
        if self.phase is Phase.REFUSED:
            return None
        self._move("release")
        last = {group: Why.FINAL for group, quota in sorted(self._quotas.items()) if quota.unreported}
        reports = self._reports(at_ms, last)
        sequence = self._next_sequence()
        return Outgoing(at_ms, release_request(self.identity, self._reference, sequence, at_ms, reports))

    def receive(self, reply: Reply, at_ms: int) -> None:
        """The answer to the request under way."""
        if isinstance(reply, Refusal):
            self._move("refusal")
            self.refusal = reply
            self._drop_if_refused()
            return
        if self.phase is Phase.CREATING:
            self._reference = reply.charging_data_ref
        self._move("answer")
        self._take_grants(reply, at_ms)

    def _take_grants(self, answer: Answer, at_ms: int) -> None:
        answered = {item.rating_group: item for item in answer.charging_data.multiple_unit_information}
        for group in self._reported:
            item = answered.get(group)
            grant = item and grant_of(item, self.identity.service, self.identity.start_at)
            self._quotas[group].receive(grant, at_ms)
        self._reported = ()

    def _reports(self, at_ms: int, due: Mapping[int, Why]) -> dict[int, Report]:
        self._reported = tuple(due)
        return {group: self._quotas[group].report(why, at_ms) for group, why in due.items()}

    def _next_sequence(self) -> int:
        self._sequence += 1
        return self._sequence

    def _drop_if_refused(self) -> None:
        if self.phase is Phase.REFUSED:
            for quota in self._quotas.values():
                quota.shut()

    def _move(self, step: str) -> None:
        self.phase = _NEXT[self.phase, step]
