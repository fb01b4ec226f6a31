"""A settlement run for people: how far it is, what it looked at, what each party gets, what comes next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from rich.text import Text
from tidemark.partner_settlement.v1 import report_api_pb2, statement_pb2
from tidemark.partner_settlement.v1 import settlement_api_pb2 as api

from services.cli.output import Output
from services.cli.rendering import show_time, without_empty_columns
from services.cli.settling.amounts import show_amounts, show_minor

STATES = (
    api.RUN_STATE_OPEN,
    api.RUN_STATE_FROZEN,
    api.RUN_STATE_CALCULATED,
    api.RUN_STATE_APPROVED,
    api.RUN_STATE_CLOSED,
    api.RUN_STATE_PAID,
)
"""In the order in which a run goes through them."""

RUN_COLUMNS = ("period", "", "state", ">revision", ">records", ">gross", ">statements", ">parked", "since")
WATERMARK_COLUMNS = (">partition", ">up to record", "its hash")
_STATEMENT_COLUMNS = ("party", "statement", ">net", ">held", ">carried forward", ">payable", "parked")
_FINDING_COLUMNS = ("finding", ">records", "agreement", "what")
_TRANSITION_COLUMNS = ("at", ">revision", "from", "to", "actor", "reason")

_NEXT: Mapping[int, str] = {
    api.RUN_STATE_OPEN: "`tidemark settlement run {period}` settles it",
    api.RUN_STATE_FROZEN: "`tidemark settlement run {period}` calculates it",
    api.RUN_STATE_CALCULATED: "look at the statements; `tidemark settlement run {period} --until closed "
    "--actor NAME` approves and closes it, `tidemark settlement reopen` takes it back",
    api.RUN_STATE_APPROVED: "`tidemark settlement close {period}` makes the statements final",
    api.RUN_STATE_CLOSED: "`tidemark settlement pay {period} --reference REF --actor NAME` records the "
    "payouts, once they are made",
}


def state_name(state: int) -> str:
    """`calculated`."""
    return api.RunState.Name(api.RunState.ValueType(state)).removeprefix("RUN_STATE_").lower()


def progress(state: int) -> Text:
    """`open → frozen → [calculated] → approved → closed → paid`; brackets for those who see no colours."""
    reached = STATES.index(api.RunState.ValueType(state)) if state in STATES else -1
    path = Text()
    for index, step in enumerate(STATES):
        name = state_name(step)
        path.append(" → " if index else "", style="dim")
        if index == reached:
            path.append(f"[{name}]", style="bold green")
        else:
            path.append(name, style="green" if index < reached else "dim")
    return path


def dots(state: int) -> str:
    """The same in six characters: `●●●○○○`."""
    reached = STATES.index(api.RunState.ValueType(state)) + 1 if state in STATES else 0
    return "●" * reached + "○" * (len(STATES) - reached)


def counted(count: int, word: str) -> str:
    """`1 record`, `1,024 records`."""
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


def run_row(run: api.Run) -> tuple[str, ...]:
    """A run in one row."""
    last = run.transitions[-1].at if run.transitions else run.frozen_at
    parked = sum(statement.parked for statement in run.statements)
    return (
        run.period,
        dots(run.state),
        state_name(run.state),
        str(run.revision),
        f"{run.record_count:,}" if run.HasField("frozen_at") else "",
        show_amounts(run.gross_totals),
        str(len(run.statements)) if run.statements else "",
        str(parked) if parked else "",
        show_time(last),
    )


def show_run(output: Output, run: api.Run, summaries: Sequence[report_api_pb2.StatementSummary] = ()) -> None:
    """How far a run is, its input, its statements and findings."""
    if output.as_json:
        return
    output.line(f"{run.period}, revision {run.revision}{_span(run)}")
    output.console().print(progress(run.state))
    if run.HasField("frozen_at"):
        output.line(input_words(run))
    if run.statements:
        output.table("", *without_empty_columns(_STATEMENT_COLUMNS, list(_statement_rows(run, summaries))))
    if run.findings:
        output.table("", *without_empty_columns(_FINDING_COLUMNS, list(_finding_rows(run.findings))))


def input_words(run: api.Run) -> str:
    """What a frozen run looks at: records, gross, until when, and the digest of it all."""
    early = ", early: its period was not over" if run.early else ""
    brought = f"{counted(run.record_count, 'record')}, {show_amounts(run.gross_totals) or 'nothing'} gross"
    return (
        f"input: {brought}, frozen {show_time(run.frozen_at)}{early}\n"
        f"input hash: {run.record_set_sha256.hex()}"
    )


def show_history(output: Output, run: api.Run) -> None:
    """Who did what when, and up to which journal records."""
    rows = list(_transition_rows(run.transitions))
    if rows:
        output.table("", *without_empty_columns(_TRANSITION_COLUMNS, rows))
    if run.watermarks:
        output.table("", WATERMARK_COLUMNS, map(watermark_row, run.watermarks))


def watermark_row(mark: api.Watermark) -> tuple[str, str, str]:
    """How far a partition of the journal is in."""
    return str(mark.partition), str(mark.sequence), mark.journal_hash.hex()


def _span(run: api.Run) -> str:
    if not run.HasField("period_from"):
        return ""
    return f": {show_time(run.period_from)} up to {show_time(run.period_until)}"


def _statement_rows(
    run: api.Run, summaries: Sequence[report_api_pb2.StatementSummary]
) -> Iterator[tuple[str, ...]]:
    """A row for each statement and currency; its totals where they are known, else what is payable."""
    totals = {summary.header.statement_id: summary.totals for summary in summaries}
    for statement in run.statements:
        reason = (statement.parked_reason or "yes") if statement.parked else ""
        head = (statement.party_code, statement.statement_id)
        found = totals.get(statement.statement_id)
        amounts = (
            [_total_cells(total) for total in found]
            if found is not None
            else [("", "", "", show_minor(p.amount_minor, p.currency_code)) for p in statement.payable]
        )
        for cells in amounts or [("", "", "", "nothing")]:
            yield (*head, *cells, reason)


def _total_cells(total: statement_pb2.StatementTotal) -> tuple[str, str, str, str]:
    code = total.currency_code
    return (
        show_minor(total.net_minor, code),
        show_minor(total.held_minor, code) if total.held_minor else "",
        show_minor(total.carried_forward_minor, code) if total.carried_forward_minor else "",
        show_minor(total.payable_minor, code),
    )


def _finding_rows(findings: Iterable[api.RunFinding]) -> Iterator[tuple[str, ...]]:
    for finding in findings:
        records = f"{finding.records:,}" if finding.records else ""
        yield finding.reason, records, finding.agreement_code, finding.message


def _transition_rows(transitions: Iterable[api.RunTransition]) -> Iterator[tuple[str, ...]]:
    for item in transitions:
        before, after = state_name(item.from_state), state_name(item.to_state)
        yield show_time(item.at), str(item.revision), before, after, item.actor, item.reason


def show_advice(output: Output, run: api.Run) -> None:
    """What somebody has to look at, and the step that comes next."""
    parked = [statement.statement_id for statement in run.statements if statement.parked]
    if parked:
        output.line(
            f"{len(parked)} parked: nothing of it is paid until the run is closed and somebody, having "
            f"looked, says `tidemark settlement release {parked[0]} --reason WHY --actor NAME`"
        )
    if run.state in _NEXT:
        output.line(f"next: {_NEXT[run.state].format(period=run.period)}")
