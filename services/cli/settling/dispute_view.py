"""Disputes for people: a row each, or what was said as a conversation."""

from __future__ import annotations

from rich.padding import Padding
from rich.text import Text
from tidemark.partner_settlement.v1 import dispute_api_pb2 as api

from services.cli.output import Output
from services.cli.rendering import show_time
from services.cli.settling.amounts import show_minor

DISPUTE_COLUMNS = (
    "dispute",
    "statement",
    ">line",
    "state",
    ">amount",
    ">claimed",
    ">agreed",
    "raised at",
    ">said",
)

_OPEN_STATES = (api.DISPUTE_STATE_RAISED, api.DISPUTE_STATE_ANSWERED, api.DISPUTE_STATE_ESCALATED)
_DEEDS = {
    api.DISPUTE_STATE_RAISED: "disputes the line",
    api.DISPUTE_STATE_ANSWERED: "answers",
    api.DISPUTE_STATE_ESCALATED: "escalates it",
    api.DISPUTE_STATE_ACCEPTED: "accepts it",
    api.DISPUTE_STATE_REJECTED: "rejects it: the line stands",
    api.DISPUTE_STATE_WITHDRAWN: "withdraws it",
}


def dispute_row(dispute: api.Dispute) -> tuple[str, ...]:
    """A dispute in one row."""
    code = dispute.currency_code
    return (
        dispute.dispute_id,
        dispute.statement_id,
        str(dispute.line_number),
        _state(dispute.state),
        show_minor(dispute.line_minor, code),
        show_minor(dispute.claimed_minor, code),
        show_minor(dispute.agreed_minor, code) if _is_accepted(dispute) else "",
        show_time(dispute.raised_at),
        str(len(dispute.trail)),
    )


def show_dispute(output: Output, dispute: api.Dispute) -> None:
    """What it is about and where it stands, then who said what, oldest first."""
    if output.as_json:
        return
    code = dispute.currency_code
    output.line(
        f"{dispute.dispute_id}: line {dispute.line_number} of {dispute.statement_id}, {_state(dispute.state)}"
    )
    facts = [
        f"the line is {show_minor(dispute.line_minor, code)}",
        f"claimed {show_minor(dispute.claimed_minor, code)}",
    ]
    if _is_accepted(dispute):
        facts.append(f"agreed {show_minor(dispute.agreed_minor, code)}")
    if dispute.state in _OPEN_STATES:
        facts.append("held back from what is paid until it is decided")
    output.line(", ".join(facts))
    _show_conversation(output, dispute)


def _show_conversation(output: Output, dispute: api.Dispute) -> None:
    console = output.console()
    before = 0
    for message in dispute.trail:
        # An answer to what was escalated leaves it escalated; only the first of a row is the escalation.
        is_answer = message.state == before == api.DISPUTE_STATE_ESCALATED
        deed = _DEEDS.get(api.DISPUTE_STATE_ANSWERED if is_answer else message.state, _state(message.state))
        before = message.state
        line = Text(show_time(message.at), style="dim")
        line.append(f"  {message.actor} ", style="bold").append(deed, style="not bold")
        console.print(line)
        console.print(Padding(Text(message.text), (0, 0, 0, 4), expand=False))


def _is_accepted(dispute: api.Dispute) -> bool:
    return dispute.state == api.DISPUTE_STATE_ACCEPTED


def _state(state: int) -> str:
    name = api.DisputeState.Name(api.DisputeState.ValueType(state))
    return name.removeprefix("DISPUTE_STATE_").lower()
