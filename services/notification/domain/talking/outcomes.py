"""What a tool's outcome means for the conversation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from services.notification.domain.conversations import ProposedAction
from services.notification.domain.talking import meanings
from services.notification.domain.talking.deciding import YES_OR_NO
from services.notification.domain.talking.meanings import REFUSALS_OFFERING_A_PERSON
from services.notification.domain.talking.memory import Memory, Pending
from services.notification.domain.tools import ToolAnswer, ToolOutcome, ToolRefusal

_NEXT: Mapping[str, tuple[str, ...]] = {
    "balance": (meanings.TOP_UP, meanings.EXPLAIN_CHARGE),
    "allowance_left": (meanings.USAGE, meanings.BUY_ADD_ON),
    meanings.USAGE: (meanings.EXPLAIN_CHARGE, "allowance_left"),
    meanings.EXPLAIN_CHARGE: (meanings.DISPUTE, meanings.USAGE),
    "bill": (meanings.EXPLAIN_CHARGE, meanings.USAGE),
    "my_plan": (meanings.CHANGE_PLAN, meanings.OFFERS),
    "suspend_line": ("resume_line",),
}
"""What people ask after that."""
_MONEY_MISSING = frozenset({"MONEY_MISSING", "BALANCE_INSUFFICIENT"})
_SUSPENDED = frozenset({"SUBSCRIBER_BARRED"})
_OFFERS_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Reply:
    """What is said of an outcome: its own text; meanings and texts to be suggested."""

    text: str
    memory: Memory
    labels: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    proposed: ProposedAction | None = None


def reply_to(outcome: ToolOutcome, intent: str, tool: str, memory: Memory) -> Reply:
    """The outcome of a tool that was used for an intent."""
    if isinstance(outcome, ProposedAction):
        pending = Pending(outcome.confirmation_token, outcome.tool, intent)
        kept = replace(memory.with_tried(tool, "proposed"), pending=pending)
        return Reply(outcome.summary, kept, YES_OR_NO, proposed=outcome)
    if isinstance(outcome, ToolRefusal):
        return _refused(outcome, tool, memory)
    return _answered(outcome, intent, tool, memory)


def _answered(outcome: ToolAnswer, intent: str, tool: str, memory: Memory) -> Reply:
    kept = memory.with_tried(tool, "answered")
    if tool != meanings.TOOLS[meanings.OFFERS]:
        return Reply(outcome.text, kept, _NEXT.get(intent, ()))
    offers = _offers(outcome.result.get("offers"))
    kept = replace(
        kept,
        decision_id=str(outcome.result.get("decision_id", "")),
        offers=offers,
        filling=memory.filling if offers else "",
    )
    return Reply(outcome.text, kept, choices=tuple(name for _, name in offers[:_OFFERS_SHOWN]))


def _refused(outcome: ToolRefusal, tool: str, memory: Memory) -> Reply:
    kept = replace(memory, filling="").with_tried(tool, f"refused {outcome.reason}")
    over = REFUSALS_OFFERING_A_PERSON.get(outcome.reason)
    if over is not None:
        return Reply(outcome.text, replace(kept, person=over.topic), YES_OR_NO)
    if outcome.reason in _MONEY_MISSING:
        return Reply(outcome.text, kept, (meanings.TOP_UP, "balance"))
    if outcome.reason in _SUSPENDED:
        return Reply(outcome.text, kept, ("resume_line",))
    return Reply(outcome.text, kept, (meanings.HUMAN,))


def _offers(listed: object) -> tuple[tuple[str, str], ...]:
    """Code and name of each; whatever is no offer is left out."""
    lines: Sequence[object] = listed if isinstance(listed, list) else ()
    return tuple(
        (str(line["offer_code"]), str(line.get("name", "")))
        for line in lines
        if isinstance(line, Mapping) and line.get("offer_code")
    )
