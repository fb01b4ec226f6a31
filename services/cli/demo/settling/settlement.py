"""The demo's last act: a week is settled with the partners, and every sum stands beside what it must be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tidemark.partner_settlement.v1 import report_api_pb2, settlement_api_pb2

from services.cli.demo.settling.by_hand import Due
from services.cli.demo.settling.desk import SettlementDesk
from services.cli.demo.show import Show
from services.cli.settling.amounts import show_minor
from services.cli.settling.run_view import state_name


@dataclass(frozen=True, slots=True)
class PartnerSum:
    """What a partner's statement adds up to; `expected` is None where nobody worked it out."""

    party: str
    name: str
    roles: str
    statement_id: str
    lines: int
    found: Due
    expected: Due | None

    @property
    def good(self) -> bool:
        """True where nothing else was expected."""
        return self.expected in (None, self.found)

    def document(self) -> dict[str, Any]:
        """As plain data."""
        expected = self.expected
        return {
            "party": self.party,
            "lines": self.lines,
            "net": self.found.net,
            "payable": self.found.payable,
            "expected_net": expected.net if expected else None,
            "expected_payable": expected.payable if expected else None,
        }


@dataclass(frozen=True, slots=True)
class Settlement:
    """A closed week: each partner's sum, what the ledger's verifier says, and the documents that were pulled.

    `documents`: a PDF for each statement that has lines, by its id.
    """

    period: str
    records: int
    to_pay: str
    to_get: str
    partners: tuple[PartnerSum, ...]
    parked: int
    ledger_entries: int
    ledger_differences: tuple[str, ...]
    documents: Mapping[str, Path]

    @property
    def good(self) -> bool:
        """True where each sum is what it must be, nobody is parked and the ledger has no difference."""
        return self.sums_good and not self.ledger_differences

    @property
    def sums_good(self) -> bool:
        """True where each sum is what it must be, and nobody's statement is parked."""
        return not self.parked and all(partner.good for partner in self.partners)

    @property
    def worked_out(self) -> bool:
        """True where the sums were worked out by hand: not for other inputs than the demo's own."""
        return any(partner.expected for partner in self.partners)

    @property
    def longest(self) -> Path | None:
        """The document with the most lines, to open first."""
        by_lines = sorted(self.partners, key=lambda partner: -partner.lines)
        return next((self.documents[one.statement_id] for one in by_lines if one.lines), None)

    def document(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "period": self.period,
            "records": self.records,
            "to_pay": self.to_pay,
            "to_get": self.to_get,
            "partners": [partner.document() for partner in self.partners],
            "parked": self.parked,
            "ledger_entries": self.ledger_entries,
            "ledger_differences": list(self.ledger_differences),
            "documents": sorted(path.name for path in self.documents.values()),
        }


async def settle_weeks(
    desk: SettlementDesk,
    weeks: Sequence[str],
    heads: Mapping[int, int],
    expected: Mapping[str, Due],
    folder: Path,
    show: Show,
) -> Settlement:
    """Settles weeks, the last of which is told, once charging's journal is in up to `heads`.

    Writes a PDF for each of its statements that has lines. Raises WitnessSilentError, CommandFailedError,
    AioRpcError.
    """
    await desk.followed(heads)
    followed = ", ".join(f"record {sequence}" for _, sequence in sorted(heads.items()))
    show.step(f"   charging's journal is in up to {followed}")
    run = settlement_api_pb2.Run()
    for week in weeks:
        taken: list[settlement_api_pb2.Run] = []
        run = await desk.settle(week, taken.append)
        show.step(f"   {week}: {_path(taken)}")
    summaries = await desk.statements(run)
    ledger = await desk.verify_ledger()
    with_lines = [summary.header.statement_id for summary in summaries if summary.line_count]
    documents = await desk.pull(with_lines, folder)
    return Settlement(
        period=run.period,
        records=run.record_count,
        to_pay=_altogether(run, 1),
        to_get=_altogether(run, -1),
        partners=_sums(summaries, expected),
        parked=sum(statement.parked for statement in run.statements),
        ledger_entries=ledger.entries,
        ledger_differences=tuple(ledger.differences),
        documents=dict(zip(with_lines, documents, strict=True)),
    )


def _path(taken: Sequence[settlement_api_pb2.Run]) -> str:
    """`frozen (473 records), calculated (10 statements), approved, closed`.

    What the records came to is left out: it holds fees by the calendar, which no partner has a share in.
    """
    words = []
    for run in taken[1:]:
        told = state_name(run.state)
        if run.state == settlement_api_pb2.RUN_STATE_FROZEN:
            told += f" ({run.record_count} records)"
        elif run.state == settlement_api_pb2.RUN_STATE_CALCULATED:
            told += f" ({len(run.statements)} statements)"
        words.append(told)
    return ", ".join(words)


def _altogether(run: settlement_api_pb2.Run, sign: int) -> str:
    """All that is payable of one sign, without it: `464.26 EUR`."""
    sums: dict[str, int] = {}
    for statement in run.statements:
        for amount in statement.payable:
            of_sign = max(amount.amount_minor * sign, 0)
            sums[amount.currency_code] = sums.get(amount.currency_code, 0) + of_sign
    return ", ".join(show_minor(amount, code) for code, amount in sorted(sums.items()) if amount) or "nothing"


def _sums(
    summaries: Sequence[report_api_pb2.StatementSummary], expected: Mapping[str, Due]
) -> tuple[PartnerSum, ...]:
    """Of each statement, those that were worked out first; one that is missing adds up to nothing."""
    found = {summary.header.party.code: summary for summary in summaries}
    nothing = report_api_pb2.StatementSummary()
    return tuple(
        _sum(party, found.get(party, nothing), expected.get(party)) for party in {**expected, **found}
    )


def _sum(party: str, summary: report_api_pb2.StatementSummary, expected: Due | None) -> PartnerSum:
    totals = summary.totals
    header = summary.header
    return PartnerSum(
        party=party,
        name=header.party.name,
        roles=", ".join(header.party.roles),
        statement_id=header.statement_id,
        lines=summary.line_count,
        found=Due(
            ", ".join(show_minor(total.net_minor, total.currency_code) for total in totals) or "nothing",
            ", ".join(show_minor(total.payable_minor, total.currency_code) for total in totals) or "nothing",
        ),
        expected=expected,
    )
