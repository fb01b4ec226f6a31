"""Operations on sessions: opened, updated, released, expired, late, out of order, refused."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from services.charging.domain.answers import ChargingAnswer
from services.charging.domain.commands import (
    CreateSession,
    ExpireSession,
    Invocation,
    UpdateSession,
)
from services.common.kernel.clock import SECOND, Instant
from services.common.kernel.outcome import RefusedError
from tests.unit.charging.soak.compared import Compared
from tests.unit.charging.soak.figures import DATA
from tests.unit.charging.soak.grants import Granting
from tests.unit.charging.soak.requests import Asked, Part, Seen, draw_asked, draw_seen, report
from tests.unit.charging.soak.slow_prices import Where
from tests.unit.charging.soak.slow_state import Talk
from tests.unit.charging.soak.worked_out import Worked, is_new

MOST_SESSIONS = 10
_ELEMENTS = ("smf-1", "smf-2")


class SessionOperations(Compared):
    """Each method is one operation, drawn from a `Random` and compared with the slow model."""

    def draw_subscriber(self, random: Random) -> str:
        """Any subscriber."""
        return random.choice(sorted(self.model.account_of))

    def draw_skew(self, random: Random) -> int:
        """How far an element's clock is behind, mostly not at all, in microseconds."""
        return random.choice((0, 0, 0, 1, 60, 900)) * SECOND

    def create(self, random: Random) -> None:
        """A session begins, with or without usage."""
        if len(self.model.talks) >= MOST_SESSIONS:
            return self.release(random)
        subscriber = self.draw_subscriber(random)
        at = Instant(self.now() - self.draw_skew(random))
        seen, splits = draw_seen(random), random.random() < 0.4
        asked = draw_asked(random, at, at)
        invocation = Invocation(random.randrange(2), at, tuple(map(report, asked)), seen.observed())
        command = CreateSession(subscriber, random.choice(_ELEMENTS), "c-1", invocation, splits)
        if subscriber in self.model.barred:
            return self.refused(command, "SUBSCRIBER_BARRED")
        answer = self.partition.execute(command)
        assert isinstance(answer, ChargingAnswer)
        had = self.model.charged_by(subscriber, at)
        where = seen.change(Where(), *self.model.profile[subscriber]) if had else Where(zone="")
        granted_by = self.model.granted_by(subscriber, at)
        talk = Talk(subscriber, where, at, granted_by, splits, numbers={invocation.sequence})
        self.model.talks[answer.ref] = talk
        worked = Worked(self.model, answer.ref, talk, where, at, had, self.held, {}, in_session=True)
        self._compare(answer, worked, asked, granted_by, where, wanted=True)
        return None

    def update(self, random: Random) -> None:
        """An open session reports and asks for more."""
        self._report(random, sorted(self.model.talks), release=False)

    def release(self, random: Random) -> None:
        """An open session reports for the last time."""
        self._report(random, sorted(self.model.talks), release=True)

    def report_late(self, random: Random) -> None:
        """A session that has expired reports after all, or is forgotten by now."""
        kept = [ref for ref in self.model.silent if ref in self.state.expired]
        forgotten = [ref for ref in self.model.silent if ref not in self.state.expired]
        for ref in forgotten[:1]:
            del self.model.silent[ref]
            late = Invocation(99, self.now(), (report(Asked(DATA, (Part(5),), None)),))
            self.refused(UpdateSession(ref, late), "CONTEXT_NOT_FOUND")
        self._report(random, kept, release=random.random() < 0.5)

    def _report(self, random: Random, refs: list[str], release: bool) -> None:
        if not refs:
            return
        ref = random.choice(refs)
        late = ref in self.model.silent
        talk = self.model.silent[ref] if late else self.model.talks[ref]
        number = self._draw_number(random, talk)
        out_of_order = number < max(talk.numbers)
        at = Instant(self.now() - self.draw_skew(random))
        if not out_of_order:
            at = Instant(max(at, talk.last_report))
        asked, seen = draw_asked(random, at, min(talk.last_report, at)), draw_seen(random)
        reports = tuple(map(report, asked))
        command = UpdateSession(ref, Invocation(number, at, reports, seen.observed()), release)
        session = self.state.expired[ref] if late else self.state.sessions[ref]
        own = {group: state.reservations for group, state in session.rating_groups.items()}
        answer = self.partition.execute(command)
        assert isinstance(answer, ChargingAnswer)
        if late:
            self.model.talks[ref] = self.model.silent.pop(ref)
        worked = Worked(
            self.model,
            ref,
            talk,
            talk.where,
            at,
            self.model.charged_by(talk.subscriber, at, talk.captured),
            self.held,
            own,
            in_session=True,
            out_of_order=out_of_order,
        )
        granted_by = self.model.granted_by(talk.subscriber, at, talk.captured)
        where = self._where_now(worked, seen, out_of_order)
        wanted = not release and not out_of_order
        if release:
            del self.model.talks[ref]
        self._compare(answer, worked, asked, granted_by, where, wanted)
        talk.numbers.add(number)
        talk.where = where
        talk.last_report = max(talk.last_report, at)

    def _where_now(self, worked: Worked, seen: Seen, out_of_order: bool) -> Where:
        if out_of_order or not worked.had:
            return worked.where
        return seen.change(worked.where, *self.model.profile[worked.talk.subscriber])

    def _draw_number(self, random: Random, talk: Talk) -> int:
        """The next, one later, or one that was left out."""
        last = max(talk.numbers)
        left_out = [number for number in range(min(talk.numbers), last) if is_new(number, talk.numbers)]
        if left_out and random.random() < 0.3:
            return random.choice(left_out)
        return last + random.choice((1, 1, 1, 1, 2, 3))

    def _compare(
        self,
        answer: ChargingAnswer,
        worked: Worked,
        asked: tuple[Asked, ...],
        granted_by: tuple[tuple[str, int], ...],
        where: Where,
        wanted: bool,
    ) -> None:
        outcomes = worked.outcomes(asked)
        self.take_usage([debt for outcome in outcomes for debt in outcome.debts])
        granting = Granting(
            self.model,
            self.state,
            worked.counted_in,
            worked.talk.subscriber,
            granted_by,
            where,
            worked.at,
            worked.held,
            wanted,
            {item.group for item in asked},
            self.kinds,
        )
        granting.check(answer.groups, asked, outcomes)

    def repeat_a_number(self, random: Random) -> None:
        """A number that has passed, a group twice, a session that never was."""
        if not self.model.talks:
            return
        ref = random.choice(sorted(self.model.talks))
        passed = Invocation(
            max(self.model.talks[ref].numbers), self.now(), (report(Asked(DATA, (Part(5),), None)),)
        )
        self.refused(UpdateSession(ref, passed), "SEQUENCE_NUMBER_PASSED")
        twice = replace(passed, sequence=passed.sequence + 1, reports=passed.reports * 2)
        self.refused(UpdateSession(ref, twice), "RATING_GROUP_REPEATED")
        self.refused(UpdateSession("s-0-0-0", passed), "CONTEXT_NOT_FOUND")

    def expire_due(self) -> None:
        """Every session that is due ends; no other can be ended."""
        for ref in sorted(self.state.sessions):
            command = ExpireSession(ref)
            if self.state.sessions[ref].expires_at > self.now():
                continue
            try:
                self.do(command)
            except RefusedError as error:
                raise AssertionError("a session that is due was not ended") from error
            self.model.silent[ref] = self.model.talks.pop(ref)
            self.check()
        if self.state.sessions:
            self.refused(ExpireSession(min(self.state.sessions)), "CONTEXT_NOT_FOUND")
