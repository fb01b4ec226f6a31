"""Enumerations of agreements in the domain and in the contract, side by side."""

from __future__ import annotations

from tidemark.partner_settlement.v1 import agreement_pb2 as pb

from services.partner_settlement.domain.agreements import (
    BasisKind,
    Funding,
    RecipientKind,
    RecordKind,
    ShareOf,
)
from services.partner_settlement.domain.periods import PeriodKind

PERIOD_KIND = {
    PeriodKind.DAY: pb.PERIOD_KIND_DAY,
    PeriodKind.WEEK: pb.PERIOD_KIND_WEEK,
    PeriodKind.MONTH: pb.PERIOD_KIND_MONTH,
    PeriodKind.QUARTER: pb.PERIOD_KIND_QUARTER,
}
RECORD_KIND = {
    RecordKind.USAGE: pb.RECORD_KIND_USAGE,
    RecordKind.FEE: pb.RECORD_KIND_FEE,
    RecordKind.REFUND: pb.RECORD_KIND_REFUND,
    RecordKind.CORRECTION: pb.RECORD_KIND_CORRECTION,
    RecordKind.REDEMPTION: pb.RECORD_KIND_REDEMPTION,
}
BASIS_KIND = {
    BasisKind.RETAIL: pb.BASIS_KIND_RETAIL,
    BasisKind.NET_OF_TAX: pb.BASIS_KIND_NET_OF_TAX,
    BasisKind.COST: pb.BASIS_KIND_COST,
    BasisKind.HIGHER_OF: pb.BASIS_KIND_HIGHER_OF,
    BasisKind.LOWER_OF: pb.BASIS_KIND_LOWER_OF,
}
FUNDING = {
    Funding.REVENUE: pb.FUNDING_REVENUE,
    Funding.SPONSOR: pb.FUNDING_SPONSOR,
    Funding.OPERATOR: pb.FUNDING_OPERATOR,
}
RECIPIENT_KIND = {
    RecipientKind.PAY: pb.RECIPIENT_KIND_PAY,
    RecipientKind.KEEP: pb.RECIPIENT_KIND_KEEP,
    RecipientKind.BEAR: pb.RECIPIENT_KIND_BEAR,
}
SHARE_OF = {ShareOf.BASIS: pb.SHARE_OF_BASIS, ShareOf.REMAINING: pb.SHARE_OF_REMAINING}

PERIOD_KIND_READ = {message: value for value, message in PERIOD_KIND.items()}
RECORD_KIND_READ = {message: value for value, message in RECORD_KIND.items()}
BASIS_KIND_READ = {message: value for value, message in BASIS_KIND.items()}
FUNDING_READ = {message: value for value, message in FUNDING.items()}
RECIPIENT_KIND_READ = {message: value for value, message in RECIPIENT_KIND.items()}
SHARE_OF_READ = {message: value for value, message in SHARE_OF.items()}
