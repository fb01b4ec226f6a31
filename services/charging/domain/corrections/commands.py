"""Corrections of charges: what a run asks for, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass

MOST_CORRECTIONS = 1_000
"""Most charges that one command corrects: the entry must fit the journal."""


@dataclass(frozen=True, slots=True)
class RepricedCharge:
    """A charge as it was made (`original`), and what it would have been. Amounts in minor_micros."""

    charge_id: str
    subscriber_id: str
    currency_code: str
    original_amount: int
    original_tax: int
    amount: int
    tax: int
    catalog_version: int
    offering_code: str
    price_code: str

    @property
    def differs(self) -> bool:
        """True where it should have been another amount, or have held another tax."""
        return (self.amount, self.tax) != (self.original_amount, self.original_tax)


@dataclass(frozen=True, slots=True)
class CorrectCharges:
    """Brings charges of one account to the amounts they should have had."""

    account_id: str
    run_id: str
    charges: tuple[RepricedCharge, ...]
    reason: str
    actor: str


@dataclass(frozen=True, slots=True)
class Correction:
    """One charge before and after, with the price that it follows now."""

    charge_id: str
    correction_id: str
    currency_code: str
    before: int
    after: int
    price_id: str


@dataclass(frozen=True, slots=True)
class Uncorrected:
    """A charge that stays as it is, or not quite as it should be, and why."""

    charge_id: str
    detail: str


@dataclass(frozen=True, slots=True)
class CorrectionAnswer:
    """What was done to an account's charges; those that were right already are not named."""

    corrections: tuple[Correction, ...]
    uncorrected: tuple[Uncorrected, ...] = ()
