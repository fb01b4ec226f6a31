"""Rows of what partner settlement answers about agreements."""

from __future__ import annotations

from tidemark.partner_settlement.v1 import agreement_api_pb2 as api

from services.cli.rendering import show_time
from services.common.kernel.money import MICROS_PER_MINOR_UNIT, Money, currency

CHANGE_COLUMNS = ("", "what", "old", "new")
SIMULATION_COLUMNS = ("agreement", "party", "period", ">in force", ">proposed", ">difference")
VERSION_COLUMNS = ("agreement", ">version", "from", "published at", "by", "sha256")


def change_row(change: api.AgreementChange) -> tuple[str, ...]:
    """One difference."""
    kind = api.AgreementChangeKind.Name(change.kind).removeprefix("AGREEMENT_CHANGE_KIND_").lower()
    return (kind, change.field, change.old_value, change.new_value)


def simulation_row(share: api.SimulatedShare) -> tuple[str, ...]:
    """What a party would get, beside what it gets."""
    of = share.currency_code
    return (
        share.agreement_code,
        share.party_code or "(the operator)",
        share.period,
        _money(share.in_force_minor, of),
        _money(share.proposed_minor, of),
        _money(share.proposed_minor - share.in_force_minor, of),
    )


def version_row(version: api.PublishedAgreement) -> tuple[str, ...]:
    """One published version."""
    return (
        version.agreement_code,
        str(version.version),
        version.effective_from,
        show_time(version.published_at),
        version.published_by,
        version.content_sha256[:12],
    )


def _money(minor: int, currency_code: str) -> str:
    return str(Money(minor * MICROS_PER_MINOR_UNIT, currency(currency_code)))
