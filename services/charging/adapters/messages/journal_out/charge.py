"""Events that charge: usage and fees."""

from __future__ import annotations

from typing import Any

from tidemark.charging.v1 import charging_data_pb2, journal_pb2

from services.charging.adapters.messages.common import set_instant
from services.charging.adapters.messages.journal_out.circumstances import set_circumstances
from services.charging.domain import events as ev

_UNCHANGED_PERMILLE = 1_000


def usage_charged(message: journal_pb2.Event, event: ev.UsageCharged) -> None:
    """The charged-usage record."""
    charged = message.usage_charged
    charged.charge_id = event.charge_id
    charged.charging_data_ref = event.ref
    charged.account_id = event.account_id
    charged.subscriber_id = event.subscriber_id
    charged.rating_group = event.rating_group
    charged.zone = event.circumstances.zone
    charged.catalog_version = event.catalog_version
    charged.offering_code = event.offering_code
    charged.price_code = event.price_code
    charged.unit = event.unit
    charged.used_units = event.used_units
    charged.rated_units = event.rated_units
    add_debits(charged.debits, event.debits)
    charged.currency_code = event.currency_code
    charged.amount_minor_micros = event.amount
    set_instant(charged.used_from, event.used_from)
    set_instant(charged.used_until, event.used_until)
    charged.overdrawn_minor_micros = event.overdrawn
    charged.nf_name = event.nf_name
    charged.charging_id = event.charging_id
    set_circumstances(charged.circumstances, event.circumstances)
    charged.used_units_before = event.used_units_before
    charged.paid_units_before = event.paid_units_before
    _set_rarer_parts(charged, event)


def _set_rarer_parts(charged: journal_pb2.UsageCharged, event: ev.UsageCharged) -> None:
    """Tax, factor, how it was reported, outcome, peak, partners: most charges have none of them."""
    if event.tax_code or event.tax:
        charged.tax_code = event.tax_code
        charged.tax_minor_micros = event.tax
    if event.factor_permille != _UNCHANGED_PERMILLE:
        charged.factor_permille = event.factor_permille
    if event.offline:
        charged.offline = True
    if event.late:
        charged.late = True
    if event.outcome is not None:
        _set_outcome(charged.outcome, event.outcome)
    if event.concurrency:
        charged.concurrency = event.concurrency
    if event.sponsor_identity:
        charged.sponsor_identity = event.sponsor_identity
    if event.application_service_provider_identity:
        charged.application_service_provider_identity = event.application_service_provider_identity


def _set_outcome(message: charging_data_pb2.OutcomeInformation, outcome: ev.Outcome) -> None:
    message.outcome_id = outcome.outcome_id
    message.evidence_uri = outcome.evidence_uri
    message.evidence_sha256 = outcome.evidence_sha256
    message.provisional = outcome.provisional


def fee_charged(message: journal_pb2.Event, event: ev.FeeCharged) -> None:
    """Charged for having an offering."""
    charged = message.fee_charged
    charged.charge_id = event.charge_id
    charged.account_id = event.account_id
    charged.subscriber_id = event.subscriber_id
    charged.catalog_version = event.catalog_version
    charged.offering_code = event.offering_code
    charged.fee_code = event.fee_code
    charged.currency_code = event.currency_code
    charged.amount_minor_micros = event.amount
    charged.tax_code = event.tax_code
    charged.tax_minor_micros = event.tax
    add_debits(charged.debits, event.debits)
    set_instant(charged.period_from, event.period_from)
    set_instant(charged.period_until, event.period_until)
    charged.overdrawn_minor_micros = event.overdrawn
    charged.part_micros = event.part
    charged.whole_micros = event.whole
    charged.promotion_percent = event.promotion_percent


def add_debits(messages: Any, items: tuple[ev.Debit, ...]) -> None:
    """Appends debits (or credits) to a repeated BucketDebit."""
    for item in items:
        debit = messages.add()
        debit.bucket_id = item.bucket_id
        debit.unit = item.unit
        debit.amount = item.amount
