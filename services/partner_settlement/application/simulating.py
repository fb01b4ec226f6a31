"""What a period would pay under proposed agreements, beside what those in force would. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from services.common.kernel.clock import Instant
from services.partner_settlement.application.agreement_ports import SimulatedShare, Simulation
from services.partner_settlement.application.books import Books
from services.partner_settlement.domain.agreements import Agreement, RecipientKind
from services.partner_settlement.domain.book import AgreementBook
from services.partner_settlement.domain.calculation import calculate
from services.partner_settlement.domain.periods import Period, day_of, period_of
from services.partner_settlement.domain.records import InputRow

_Key = tuple[str, str, str, str]


def simulate(
    books: Books, proposed: Sequence[Agreement], period: Period | None, now: Instant, time_zone: str
) -> Simulation:
    """Settles what was accrued, each agreement by both versions.

    `period` None: the last one that is over, of each kind that a proposed agreement is settled by.
    """
    epoch, _ = books.present_input()
    book = books.agreement_book()
    shares: list[SimulatedShare] = []
    records = 0
    for home in _homes(proposed, period, now, time_zone):
        rows = books.rows(home.first, home.end, epoch)
        records += sum(row.records for row in rows)
        new = _sums(home, _in_force(proposed, home), rows)
        old = _sums(home, _named(book, proposed, home), rows)
        shares += [
            SimulatedShare(*key, new.get(key, 0), old.get(key, 0)) for key in sorted(new.keys() | old.keys())
        ]
    return Simulation(tuple(shares), records)


def _homes(
    proposed: Sequence[Agreement], period: Period | None, now: Instant, time_zone: str
) -> Sequence[Period]:
    if period is not None:
        return [period]
    today = day_of(now, time_zone)
    kinds = sorted({agreement.period for agreement in proposed}, key=lambda kind: kind.value)
    return [period_of(today, kind).previous() for kind in kinds]


def _in_force(proposed: Sequence[Agreement], home: Period) -> Iterable[Agreement]:
    """Proposed agreements that would settle the period, whatever day they begin on: that is the question."""
    return [agreement for agreement in proposed if agreement.period is home.kind]


def _named(book: AgreementBook, proposed: Sequence[Agreement], home: Period) -> Iterable[Agreement]:
    codes = {agreement.code for agreement in proposed}
    return [agreement for agreement in book.in_force(home) if agreement.code in codes]


def _sums(home: Period, agreements: Iterable[Agreement], rows: Sequence[InputRow]) -> dict[_Key, int]:
    """Minor units by agreement, party ('': the operator), period and currency."""
    sums: dict[_Key, int] = {}
    for share in calculate(home, agreements, rows).shares:
        recipient = share.key.recipient
        if recipient.kind is not RecipientKind.BEAR:
            key = (share.key.agreement_code, recipient.party, home.name, share.key.currency_code)
            sums[key] = sums.get(key, 0) + share.share_minor
    return sums
