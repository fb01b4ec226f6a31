"""The life of a settlement run: a table of states, and what each step needs.

    OPEN -freeze-> FROZEN -calculate-> CALCULATED -approve-> APPROVED -close-> CLOSED -pay-> PAID
      ^               |                     |                    |               |
      +---- reopen ---+---------------------+--------------------+---------------+

A run is one period. Runs of one kind of period are settled in order; what arrives for a period that is
closed belongs to the next one. A paid run stays as it is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from services.common.kernel.clock import Instant
from services.partner_settlement.domain.periods import Period


class RunState(Enum):
    """Where a run is."""

    OPEN = "open"
    FROZEN = "frozen"
    CALCULATED = "calculated"
    APPROVED = "approved"
    CLOSED = "closed"
    PAID = "paid"


class Step(Enum):
    """What somebody wants done."""

    FREEZE = "freeze"
    CALCULATE = "calculate"
    APPROVE = "approve"
    CLOSE = "close"
    PAY = "pay"
    REOPEN = "reopen"


TRANSITIONS: dict[tuple[RunState, Step], RunState] = {
    (RunState.OPEN, Step.FREEZE): RunState.FROZEN,
    (RunState.FROZEN, Step.CALCULATE): RunState.CALCULATED,
    # Once more, with other exchange rates.
    (RunState.CALCULATED, Step.CALCULATE): RunState.CALCULATED,
    (RunState.CALCULATED, Step.APPROVE): RunState.APPROVED,
    (RunState.APPROVED, Step.CLOSE): RunState.CLOSED,
    (RunState.CLOSED, Step.PAY): RunState.PAID,
    (RunState.FROZEN, Step.REOPEN): RunState.OPEN,
    (RunState.CALCULATED, Step.REOPEN): RunState.OPEN,
    (RunState.APPROVED, Step.REOPEN): RunState.OPEN,
    (RunState.CLOSED, Step.REOPEN): RunState.OPEN,
}
"""An illegal move is a missing key."""

REACHED_BY = {
    Step.FREEZE: RunState.FROZEN,
    Step.CALCULATE: RunState.CALCULATED,
    Step.APPROVE: RunState.APPROVED,
    Step.CLOSE: RunState.CLOSED,
    Step.PAY: RunState.PAID,
}


@dataclass(frozen=True, slots=True)
class RunInput:
    """What a run looks at: sums of accrual epochs up to `epoch`; `sha256` is over all of it.

    `after_epoch`: the epoch of the run of this kind that was closed before; late usage of earlier
    periods is what came since.
    """

    epoch: int
    after_epoch: int
    frozen_at: Instant
    sha256: bytes
    records: int
    gross_minor_micros: tuple[tuple[str, int], ...]
    early: bool


@dataclass(frozen=True, slots=True)
class Run:
    """A period being settled. `revision` counts how often it was begun anew after having been closed."""

    period: Period
    revision: int
    state: RunState
    input: RunInput | None = None
    calculated_at: Instant | None = None
    ledger_cutoff: int = 0
    """Ledger entries up to this number are in the statements' opening lines."""
    closed_at: Instant | None = None

    @property
    def run_id(self) -> str:
        """The period's name."""
        return self.period.name

    def stepped(self, step: Step) -> Run | None:
        """The run after a step; None where the table has no such move."""
        state = TRANSITIONS.get((self.state, step))
        if state is None:
            return None
        if step is not Step.REOPEN:
            return replace(self, state=state)
        revision = self.revision + (self.state is RunState.CLOSED)
        return Run(self.period, revision, state)


def new_run(period: Period) -> Run:
    """A run that nobody has touched yet."""
    return Run(period, 1, RunState.OPEN)
