"""Two sets of books side by side: every difference, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

from services.cli.demo.audit.expected import AccountState, Books, ChargeKey, ChargeSum


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure that is not what it should be. `where` says whose word is compared with the calculation."""

    where: str
    what: str
    expected: int
    found: int

    def __str__(self) -> str:
        return f"{self.where}: {self.what}: expected {self.expected}, found {self.found}"


def differences(where: str, expected: Books, found: Books) -> list[Difference]:
    """Every difference between two books, accounts first."""
    return [
        *account_differences(where, expected.accounts, found.accounts),
        *charge_differences(where, expected.charges, found.charges),
    ]


def account_differences(
    where: str, expected: Mapping[str, AccountState], found: Mapping[str, AccountState]
) -> Iterator[Difference]:
    """Balances, reservations and open sessions that differ."""
    nothing = AccountState({})
    for account_id in sorted(expected.keys() | found.keys()):
        yield from _differing(
            where, f"accounts {account_id}", int(account_id in expected), int(account_id in found)
        )
        left, right = expected.get(account_id, nothing), found.get(account_id, nothing)
        for name in sorted(left.balances.keys() | right.balances.keys()):
            yield from _differing(
                where, f"{account_id} {name}", left.balances.get(name, 0), right.balances.get(name, 0)
            )
        yield from _differing(where, f"{account_id} reserved", left.reserved, right.reserved)
        yield from _differing(where, f"{account_id} open sessions", left.open_sessions, right.open_sessions)


def charge_differences(
    where: str, expected: Mapping[ChargeKey, ChargeSum], found: Mapping[ChargeKey, ChargeSum]
) -> Iterator[Difference]:
    """Units and money that differ, by session and rating group."""
    nothing = ChargeSum()
    keys = expected.keys() | found.keys()
    for key in sorted(keys, key=lambda key: (key.account_id, key.charging_id, key.rating_group)):
        left, right = expected.get(key, nothing), found.get(key, nothing)
        for figure in fields(ChargeSum):
            what = f"{key.account_id} {key.charging_id} rating group {key.rating_group} {figure.name}"
            yield from _differing(where, what, getattr(left, figure.name), getattr(right, figure.name))


def _differing(where: str, what: str, expected: int, found: int) -> Iterator[Difference]:
    if expected != found:
        yield Difference(where, what, expected, found)
