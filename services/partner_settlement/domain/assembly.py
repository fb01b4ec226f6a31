"""Puts a statement together: lines in order, tax and withholding on them, totals, what is payable.

Tax that a party adds and tax that is withheld are rounded once for each currency of a statement, and
spread over its lines by the rule of the shares.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from services.common.kernel.money import currency
from services.common.kernel.ratio import round_half_even
from services.partner_settlement.domain.agreements import Party, RecipientKind
from services.partner_settlement.domain.apportion import apportion
from services.partner_settlement.domain.documents import StatementState
from services.partner_settlement.domain.ledger import MAX_MINOR
from services.partner_settlement.domain.statements import (
    ExchangeRate,
    Frame,
    Line,
    LineKind,
    OpeningItem,
    SettledShare,
    Statement,
    Total,
)
from services.partner_settlement.domain.waterfall import product_key

ABOVE_MAXIMUM = "ABOVE_MAXIMUM"
EXCHANGE_RATE_MISSING = "EXCHANGE_RATE_MISSING"
AMOUNT_OUT_OF_RANGE = "AMOUNT_OUT_OF_RANGE"

_ORDER = {kind: place for place, kind in enumerate(LineKind)}
_OWED = frozenset({RecipientKind.OWE})
_PAID = frozenset({RecipientKind.PAY})


def assemble(
    frame: Frame,
    party: Party,
    shares: Iterable[SettledShare],
    opening: Iterable[OpeningItem],
    rates: Sequence[ExchangeRate],
    held_minor: Mapping[str, int],
    parked_reason: str = "",
    state: StatementState = StatementState.DRAFT,
) -> Statement:
    """A party's statement. A figure that cannot be parks it; nothing is raised."""
    lines = [_opening_line(item) for item in opening]
    lines += _taxed([_share_line(share) for share in sorted(shares, key=_place)], party)
    exchanged, missing = _exchanged(lines, party, rates)
    reason = parked_reason or missing or _impossible([*lines, *exchanged], party)
    if not reason:  # What is parked is not exchanged either.
        lines += exchanged
    numbered = tuple(replace(line, number=number) for number, line in enumerate(lines, start=1))
    totals = tuple(
        _total(code, numbered, party, held_minor.get(code, 0), parked=bool(reason))
        for code in sorted({line.currency_code for line in numbered})
    )
    shown = StatementState.PARKED if reason and state is not StatementState.ESTIMATE else state
    statement = Statement(frame, party, shown, numbered, totals, reason)
    return statement if shown is StatementState.ESTIMATE else _with_payouts(statement)


def _with_payouts(statement: Statement) -> Statement:
    """Names what is to be paid, either way: `melody/2026-11/1/EUR`, one payout for each currency."""
    totals = tuple(
        replace(total, payout_id=f"{statement.statement_id}/{total.currency_code}")
        if total.payable_minor
        else total
        for total in statement.totals
    )
    return replace(statement, totals=totals)


def _place(settled: SettledShare) -> tuple[str, ...]:
    """Where a line stands: by currency, kind, agreement, term, home period, product, step."""
    key = settled.share.key
    return (
        key.currency_code,
        f"{_ORDER[settled.kind]:02}",
        key.agreement_code,
        key.term_code,
        key.home_period,
        product_key(key.product),
        key.step_code,
        key.recipient.key,
    )


def _opening_line(item: OpeningItem) -> Line:
    return Line(0, item.kind, item.currency_code, item.amount_minor, text=item.text, refers_to=item.refers_to)


def _share_line(settled: SettledShare) -> Line:
    share = settled.share
    borne = share.key.recipient.kind is RecipientKind.BEAR
    return Line(
        0,
        settled.kind,
        share.key.currency_code,
        0 if borne else share.share_minor,
        share=share,
        agreement_reference=settled.agreement_reference,
        share_minor=share.share_minor,
        refers_to=settled.refers_to,
    )


