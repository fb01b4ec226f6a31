"""One account's usage in the order in which it happened: every capture of the account, merged by time.

Accounts do not touch each other, so lanes may run side by side; within one,
each request waits for the answer before it. That makes every total the same
on every run, however the lanes are scheduled. A lane is sans-I/O too: it
yields what to send and is sent the answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from services.cli.replay.call import Call
from services.cli.replay.charging_data import Service, SessionIdentity, debit_request
from services.cli.replay.flows import Flow
from services.cli.replay.identity import Run
from services.cli.replay.outgoing import Outgoing, Refusal, Reply
from services.cli.replay.quota import Units
from services.cli.replay.rating_groups import MESSAGE_CATEGORY, VOICE_CATEGORY, RatingGroups
from services.cli.replay.session import ChargingSession, Phase

Exchange = Generator[Outgoing, Reply, None]
"""Yields requests; each is answered by `send`."""


class Stage(IntEnum):
    """What happens, in the order in which it happens within one millisecond."""

    OPEN = 0
    TRAFFIC_BEGINS = 1
    MESSAGE_SENT = 2
    CALL_BEGINS = 3
    TRAFFIC_METERED = 4
    CALL_ENDS = 5
    CLOSE = 6


@dataclass(frozen=True, slots=True, order=True)
class Happening:
    """One thing that happens to one capture. Sorted by time, stage, capture and line."""

    at_ms: int
    stage: Stage
    capture: str
    line: int
    flow: Flow = field(compare=False)


@dataclass(slots=True)
class LaneTotals:
    """What a lane has done so far, in the element's own counting."""

    rows: int = 0
    requests: int = 0
    pdu_sessions: int = 0
    calls: int = 0
    messages: int = 0
    carried: Counter[int] = field(default_factory=Counter)
    blocked: Counter[int] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)


def timeline(flows: Sequence[Flow]) -> list[Happening]:
    """Everything that happens in some captures, in order."""
    happenings = [happening for flow in flows for happening in _of_flow(flow)]
    for capture in {flow.capture for flow in flows}:
        mine = [flow for flow in flows if flow.capture == capture]
        first = min(mine, key=lambda flow: (flow.start_ms, flow.line))
        last = max(mine, key=lambda flow: (flow.end_ms, flow.line))
        happenings.append(Happening(first.start_ms, Stage.OPEN, capture, first.line, first))
        happenings.append(Happening(last.end_ms, Stage.CLOSE, capture, last.line, last))
    return sorted(happenings)


def _of_flow(flow: Flow) -> Iterator[Happening]:
    def happening(at_ms: int, stage: Stage) -> Happening:
        return Happening(at_ms, stage, flow.capture, flow.line, flow)

    yield happening(flow.start_ms, Stage.TRAFFIC_BEGINS)
    yield happening(flow.end_ms, Stage.TRAFFIC_METERED)
    if flow.category == VOICE_CATEGORY:
        yield happening(flow.start_ms, Stage.CALL_BEGINS)
        yield happening(flow.end_ms, Stage.CALL_ENDS)
    if flow.category == MESSAGE_CATEGORY:
        yield happening(flow.start_ms, Stage.MESSAGE_SENT)


