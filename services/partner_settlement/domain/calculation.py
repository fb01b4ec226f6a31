"""A home period under the agreements of that time: which term takes which rows, and what comes of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.partner_settlement.domain.agreements import (
    Agreement,
    FixedStep,
    GuaranteeStep,
    Term,
    parties_of,
)
from services.partner_settlement.domain.periods import Period
from services.partner_settlement.domain.records import InputRow, Product, covers
from services.partner_settlement.domain.shares import Pool, Share, pool_of, shares_of
from services.partner_settlement.domain.waterfall import TermResult, settle_term

CURRENCY_NOT_AGREED = "CURRENCY_NOT_AGREED"


@dataclass(frozen=True, slots=True)
class RunFinding:
    """Something that keeps records, or a party, from being settled: reason, sentence, how many records."""

    reason: str
    message: str
    agreement_code: str
    parties: frozenset[str]
    records: int


@dataclass(frozen=True, slots=True)
class Calculation:
    """What a home period comes to. Parties of findings must be parked."""

    shares: tuple[Share, ...]
    pools: tuple[Pool, ...]
    findings: tuple[RunFinding, ...]


def calculate(home: Period, agreements: Iterable[Agreement], rows: Sequence[InputRow]) -> Calculation:
    """Settles a home period as a whole. `agreements`: those in force in it, one version each."""
    shares: list[Share] = []
    pools: list[Pool] = []
    findings: list[RunFinding] = []
    index = _RowIndex(rows)
    for agreement in agreements:
        for term, covered in _by_term(agreement, index):
            findings += _foreign(agreement, covered)
            for currency_code in agreement.currency_codes:
                mine = [row for row in covered if row.product.currency_code == currency_code]
                if not mine and not is_due_anyway(term):
                    continue
                result = settle_term(term, mine, currency_code, f"{agreement.code}/{home.name}")
                shares += shares_of(agreement, home.name, result)
                pools.append(pool_of(agreement, home.name, result))
                findings += _impossible(agreement, result)
    return Calculation(tuple(shares), tuple(pools), tuple(findings))


class _RowIndex:
    """Rows by what most coverage names, so that a thousand agreements do not look at every row."""

    def __init__(self, rows: Sequence[InputRow]) -> None:
        self._rows = rows
        self._by_offering: dict[str, list[InputRow]] = {}
        for row in rows:
            self._by_offering.setdefault(row.product.offering_code, []).append(row)

    def candidates(self, term: Term) -> Sequence[InputRow]:
        """Rows that a term may cover."""
        if not term.covers.offering_codes:
            return self._rows
        return [row for code in sorted(term.covers.offering_codes) for row in self._by_offering.get(code, ())]


def _by_term(agreement: Agreement, index: _RowIndex) -> list[tuple[Term, list[InputRow]]]:
    """Every row goes to the first term that covers it."""
    taken: set[Product] = set()
    found = []
    for term in agreement.terms:
        covered = [
            row
            for row in index.candidates(term)
            if row.product not in taken and covers(term.covers, row.product)
        ]
        taken.update(row.product for row in covered)
        found.append((term, covered))
    return found


def is_due_anyway(term: Term) -> bool:
    """True where a term pays something although nothing was used."""
    return any(isinstance(step, FixedStep | GuaranteeStep) for step in term.waterfall)


def _foreign(agreement: Agreement, rows: Sequence[InputRow]) -> list[RunFinding]:
    """Money in a currency that was never agreed on is nobody's to convert."""
    strangers: dict[str, int] = {}
    for row in rows:
        if row.product.currency_code not in agreement.currency_codes:
            strangers[row.product.currency_code] = strangers.get(row.product.currency_code, 0) + row.records
    return [
        RunFinding(
            CURRENCY_NOT_AGREED,
            f"{records} records are in {code}, which agreement {agreement.code} does not know",
            agreement.code,
            parties_of(agreement),
            records,
        )
        for code, records in sorted(strangers.items())
    ]


def _impossible(agreement: Agreement, result: TermResult) -> list[RunFinding]:
    if not result.impossible:
        return []
    parties = frozenset(cell.recipient.party for cell in result.cells if cell.recipient.party)
    message = (
        f"term {result.term.code} of {agreement.code} has {result.distributable_minor} minor units of "
        f"{result.currency_code} to share"
    )
    records = sum(row.records for row in result.rows)
    return [RunFinding(result.impossible, message, agreement.code, parties, records)]
