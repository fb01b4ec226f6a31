"""One request worked through by the slow model: every container of every rating group, in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.unit.charging.soak.figures import UNKNOWN_GROUP
from tests.unit.charging.soak.requests import Asked, Part
from tests.unit.charging.soak.slow_model import Debt, SlowModel, Usage
from tests.unit.charging.soak.slow_prices import Where
from tests.unit.charging.soak.slow_state import Holdings, Talk

Reserved = dict[int, tuple[tuple[str, int], ...]]
"""What is held for each rating group of a session."""


@dataclass(slots=True)
class Outcome:
    """What one rating group's usage comes to; `failure` '' or the result code of the first refusal."""

    group: int
    debts: list[Debt] = field(default_factory=list)
    failure: str = ""


@dataclass(slots=True)
class Worked:
    """A request: who asks, when, under what it was used, and what is held for it."""

    model: SlowModel
    counted_in: str
    talk: Talk
    where: Where
    at: int
    had: tuple[tuple[str, int], ...]
    held: Holdings
    own: Reserved
    in_session: bool
    out_of_order: bool = False
    overrun: int = 0

    def outcomes(self, asked: Sequence[Asked]) -> list[Outcome]:
        """All rating groups, one after the other."""
        return [self._outcome(item) for item in asked]

    def _outcome(self, asked: Asked) -> Outcome:
        if not self.had:
            if self.in_session:
                self._begin(asked.group)
            return Outcome(asked.group, failure="END_USER_SERVICE_DENIED")
        if asked.group == UNKNOWN_GROUP:
            return Outcome(asked.group, failure="RATING_FAILED")
        begins = self._begin(asked.group)
        if not self.out_of_order:
            self._release(asked.group)
        outcome = Outcome(asked.group)
        for part in asked.parts:
            self._part(asked.group, part, outcome)
        if begins and self.in_session:
            usage = self._usage(asked.group, Part(0), self.at)
            outcome.debts += self.model.charge_peaks(usage, self.counted_in)
        if not self.out_of_order:
            key = (self.counted_in, asked.group)
            self.model.since[key] = max(self.model.since[key], self.at)
        return outcome

    def _begin(self, group: int) -> bool:
        if group in self.talk.groups:
            return False
        self.talk.groups.add(group)
        self.model.since[self.counted_in, group] = self.talk.last_report
        return True

    def _release(self, group: int) -> None:
        """What is held for this very usage pays for it, even where somebody else has overrun it."""
        own = self.own.get(group, ())
        account = self.model.account_of[self.talk.subscriber]
        if any(bucket == f"{account}/money" for bucket, _ in own):
            self.overrun = max(self.overrun, -self.model.free_money(account, self.held))
        self.held.change(self.talk.subscriber, own, -1)

    def _part(self, group: int, part: Part, outcome: Outcome) -> None:
        key = (self.counted_in, group)
        known = self.model.locals_seen.get(key, frozenset())
        if part.local is not None and not is_new(part.local, known):
            return
        until = self.at if part.until is None else min(part.until, self.at)
        since = until if self.out_of_order else self.model.since[key]
        charged = False
        if part.units:
            debt = self.model.charge(self._usage(group, part, since))
            if isinstance(debt, str):
                outcome.failure = outcome.failure or debt
                return
            outcome.debts.append(debt)
            charged = True
        if part.local is not None:
            self.model.put(self.model.locals_seen, key, known | {part.local})
        if charged and part.until is not None and not self.out_of_order:
            self.model.since[key] = max(since, until)

    def _usage(self, group: int, part: Part, since: int) -> Usage:
        return Usage(
            self.counted_in,
            self.talk.subscriber,
            group,
            part.units,
            self.where,
            since,
            self.had,
            self.held,
            self.overrun,
            part.offline,
            part.partners,
        )


def is_new(number: int, known: frozenset[int] | set[int]) -> bool:
    """A number above all, or one that was left out since the first."""
    return not known or number > max(known) or (number not in known and number > min(known))
