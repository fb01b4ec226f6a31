"""What is charged, and what happens to a charge afterwards."""

from __future__ import annotations

from dataclasses import dataclass

from services.charging.domain.rating.circumstances import Circumstances
from services.common.kernel.clock import Instant


@dataclass(frozen=True, slots=True)
class Debit:
    """Taken from, or given back to, one bucket."""

    bucket_id: str
    unit: str
    amount: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """A result that was delivered, and where the evidence of it is."""

    outcome_id: str
    evidence_uri: str
    evidence_sha256: bytes
    provisional: bool


@dataclass(frozen=True, slots=True)
class UsageCharged:
    """The charged-usage record: one report of one rating group at one price.

    `used_units_before` and `paid_units_before`: where this charge begins within
    the price's scope. `concurrency` names the peak that was charged; '': usage.
    `sponsor_identity` pays for it, `application_service_provider_identity` ran
    the application (TS 32.291 PDUContainerInformation); '': the element named none.
    """

    charge_id: str
    ref: str
    account_id: str
    subscriber_id: str
    rating_group: int
    circumstances: Circumstances
    catalog_version: int
    offering_code: str
    price_code: str
    unit: str
    used_units: int
    rated_units: int
    debits: tuple[Debit, ...]
    currency_code: str
    amount: int
    overdrawn: int
    used_from: Instant
    used_until: Instant
    nf_name: str
    charging_id: str
    tax_code: str = ""
    tax: int = 0
    factor_permille: int = 1_000
    used_units_before: int = 0
    paid_units_before: int = 0
    offline: bool = False
    late: bool = False
    outcome: Outcome | None = None
    concurrency: str = ""
    sponsor_identity: str = ""
    application_service_provider_identity: str = ""


@dataclass(frozen=True, slots=True)
class FeeCharged:
    """Charged (negative: given back) for having an offering, for part/whole of a period (microseconds)."""

    charge_id: str
    account_id: str
    subscriber_id: str
    catalog_version: int
    offering_code: str
    fee_code: str
    currency_code: str
    amount: int
    tax_code: str
    tax: int
    debits: tuple[Debit, ...]
    period_from: Instant
    period_until: Instant
    overdrawn: int
    part: int
    whole: int
    promotion_percent: int


@dataclass(frozen=True, slots=True)
class OutcomeSettled:
    """A provisional outcome is final, or was taken back."""

    charge_id: str
    account_id: str
    subscriber_id: str
    confirmed: bool
    reason: str
    actor: str


@dataclass(frozen=True, slots=True)
class ChargeRefunded:
    """Part or all of a charge was given back; `tax` is contained in the amount."""

    charge_id: str
    refunded_charge_id: str
    account_id: str
    subscriber_id: str
    currency_code: str
    amount: int
    credits: tuple[Debit, ...]
    refunded_total: int
    units_restored: bool
    tax: int = 0
    refunded_total_tax: int = 0


@dataclass(frozen=True, slots=True)
class ChargeCorrected:
    """A signed difference to a charge made earlier, which stays as it is."""

    correction_id: str
    corrected_charge_id: str
    run_id: str
    account_id: str
    subscriber_id: str
    currency_code: str
    amount: int
    tax: int
    debits: tuple[Debit, ...]
    catalog_version: int
    offering_code: str
    price_code: str
    reason: str
    actor: str
    corrected_total: int
    corrected_total_tax: int
