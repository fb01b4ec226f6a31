"""Reports as protobuf messages."""

from __future__ import annotations

from collections.abc import Sequence

from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.partner_settlement.v1 import report_api_pb2 as api
from tidemark.partner_settlement.v1 import statement_pb2

from services.common.kernel.clock import Instant
from services.partner_settlement.adapters.agreement_enums import RECORD_KIND
from services.partner_settlement.application.report_ports import CountedRecord
from services.partner_settlement.domain.agreements import RecordKind
from services.partner_settlement.domain.documents import DocumentFormat

DOCUMENT_FORMATS = {
    api.DOCUMENT_FORMAT_CSV: DocumentFormat.CSV,
    api.DOCUMENT_FORMAT_PARQUET: DocumentFormat.PARQUET,
    api.DOCUMENT_FORMAT_PDF: DocumentFormat.PDF,
}


def summary_message(statement: statement_pb2.Statement) -> api.StatementSummary:
    """A statement without its lines."""
    return api.StatementSummary(
        header=statement.header, totals=statement.totals, line_count=len(statement.lines)
    )


def usage_record_messages(counted: Sequence[CountedRecord]) -> list[api.UsageRecord]:
    """Records as they were accrued."""
    return [_usage_record(each) for each in counted]


def _usage_record(counted: CountedRecord) -> api.UsageRecord:
    record = counted.record
    product = record.product
    return api.UsageRecord(
        record_id=record.record_id,
        kind=RECORD_KIND[RecordKind(product.kind)],
        refers_to_record_id=record.refers_to,
        partition=record.place[0],
        sequence=record.place[1],
        occurred_at=_stamp(record.occurred_at),
        account_id=record.account_id,
        subscriber_id=record.subscriber_id,
        offering_code=product.offering_code,
        price_code=product.price_code,
        catalog_version=product.catalog_version,
        rating_group=product.rating_group,
        slice=product.slice,
        application=product.application,
        sponsor=product.sponsor,
        unit=product.unit,
        quantity=record.quantity,
        currency_code=product.currency_code,
        gross_minor_micros=record.gross_minor_micros,
        tax_minor_micros=record.tax_minor_micros,
        line_number=counted.line_number,
        home_period=counted.home_period,
    )


def _stamp(at: Instant) -> Timestamp:
    stamp = Timestamp()
    stamp.FromMicroseconds(at)
    return stamp