class Lane:
    """Plays the captures of one account."""

    def __init__(self, run: Run, account_id: str, flows: Sequence[Flow], groups: RatingGroups) -> None:
        self.account_id = account_id
        self.totals = LaneTotals()
        self._run = run
        self._groups = groups
        self._timeline = timeline(flows)
        self._pdu_sessions: dict[str, ChargingSession] = {}
        self._calls: dict[int, Call] = {}
        self._ordinals: Counter[tuple[str, Service]] = Counter()

    def play(self) -> Exchange:
        """The whole lane, from the first row to the last Release."""
        for happening in self._timeline:
            yield from self._wake_until(happening.at_ms)
            yield from self._on(happening)

    def _on(self, happening: Happening) -> Exchange:
        match happening.stage:
            case Stage.OPEN:
                yield from self._open(happening)
            case Stage.TRAFFIC_BEGINS:
                session = self._pdu_sessions[happening.capture]
                session.start(self._group(happening.flow), happening.at_ms)
                yield from self._settle(session, happening.at_ms)
            case Stage.MESSAGE_SENT:
                yield from self._send_message(happening)
            case Stage.CALL_BEGINS:
                yield from self._begin_call(happening)
            case Stage.TRAFFIC_METERED:
                yield from self._meter(happening)
            case Stage.CALL_ENDS:
                yield from self._end_call(happening)
            case Stage.CLOSE:
                yield from self._close(happening)

    def _open(self, happening: Happening) -> Exchange:
        name = self._run.pdu_session(happening.capture)
        session = ChargingSession(self._identity(Service.PDU_SESSION, happening.capture, name))
        self._pdu_sessions[happening.capture] = session
        self.totals.pdu_sessions += 1
        create = session.create(self._group(happening.flow), happening.at_ms)
        session.receive((yield from self._ask(create)), happening.at_ms)
        yield from self._settle(session, happening.at_ms)

    def _meter(self, happening: Happening) -> Exchange:
        flow, session = happening.flow, self._pdu_sessions[happening.capture]
        units = Units(flow.uplink_octets, flow.downlink_octets)
        session.carry(self._group(flow), units, happening.at_ms)
        yield from self._settle(session, happening.at_ms)
        self.totals.rows += 1

    def _close(self, happening: Happening) -> Exchange:
        session = self._pdu_sessions.pop(happening.capture)
        yield from self._release(session, happening.at_ms)
        self.totals.carried.update({group: units.total for group, units in session.carried.items()})
        self.totals.blocked.update({group: units.total for group, units in session.blocked.items()})

    def _begin_call(self, happening: Happening) -> Exchange:
        name = self._run.call(happening.capture, self._ordinal(happening.capture, Service.CALL))
        identity = self._identity(Service.CALL, happening.capture, name)
        call = Call(identity, self._groups.voice_call, happening.at_ms)
        self._calls[happening.line] = call
        self.totals.calls += 1
        call.receive((yield from self._ask(call.begin())), happening.at_ms)
        yield from self._settle(call, happening.at_ms)

    def _end_call(self, happening: Happening) -> Exchange:
        call = self._calls.pop(happening.line)
        call.end(happening.at_ms)
        yield from self._settle(call, happening.at_ms)
        if call.session.phase is Phase.OPEN:
            yield from self._release(call.session, happening.at_ms)
        self.totals.carried[self._groups.voice_call] += call.seconds
        self.totals.blocked[self._groups.voice_call] += call.blocked_seconds

    def _send_message(self, happening: Happening) -> Exchange:
        name = self._run.message(happening.capture, self._ordinal(happening.capture, Service.MESSAGE))
        identity = self._identity(Service.MESSAGE, happening.capture, name)
        debit = debit_request(identity, self._groups.message, 1, happening.at_ms)
        reply = yield from self._ask(Outgoing(happening.at_ms, debit))
        self.totals.messages += 1
        counter = self.totals.blocked if isinstance(reply, Refusal) else self.totals.carried
        counter[self._groups.message] += 1

    def _wake_until(self, at_ms: int) -> Exchange:
        """Lets every grant that ends before `at_ms` come back when it ends, in order."""
        while True:
            sleepers: list[ChargingSession | Call] = [*self._pdu_sessions.values(), *self._calls.values()]
            due = [(one.deadline_ms, index) for index, one in enumerate(sleepers)]
            first = min(((at, index) for at, index in due if at is not None), default=None)
            if first is None or first[0] > at_ms:
                return
            sleeper = sleepers[first[1]]
            sleeper.advance(first[0])
            yield from self._settle(sleeper, first[0])

    def _settle(self, session: ChargingSession | Call, at_ms: int) -> Exchange:
        """Exchanges Updates until nothing is due; a call that gets no more time is released."""
        while (outgoing := session.outgoing(at_ms)) is not None:
            session.receive((yield from self._ask(outgoing)), at_ms)
        if isinstance(session, Call) and session.cut_off:
            session.cut()
            yield from self._release(session.session, at_ms)

    def _release(self, session: ChargingSession, at_ms: int) -> Exchange:
        release = session.release(at_ms)
        if release is not None:
            session.receive((yield from self._ask(release)), at_ms)

    def _ask(self, outgoing: Outgoing) -> Generator[Outgoing, Reply, Reply]:
        reply = yield outgoing
        self.totals.requests += 1
        if isinstance(reply, Refusal):
            self.totals.refusals[reply.reason] += 1
        return reply

    def _identity(self, service: Service, capture: str, name: str) -> SessionIdentity:
        return SessionIdentity(service, self._run.supi(capture), name, self._run.start_at)

    def _group(self, flow: Flow) -> int:
        return self._groups.by_category[flow.category]

    def _ordinal(self, capture: str, service: Service) -> int:
        self._ordinals[capture, service] += 1
        return self._ordinals[capture, service]
