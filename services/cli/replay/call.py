"""A voice call: a charging session by time, metered in whole seconds, the last one begun counting in full."""

from __future__ import annotations

from services.cli.replay.charging_data import SessionIdentity
from services.cli.replay.outgoing import Outgoing, Reply
from services.cli.replay.quota import Standing, Units
from services.cli.replay.session import ChargingSession, Phase


class Call:
    """One call. It is cut off when no more time is granted; what was left of it counts as blocked."""

    def __init__(self, identity: SessionIdentity, rating_group: int, begins_ms: int) -> None:
        self.session = ChargingSession(identity)
        self._quota = self.session.quota(rating_group)
        self._rating_group = rating_group
        self._begins_ms = begins_ms
        self._metered_seconds = 0

    @property
    def deadline_ms(self) -> int | None:
        """When `advance` must be called next: granted time runs while the call does."""
        if self.session.phase is not Phase.OPEN or self._quota.flow_limit is None:
            return None
        runs_out_ms = self._begins_ms + (self._metered_seconds + self._quota.flow_limit) * 1000
        other = self.session.deadline_ms
        return runs_out_ms if other is None else min(runs_out_ms, other)

    @property
    def cut_off(self) -> bool:
        """True when the call must end now: nothing more is granted."""
        return self.session.phase is Phase.OPEN and self._quota.standing is Standing.SHUT

    @property
    def seconds(self) -> int:
        """Seconds that were talked."""
        return self._quota.carried.total

    @property
    def blocked_seconds(self) -> int:
        """Seconds that were not granted. Complete once the call has ended."""
        return self._quota.blocked.total

    def begin(self) -> Outgoing:
        """The Create that asks for the first seconds."""
        return self.session.create(self._rating_group, self._begins_ms)

    def advance(self, at_ms: int) -> None:
        """Time has come to `at_ms`; every second that is over is metered."""
        self._meter((at_ms - self._begins_ms) // 1000, at_ms)

    def end(self, at_ms: int) -> None:
        """The caller hangs up: a second begun is a second."""
        self._meter(-((self._begins_ms - at_ms) // 1000), at_ms)

    def cut(self) -> None:
        """The call is torn down; whatever would have followed is blocked."""
        self._quota.shut()

    def outgoing(self, at_ms: int) -> Outgoing | None:
        """The Update that is due, if any is."""
        return self.session.outgoing(at_ms)

    def receive(self, reply: Reply, at_ms: int) -> None:
        """The answer to the request under way."""
        self.session.receive(reply, at_ms)

    def _meter(self, seconds: int, at_ms: int) -> None:
        self.session.carry(self._rating_group, Units(seconds - self._metered_seconds), at_ms)
        self._metered_seconds = seconds
