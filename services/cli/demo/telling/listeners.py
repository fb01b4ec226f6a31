"""Who is told: customers of the demo who have a line of their own, with a webhook and a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.cli.demo.audit.expected import Books
from services.cli.demo.inputs import DemoInputs
from services.cli.demo.telling.by_hand import ASKS, DUE, LOW_CAPTURE, LOW_MONEY, Due
from services.cli.replay.identity import Run
from services.cli.replay.subscribers import AccountPlan, SubscriberPlan

_LOW_PLAN = "prepaid-data"
_MOST = 3
_LANGUAGE = "en"


@dataclass(frozen=True, slots=True)
class Listener:
    """A customer. `due` None: nobody worked out what they are told."""

    capture: str
    account_id: str
    language: str
    due: Due | None = None

    @property
    def path(self) -> str:
        """Of their webhook."""
        return f"/alerts/{self.account_id}"


def low_plan(run: Run) -> tuple[Run, AccountPlan]:
    """The account of the demo's own files whose money runs low: its run, and its plan."""
    low = Run(f"{run.name}-low", run.start_at)
    subscriber = SubscriberPlan(LOW_CAPTURE, (_LOW_PLAN,))
    return low, AccountPlan(low.account_id(LOW_CAPTURE), (subscriber,), LOW_MONEY)


def listeners_of(inputs: DemoInputs) -> Sequence[Listener]:
    """Those worked out by hand; of other files, those alone on an account who are charged most."""
    if inputs.is_own:
        return [_by_hand(inputs, capture, due) for capture, due in DUE.items()]
    alone = [plan for plan in inputs.accounts if len(plan.captures) == 1]
    dearest = sorted(alone, key=lambda plan: -charged(inputs.expected, plan.account_id))[:_MOST]
    return [Listener(plan.subscribers[0].capture, plan.account_id, _LANGUAGE) for plan in dearest]


def asks(inputs: DemoInputs) -> Listener | None:
    """Who asks why they were charged, and whose page is shown; None: nobody who listens is charged."""
    listeners = listeners_of(inputs)
    if inputs.is_own:
        return next(one for one in listeners if one.capture == ASKS)
    return next((one for one in listeners if charged(inputs.expected, one.account_id)), None)


def _by_hand(inputs: DemoInputs, capture: str, due: Due) -> Listener:
    if capture == LOW_CAPTURE:
        return Listener(capture, low_plan(inputs.run)[1].account_id, due.language, due)
    (plan,) = (plan for plan in inputs.accounts if plan.captures == {capture})
    return Listener(capture, plan.account_id, due.language, due)


def charged(books: Books, account_id: str) -> int:
    """Money that an account is charged, in minor_micros."""
    return sum(
        charge.amount_minor_micros for key, charge in books.charges.items() if key.account_id == account_id
    )
