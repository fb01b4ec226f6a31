"""What a replay ends with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.cli.amounts import show_amount
from services.cli.demo.audit.hearing import Verdict
from services.cli.output import Output
from services.cli.replay.identity import Run
from services.cli.replay.player import PlayTotals
from services.common.kernel.clock import iso

_DIFFERENCES_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Played:
    """One replay: what the element counted, and what the audit says of it (None: `why_not_audited`)."""

    run: Run
    totals: PlayTotals
    codes: Mapping[int, str]
    currency_code: str
    verdict: Verdict | None
    why_not_audited: str


def document_of(played: Played) -> dict[str, Any]:
    """The replay as plain data."""
    totals = played.totals
    return {
        "run": played.run.name,
        "start_at": iso(played.run.start_at),
        "rows": totals.rows,
        "pdu_sessions": totals.pdu_sessions,
        "calls": totals.calls,
        "messages": totals.messages,
        "requests": totals.requests,
        "retransmissions": totals.retransmissions,
        "seconds": round(totals.seconds, 3),
        "carried": {played.codes[group]: units for group, units in sorted(totals.carried.items())},
        "blocked": {played.codes[group]: units for group, units in sorted((+totals.blocked).items())},
        "refusals": dict(sorted(totals.refusals.items())),
        "audit": played.verdict.document() if played.verdict else None,
        "not_audited_because": played.why_not_audited,
    }


def print_report(output: Output, played: Played) -> None:
    """The replay for people."""
    totals = played.totals
    rows = [
        (str(group), played.codes[group], str(totals.carried[group]), str(totals.blocked[group] or ""))
        for group in sorted(totals.carried.keys() | totals.blocked.keys())
    ]
    output.table(
        f"run {played.run.name}, from {iso(played.run.start_at)}",
        (">rating group", "code", ">units that flowed", ">blocked"),
        rows,
    )
    output.line(
        f"{totals.rows} rows: {totals.pdu_sessions} PDU sessions, {totals.calls} calls, {totals.messages} "
        f"messages; {totals.requests} requests in {totals.seconds:.1f} s"
    )
    for reason, count in sorted(totals.refusals.items()):
        output.line(f"refused {count} times: {reason}")
    if played.verdict is None:
        output.line(f"not audited: {played.why_not_audited}")
        return
    verdict = played.verdict
    charged = show_amount(verdict.books.amount_minor_micros, played.currency_code)
    chain = "intact" if verdict.chain_intact else "BROKEN"
    output.line(
        f"audit: {verdict.charges} charges on {verdict.accounts} accounts, {charged}, "
        f"{len(verdict.differences)} differences, "
        f"journal chain {chain} over {verdict.journal_records} records"
    )
    for difference in verdict.differences[:_DIFFERENCES_SHOWN]:
        output.line(f"  {difference}")
