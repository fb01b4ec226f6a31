"""Every cent of the measurements, counted three ways."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AccountSums:
    """One account after the load, in minor_micros.

    `priced` is what the reported units cost by the price list; `answered` what
    charging said it took, answer by answer; `opening`, `remaining` and
    `reserved` are the account's money before and after.
    """

    account_id: str
    priced: int
    answered: int
    opening: int
    remaining: int
    reserved: int


def differences(accounts: Iterable[AccountSums]) -> list[str]:
    """What does not add up, one line for each account at fault; nothing where all is right."""
    found = []
    for account in accounts:
        spent = account.opening - account.remaining
        if not account.priced == account.answered == spent:
            found.append(
                f"{account.account_id}: priced {account.priced}, answered {account.answered}, "
                f"spent {spent} minor_micros"
            )
        elif account.reserved:
            found.append(f"{account.account_id}: {account.reserved} minor_micros are still reserved")
    return found