def _taxed(lines: list[Line], party: Party) -> list[Line]:
    """Lines with tax on what is paid and on what is owed, and withholding on what is paid."""
    taxes = [0] * len(lines)
    withheld = [0] * len(lines)
    for code in sorted({line.currency_code for line in lines}):
        for kinds, percent, into in (
            (_PAID, party.tax_percent, taxes),
            (_OWED, party.tax_percent, taxes),
            (_PAID, party.withholding_percent, withheld),
        ):
            _spread_percent(
                lines,
                percent,
                into,
                lambda line, k=kinds, c=code: line.currency_code == c and line.recipient_kind in k,  # type: ignore[misc]
            )
    return [
        replace(line, partner_tax_minor=tax, withholding_minor=kept, net_minor=line.net_minor + tax - kept)
        for line, tax, kept in zip(lines, taxes, withheld, strict=True)
    ]


def _spread_percent(
    lines: Sequence[Line], percent: Fraction, into: list[int], concerns: Callable[[Line], bool]
) -> None:
    """A percentage of some lines together, rounded once, and put on each of them."""
    chosen = [index for index, line in enumerate(lines) if concerns(line)]
    exact = [lines[index].share_minor * percent / 100 for index in chosen]
    total = sum(exact, Fraction(0))
    rounded = round_half_even(total.numerator, total.denominator)
    for index, part in zip(chosen, apportion(rounded, exact, list(map(str, chosen))), strict=True):
        into[index] = part


def _exchanged(lines: Sequence[Line], party: Party, rates: Sequence[ExchangeRate]) -> tuple[list[Line], str]:
    """Pairs of lines that take what there is in other currencies for the one that the party is paid in."""
    wanted = party.payout_currency_code
    found: list[Line] = []
    for code in sorted({line.currency_code for line in lines} - {wanted} if wanted else set()):
        amount = sum(line.net_minor for line in lines if line.currency_code == code)
        if not amount:
            continue
        rate = next((rate for rate in rates if (rate.of, rate.to) == (code, wanted)), None)
        if rate is None:
            return [], EXCHANGE_RATE_MISSING
        found.append(Line(0, LineKind.EXCHANGE, code, -amount, exchange=rate))
        found.append(Line(0, LineKind.EXCHANGE, wanted, converted(amount, rate), exchange=rate))
    return found, ""


def converted(amount_minor: int, rate: ExchangeRate) -> int:
    """Minor units of one currency in those of another, rounded half-even: the one place that converts."""
    digits = currency(rate.to).digits - currency(rate.of).digits
    exact = amount_minor * rate.rate * Fraction(10) ** digits
    return round_half_even(exact.numerator, exact.denominator)


def _impossible(lines: Sequence[Line], party: Party) -> str:
    sums: dict[str, int] = {}
    for line in lines:
        sums[line.currency_code] = sums.get(line.currency_code, 0) + line.net_minor
        if max(abs(line.share_minor), abs(line.net_minor)) > MAX_MINOR:
            return AMOUNT_OUT_OF_RANGE
    for code, amount in sorted(sums.items()):
        if abs(amount) > party.payout_maximums.get(code, MAX_MINOR):
            return ABOVE_MAXIMUM
    return ""


def _total(code: str, lines: Sequence[Line], party: Party, held_minor: int, *, parked: bool) -> Total:
    mine = [line for line in lines if line.currency_code == code]
    net = sum(line.net_minor for line in mine)
    # What was exchanged is owed in the currency that it was exchanged for.
    concerned = lines if code == party.payout_currency_code else mine
    owes = any(line.recipient_kind is RecipientKind.OWE for line in concerned)
    payable = 0 if parked else _payable(net, owes, party.payout_minimums.get(code, 0))
    # Shares of a parked statement wait in suspense; what it began with goes on as it is.
    goes_on = sum(line.net_minor for line in mine if line.share is None) if parked else net - payable
    return Total(
        currency_code=code,
        lines=len(mine),
        share_minor=sum(line.share_minor for line in mine if line.recipient_kind is not RecipientKind.BEAR),
        partner_tax_minor=sum(line.partner_tax_minor for line in mine),
        withholding_minor=sum(line.withholding_minor for line in mine),
        net_minor=net,
        held_minor=held_minor,
        carried_forward_minor=goes_on,
        payable_minor=payable,
    )


def _payable(net: int, owes: bool, minimum: int) -> int:
    """What is paid now: enough of it, or an invoice to who owes; the rest goes on to the next statement."""
    if net > 0:
        return net if net >= minimum else 0
    return net if owes else 0
