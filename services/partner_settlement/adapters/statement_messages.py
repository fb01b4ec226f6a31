"""Statements as protobuf messages: their canonical content, as it is kept, streamed and rendered."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from fractions import Fraction

from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.partner_settlement.v1 import agreement_pb2, statement_pb2

from services.common.kernel.clock import Instant
from services.common.kernel.money import MICROS_PER_MINOR_UNIT
from services.common.kernel.ratio import round_half_even
from services.partner_settlement.adapters.agreement_messages import party_message
from services.partner_settlement.domain.agreements import RecipientKind
from services.partner_settlement.domain.apportion import REMAINDER_RULE
from services.partner_settlement.domain.documents import StatementState
from services.partner_settlement.domain.postings import party_account
from services.partner_settlement.domain.statements import Line, LineKind, Statement, Total
from services.partner_settlement.domain.words import decimal_words

_LINE_KINDS = {kind: getattr(statement_pb2, f"LINE_KIND_{kind.name}") for kind in LineKind}
_STATES = {state: getattr(statement_pb2, f"STATEMENT_STATE_{state.name}") for state in StatementState}
_RECORD_KINDS = {
    "usage": agreement_pb2.RECORD_KIND_USAGE,
    "fee": agreement_pb2.RECORD_KIND_FEE,
    "refund": agreement_pb2.RECORD_KIND_REFUND,
    "correction": agreement_pb2.RECORD_KIND_CORRECTION,
    "redemption": agreement_pb2.RECORD_KIND_REDEMPTION,
}


def statement_message(statement: Statement) -> statement_pb2.Statement:
    """The whole statement, its footer included."""
    message = statement_pb2.Statement()
    _set_header(message.header, statement)
    for line in statement.lines:
        _set_line(message.lines.add(), line, statement)
    for total in statement.totals:
        _set_total(message.totals.add(), total)
    return sealed(message)


def sealed(message: statement_pb2.Statement) -> statement_pb2.Statement:
    """The message with a footer that fits it: how many lines, and the digest of everything above."""
    message.ClearField("footer")
    digest = hashlib.sha256(message.SerializeToString(deterministic=True)).digest()
    message.footer.line_count = len(message.lines)
    message.footer.content_sha256 = digest
    return message


def state_number(state: StatementState) -> statement_pb2.StatementState.ValueType:
    """A state on the wire."""
    number: statement_pb2.StatementState.ValueType = _STATES[state]
    return number


def totals_of(messages: Iterable[statement_pb2.StatementTotal]) -> tuple[Total, ...]:
    """Totals as they were kept."""
    return tuple(
        Total(
            currency_code=item.currency_code,
            lines=item.lines,
            share_minor=item.share_minor,
            partner_tax_minor=item.partner_tax_minor,
            withholding_minor=item.withholding_minor,
            net_minor=item.net_minor,
            held_minor=item.held_minor,
            carried_forward_minor=item.carried_forward_minor,
            payable_minor=item.payable_minor,
            payout_id=item.payout_id,
        )
        for item in messages
    )


def stamp(at: Instant) -> Timestamp:
    """An instant on the wire."""
    message = Timestamp()
    message.FromMicroseconds(at)
    return message


def _set_header(header: statement_pb2.StatementHeader, statement: Statement) -> None:
    frame = statement.frame
    header.statement_id = statement.statement_id
    header.state = state_number(statement.state)
    header.party.CopyFrom(party_message(statement.party))
    header.period = frame.period.name
    header.revision = frame.revision
    header.run_id = frame.run_id
    header.sequence_number = statement.sequence_number
    header.period_from.CopyFrom(stamp(frame.period_from))
    header.period_until.CopyFrom(stamp(frame.period_until))
    header.frozen_at.CopyFrom(stamp(frame.frozen_at))
    header.record_set_sha256 = frame.record_set_sha256
    header.record_count = frame.record_count
    header.early = frame.early
    header.parked_reason = statement.parked_reason
    header.remainder_rule = REMAINDER_RULE
    header.operator_name = frame.operator_name
    if statement.closed_at is not None:
        header.closed_at.CopyFrom(stamp(statement.closed_at))


def _set_line(message: statement_pb2.StatementLine, line: Line, statement: Statement) -> None:
    message.number = line.number
    message.kind = _LINE_KINDS[line.kind]
    message.currency_code = line.currency_code
    message.share_minor = line.share_minor
    message.partner_tax_minor = line.partner_tax_minor
    message.withholding_minor = line.withholding_minor
    message.net_minor = line.net_minor
    message.text = line.text
    message.estimated = statement.state is StatementState.ESTIMATE
    if line.recipient_kind is not RecipientKind.BEAR:
        parked = {statement.party.code} if statement.parked_reason else set()
        message.ledger_account = party_account(statement.party.code, line.recipient_kind, parked).code
    if line.refers_to is not None:
        message.refers_to_statement_id = line.refers_to.statement_id
        message.refers_to_line = line.refers_to.line_number
    if line.exchange is not None:
        message.exchange_rate = decimal_words(line.exchange.rate)
        message.exchange_date = line.exchange.date
    if line.share is not None:
        _set_share(message, line)
        message.usage_batch = statement.frame.usage_batch


def _set_share(message: statement_pb2.StatementLine, line: Line) -> None:
    """Where the amount comes from: agreement, product, and the chain up to the exact share."""
    share = line.share
    assert share is not None
    message.agreement_code = share.key.agreement_code
    message.agreement_version = share.agreement_version
    message.agreement_reference = line.agreement_reference
    message.term_code = share.key.term_code
    message.step_code = share.key.step_code
    message.home_period = share.key.home_period
    message.quantity = share.quantity
    message.records = share.records
    message.gross_minor_micros = share.gross_minor_micros
    message.tax_minor_micros = share.tax_minor_micros
    message.basis_minor_micros = _micros(share.basis)
    message.excluded_minor_micros = _excluded(message)
    message.rate = share.rate
    message.exact_share_minor = str(share.exact)
    message.remainder_minor = decimal_words(share.share_minor - share.exact)
    product = share.key.product
    if product is not None:
        message.record_kind = _RECORD_KINDS[product.kind]
        message.offering_code = product.offering_code
        message.price_code = product.price_code
        message.catalog_version = product.catalog_version
        message.rating_group = product.rating_group
        message.slice = product.slice
        message.application = product.application
        message.sponsor = product.sponsor
        message.unit = product.unit


def _excluded(line: statement_pb2.StatementLine) -> int:
    """What customers paid net of tax and is not in the basis (a lower-of basis, say); 0 where it is more."""
    net = line.gross_minor_micros - line.tax_minor_micros
    left_out = net - line.basis_minor_micros
    return left_out if net > 0 and left_out > 0 else 0


def _micros(minor: Fraction) -> int:
    exact = minor * MICROS_PER_MINOR_UNIT
    return round_half_even(exact.numerator, exact.denominator)


def _set_total(message: statement_pb2.StatementTotal, total: Total) -> None:
    message.currency_code = total.currency_code
    message.lines = total.lines
    message.share_minor = total.share_minor
    message.partner_tax_minor = total.partner_tax_minor
    message.withholding_minor = total.withholding_minor
    message.net_minor = total.net_minor
    message.held_minor = total.held_minor
    message.carried_forward_minor = total.carried_forward_minor
    message.payable_minor = total.payable_minor
    message.payout_id = total.payout_id
