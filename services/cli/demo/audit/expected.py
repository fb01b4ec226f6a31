"""What an audit expects, and what it finds: the same shape for both, so that they can be compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

MONEY = "money"
"""The balance key of an account's money. Allowances are `owner/offering/allowance`."""


@dataclass(frozen=True, slots=True)
class ChargeKey:
    """One rating group of one session or event."""

    account_id: str
    charging_id: str
    rating_group: int


@dataclass(frozen=True, slots=True)
class ChargeSum:
    """All that was charged under one key. Units as used, as rounded, and from allowances; minor_micros."""

    used_units: int = 0
    rated_units: int = 0
    from_allowances: int = 0
    amount_minor_micros: int = 0

    def __add__(self, other: ChargeSum) -> ChargeSum:
        return ChargeSum(
            self.used_units + other.used_units,
            self.rated_units + other.rated_units,
            self.from_allowances + other.from_allowances,
            self.amount_minor_micros + other.amount_minor_micros,
        )


@dataclass(frozen=True, slots=True)
class AccountState:
    """Balances of one account. An allowance's owner is the capture it belongs to, '' where it is shared."""

    balances: Mapping[str, int]
    reserved: int = 0
    open_sessions: int = 0


@dataclass(frozen=True, slots=True)
class Books:
    """Every account and every charge."""

    accounts: Mapping[str, AccountState]
    charges: Mapping[ChargeKey, ChargeSum]

    @property
    def amount_minor_micros(self) -> int:
        """Money charged altogether."""
        return sum(charge.amount_minor_micros for charge in self.charges.values())


class NotAuditableError(Exception):
    """The inputs hold a case whose outcome depends on how traffic was cut up. The message names it."""
