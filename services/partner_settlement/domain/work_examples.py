"""Worked examples: settlement computes each, and what differs is a finding."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from services.partner_settlement.domain.agreement_document import (
    AgreementDocument,
    ExampleRecord,
    WorkedExample,
)
from services.partner_settlement.domain.agreements import Agreement, RecipientKind, RecordKind
from services.partner_settlement.domain.book import AgreementBook
from services.partner_settlement.domain.calculation import calculate
from services.partner_settlement.domain.findings import Finding, FindingReason, error
from services.partner_settlement.domain.periods import parse_period
from services.partner_settlement.domain.records import InputRow, Product, merged
from services.partner_settlement.domain.shares import Share
from services.partner_settlement.domain.words import amount_words

_CHANGES = (RecordKind.REFUND, RecordKind.CORRECTION)
_SECTIONS = {RecipientKind.PAY: "shares", RecipientKind.BEAR: "borne", RecipientKind.OWE: "owed"}


def work_examples(document: AgreementDocument) -> Iterator[Finding]:
    """Everything that is wrong with the examples of agreements without errors."""
    agreements = document.agreements_by_code()
    for example in document.examples:
        here = f"examples.{example.code}"
        agreement = agreements.get(example.agreement_code)
        if agreement is None:
            yield error(
                FindingReason.AGREEMENT_UNKNOWN,
                f"{here}.agreement",
                f"there is no agreement {example.agreement_code!r} in these files",
            )
        else:
            yield from _work(agreement, example, here)


def _work(agreement: Agreement, example: WorkedExample, here: str) -> Iterator[Finding]:
    unfit = _unfit(agreement, example, here)
    if unfit is not None:
        yield unfit
        return
    period = parse_period(example.period)
    rows = merged(_row(record, example.currency_code) for record in example.records)
    outcome = calculate(period, (agreement,), rows)
    for finding in outcome.findings:
        yield error(FindingReason.EXAMPLE_NOT_SETTLED, f"{here}.records", finding.message)
    of_currency = [share for share in outcome.shares if share.key.currency_code == example.currency_code]
    yield from _differences(example, _sums(of_currency), here)


def _unfit(agreement: Agreement, example: WorkedExample, here: str) -> Finding | None:
    """Why there is nothing to compute."""
    period = parse_period(example.period)
    if AgreementBook({}, (agreement,)).in_force(period) != (agreement,):
        return error(
            FindingReason.EXAMPLE_NOT_IN_FORCE,
            f"{here}.period",
            f"{agreement.code} is settled by the {agreement.period.value}, "
            f"from {agreement.effective_from} on; {example.period} is none of its periods",
        )
    if example.currency_code not in agreement.currency_codes:
        return error(
            FindingReason.CURRENCY_NOT_AGREED,
            f"{here}.currency",
            f"{agreement.code} has {', '.join(agreement.currency_codes)}",
        )
    silent = example.operator_minor is None and not (example.shares or example.borne or example.owed)
    if silent:
        return error(
            FindingReason.EXAMPLE_CHECKS_NOTHING, here, "it expects nothing; add `shares`, `borne` or `owed`"
        )
    return None


def _row(record: ExampleRecord, currency_code: str) -> InputRow:
    charged = record.of or (RecordKind.USAGE if record.kind in _CHANGES else record.kind)
    product = Product(
        kind=record.kind.value,
        origin=charged.value,
        offering_code=record.offering_code,
        price_code=record.price_code,
        catalog_version=0,
        rating_group=record.rating_group,
        slice=record.slice,
        application=record.application,
        sponsor=record.sponsor,
        loyalty_program=record.loyalty_program,
        unit=record.unit,
        currency_code=currency_code,
    )
    return InputRow(
        product,
        record.count,
        record.quantity * record.count,
        record.gross_minor_micros * record.count,
        record.tax_minor_micros * record.count,
    )


def _sums(shares: list[Share]) -> Mapping[RecipientKind, Mapping[str, int]]:
    """Minor units by kind of recipient and party. What a sponsor owes counts as above zero."""
    sums: dict[RecipientKind, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for share in shares:
        to = share.key.recipient
        sums[to.kind][to.party] += -share.share_minor if to.kind is RecipientKind.OWE else share.share_minor
    return sums


def _differences(
    example: WorkedExample, sums: Mapping[RecipientKind, Mapping[str, int]], here: str
) -> Iterator[Finding]:
    expected = {
        RecipientKind.PAY: example.shares,
        RecipientKind.BEAR: example.borne,
        RecipientKind.OWE: example.owed,
    }
    for kind, section in _SECTIONS.items():
        computed = sums.get(kind, {})
        for party in sorted(expected[kind].keys() | computed.keys()):
            yield from _differs(
                expected[kind].get(party, 0), computed.get(party, 0), example, f"{here}.{section}.{party}"
            )
    if example.operator_minor is not None:
        kept = sums.get(RecipientKind.KEEP, {}).get("", 0)
        yield from _differs(example.operator_minor, kept, example, f"{here}.shares.operator")


def _differs(expected: int, computed: int, example: WorkedExample, field: str) -> Iterator[Finding]:
    if expected != computed:
        yield error(
            FindingReason.EXAMPLE_DIFFERS,
            field,
            f"expected {amount_words(expected, example.currency_code)}, computed "
            f"{amount_words(computed, example.currency_code)}; correct the agreement or the example",
        )
