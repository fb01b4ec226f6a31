"""Works out a frozen run: shares of its period, differences for earlier ones, statements, entries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from services.common.kernel.money import MICROS_PER_MINOR_UNIT
from services.partner_settlement.application.books import Books, RecordedShare, RunResult
from services.partner_settlement.application.freezing import late_homes
from services.partner_settlement.application.opening import left_over, opening_of
from services.partner_settlement.domain.accrual import Watermark
from services.partner_settlement.domain.agreements import (
    Agreement,
    FixedStep,
    GuaranteeStep,
    Party,
    Recipient,
    RecipientKind,
    RecordKind,
    parties_of,
)
from services.partner_settlement.domain.assembly import assemble
from services.partner_settlement.domain.book import AgreementBook
from services.partner_settlement.domain.calculation import Calculation, RunFinding, calculate
from services.partner_settlement.domain.documents import StatementState
from services.partner_settlement.domain.ledger import Account, AccountKind
from services.partner_settlement.domain.periods import Period, begins_at
from services.partner_settlement.domain.postings import run_entries
from services.partner_settlement.domain.records import InputRow, Product
from services.partner_settlement.domain.runs import Run
from services.partner_settlement.domain.shares import (
    Pool,
    Share,
    ShareKey,
    pool_differences,
    share_differences,
)
from services.partner_settlement.domain.statements import (
    ExchangeRate,
    Frame,
    LineKind,
    LineReference,
    SettledShare,
    Statement,
)

UNKNOWN_ORIGINAL = "UNKNOWN_ORIGINAL"


@dataclass(slots=True)
class Outcome:
    """What the home periods of a run come to, taken together."""

    shares: list[Share] = field(default_factory=list)
    pools: list[Pool] = field(default_factory=list)
    findings: list[RunFinding] = field(default_factory=list)
    settled_before: dict[ShareKey, LineReference] = field(default_factory=dict)
    charged_before: dict[tuple[str, Recipient, Product], LineReference] = field(default_factory=dict)
    """The first line of a home period, recipient and product."""
    corrected_homes: set[str] = field(default_factory=set)


def calculate_run(
    books: Books,
    run: Run,
    rates: Sequence[ExchangeRate],
    actor: str,
    operator_name: str,
    time_zone: str,
) -> RunResult:
    """Everything that a frozen run comes to. The same input gives the same result."""
    assert run.input is not None
    book = books.agreement_book()
    late = late_homes(books, run.period, run.input.after_epoch, run.input.epoch)
    outcome = settle_homes(books, book, [*late, run.period], run.input.epoch)
    frame = frame_of(books, run, operator_name, time_zone)
    statements = statements_of(books, book, outcome, frame, rates, run.ledger_cutoff)
    return RunResult(
        shares=_drafted(outcome.shares, statements),
        pools=tuple(outcome.pools),
        findings=tuple(outcome.findings),
        statements=tuple(statements),
        entries=tuple(
            run_entries(run.run_id, run.revision, outcome.pools, outcome.shares, statements, actor)
        ),
        rates=tuple(rates),
    )


def settle_homes(books: Books, book: AgreementBook, homes: Iterable[Period], up_to_epoch: int) -> Outcome:
    """Home periods as they are now, less what was settled for them before."""
    outcome = Outcome()
    for home in homes:
        rows = books.rows(home.first, home.end, up_to_epoch)
        now: Calculation = calculate(home, book.in_force(home), rows)
        recorded, pools = books.recorded(home.kind, home.name)
        shares = share_differences(now.shares, [item.share for item in recorded])
        outcome.shares += shares
        outcome.pools += pool_differences(now.pools, pools, shares)
        outcome.findings += [*now.findings, *_orphans(home, rows)]
        settled = _lines_by_key(recorded)
        outcome.settled_before |= settled
        for key, line in settled.items():
            if key.product is not None:
                outcome.charged_before.setdefault((home.name, key.recipient, key.product), line)
        if recorded or pools:
            outcome.corrected_homes.add(home.name)
    return outcome


def statements_of(
    books: Books,
    book: AgreementBook,
    outcome: Outcome,
    frame: Frame,
    rates: Sequence[ExchangeRate],
    ledger_cutoff: int,
    state: StatementState = StatementState.DRAFT,
) -> list[Statement]:
    """A statement for every party of an agreement in force, and whoever has a share in an earlier period."""
    by_party: dict[str, list[SettledShare]] = {}
    agreements = _versions(book)
    for share in outcome.shares:
        if share.key.recipient.kind is not RecipientKind.KEEP:
            settled = _settled(share, agreements, outcome, frame.period)
            by_party.setdefault(share.key.recipient.party, []).append(settled)
    for agreement in book.in_force(frame.period):
        for code in parties_of(agreement):
            by_party.setdefault(code, [])
    left = left_over(books, frame.period, ledger_cutoff)
    for code in left:
        by_party.setdefault(code, [])
    parked = _parked(outcome.findings)
    return [
        assemble(
            frame,
            _party(book, code, has_left=code in left),
            by_party[code],
            opening_of(books, code, ledger_cutoff),
            rates,
            _held(books, code),
            parked.get(code, ""),
            state,
        )
        for code in sorted(by_party)
    ]


def _party(book: AgreementBook, code: str, *, has_left: bool) -> Party:
    """A party as it is now; nothing is too little to be paid to one that has left."""
    party = book.parties.get(code, Party(code, code))
    return replace(party, payout_minimums={}) if has_left else party


def frame_of(books: Books, run: Run, operator_name: str, time_zone: str) -> Frame:
    """What all statements of a run share."""
    assert run.input is not None
    before = {mark.partition: mark.sequence for mark in books.watermarks(run.input.after_epoch)}
    return Frame(
        period=run.period,
        revision=run.revision,
        run_id=run.run_id,
        period_from=begins_at(run.period.first, time_zone),
        period_until=begins_at(run.period.end, time_zone),
        frozen_at=run.input.frozen_at,
        record_set_sha256=run.input.sha256,
        record_count=run.input.records,
        early=run.input.early,
        operator_name=operator_name,
        usage_batch=usage_batch(before, books.watermarks(run.input.epoch)),
    )


def usage_batch(before: Mapping[int, int], marks: Iterable[Watermark]) -> str:
    """`0:1-394 1:7-9`: the journal records since the last run, for each partition that has any."""
    return " ".join(
        f"{mark.partition}:{before.get(mark.partition, 0) + 1}-{mark.sequence}"
        for mark in sorted(marks)
        if mark.sequence > before.get(mark.partition, 0)
    )


def _versions(book: AgreementBook) -> dict[tuple[str, int], Agreement]:
    return {(agreement.code, agreement.version): agreement for agreement in book.versions}


def _settled(
    share: Share, agreements: Mapping[tuple[str, int], Agreement], outcome: Outcome, period: Period
) -> SettledShare:
    agreement = agreements[share.key.agreement_code, share.agreement_version]
    late = share.key.home_period != period.name or share.key.home_period in outcome.corrected_homes
    kind = LineKind.ADJUSTMENT if late else _kind(agreement, share)
    return SettledShare(share, kind, agreement.reference, _original(share.key, outcome))


def _original(key: ShareKey, outcome: Outcome) -> LineReference | None:
    """The line that an adjustment is about: its own of before, or that of the charge which is given back.

    What is given back may fall under another term than its charge; then it is the first line that the
    charge brought this recipient.
    """
    known = outcome.settled_before.get(key)
    if known is not None or key.product is None:
        return known
    charge = replace(key.product, kind=key.product.origin)
    same_step = outcome.settled_before.get(replace(key, product=charge))
    return same_step or outcome.charged_before.get((key.home_period, key.recipient, charge))


def _kind(agreement: Agreement, share: Share) -> LineKind:
    if share.key.recipient.kind is RecipientKind.OWE:
        return LineKind.SPONSORED
    if share.key.recipient.kind is RecipientKind.BEAR:
        return LineKind.BORNE
    step = next(
        (
            step
            for term in agreement.terms
            if term.code == share.key.term_code
            for step in term.waterfall
            if step.code == share.key.step_code
        ),
        None,
    )
    if isinstance(step, FixedStep):
        return LineKind.FIXED_FEE
    return LineKind.GUARANTEE if isinstance(step, GuaranteeStep) else LineKind.SHARE


def _parked(findings: Iterable[RunFinding]) -> dict[str, str]:
    """The first reason for each party; a finding without parties parks nobody."""
    parked: dict[str, str] = {}
    for finding in findings:
        for party in finding.parties:
            parked.setdefault(party, finding.reason)
    return parked


def _orphans(home: Period, rows: Sequence[InputRow]) -> list[RunFinding]:
    """Refunds and corrections of charges that were never seen: nobody's share can be found."""
    strangers = [
        row for row in rows if row.product.origin in (RecordKind.REFUND.value, RecordKind.CORRECTION.value)
    ]
    if not strangers:
        return []
    records = sum(row.records for row in strangers)
    amount = sum(row.gross_minor_micros for row in strangers) // MICROS_PER_MINOR_UNIT
    message = (
        f"{records} refunds or corrections in {home.name} are of charges never seen ({amount} minor units)"
    )
    return [RunFinding(UNKNOWN_ORIGINAL, message, "", frozenset(), records)]


def _lines_by_key(recorded: Iterable[RecordedShare]) -> dict[ShareKey, LineReference]:
    return {item.share.key: item.line for item in recorded if item.line is not None}


def _held(books: Books, party: str) -> dict[str, int]:
    balance = books.balance(Account(AccountKind.PARTNER_HELD, party))
    return {code: -amount for code, amount in balance.items() if amount}


def _drafted(shares: Iterable[Share], statements: Iterable[Statement]) -> tuple[RecordedShare, ...]:
    """Shares with the lines they stand on."""
    lines = {
        line.share.key: LineReference(statement.statement_id, line.number)
        for statement in statements
        for line in statement.lines
        if line.share is not None
    }
    return tuple(RecordedShare(share, lines.get(share.key)) for share in shares)
