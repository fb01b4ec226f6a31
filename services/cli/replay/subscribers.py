"""Who the captures belong to: accounts, their money and what they subscribe to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from services.cli.replay.identity import Run
from services.common.kernel.identifiers import is_account_id, is_code


class SubscriberTableError(ValueError):
    """The table of subscribers cannot be used. The message names the file and the entry."""


@dataclass(frozen=True, slots=True)
class SubscriberPlan:
    """One capture's subscriber: offerings it has, and members chosen from their bundles."""

    capture: str
    offerings: tuple[str, ...]
    chosen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AccountPlan:
    """One account. Amounts are decimals in the catalog's currency, '' for none."""

    account_id: str
    subscribers: tuple[SubscriberPlan, ...]
    opening_balance: str = ""
    credit_limit: str = ""

    @property
    def captures(self) -> frozenset[str]:
        """Captures whose usage this account pays for."""
        return frozenset(subscriber.capture for subscriber in self.subscribers)


def one_account_each(
    run: Run, captures: Sequence[str], offerings: Sequence[str], opening_balance: str
) -> tuple[AccountPlan, ...]:
    """The same offerings and money for every capture, each with an account of its own."""
    return tuple(
        AccountPlan(run.account_id(capture), (SubscriberPlan(capture, tuple(offerings)),), opening_balance)
        for capture in captures
    )


def read_accounts(path: Path, captures: Sequence[str]) -> tuple[AccountPlan, ...]:
    """Reads a table of subscribers in which every capture stands exactly once.

    Raises SubscriberTableError.
    """
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SubscriberTableError(f"{path}: {error.strerror or error}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SubscriberTableError(f"{path}: not YAML: {error}") from error
    entries = document.get("accounts") if isinstance(document, dict) else None
    if not isinstance(entries, dict) or not entries:
        raise SubscriberTableError(f"{path}: `accounts` must be a table of account ids")
    accounts = tuple(_account(path, str(account_id), entry) for account_id, entry in entries.items())
    _check_captures(path, accounts, captures)
    return accounts


def _account(path: Path, account_id: str, entry: Any) -> AccountPlan:
    if not is_account_id(account_id):
        raise SubscriberTableError(f"{path}: {account_id!r} is no account id")
    if not isinstance(entry, dict) or not isinstance(entry.get("subscribers"), dict):
        raise SubscriberTableError(f"{path}: {account_id}: `subscribers` must be a table of captures")
    return AccountPlan(
        account_id=account_id,
        subscribers=tuple(
            _subscriber(path, account_id, str(capture), subscriber)
            for capture, subscriber in entry["subscribers"].items()
        ),
        opening_balance=_amount(path, account_id, entry, "opening_balance"),
        credit_limit=_amount(path, account_id, entry, "credit_limit"),
    )


def _subscriber(path: Path, account_id: str, capture: str, entry: Any) -> SubscriberPlan:
    fields: Mapping[str, Any] = entry if isinstance(entry, dict) else {"offerings": entry}
    offerings, chosen = fields.get("offerings"), fields.get("chosen") or []
    for codes in (offerings, chosen):
        if not isinstance(codes, list) or not all(isinstance(code, str) and is_code(code) for code in codes):
            raise SubscriberTableError(f"{path}: {account_id}: {capture}: offerings must be a list of codes")
    if not offerings:
        raise SubscriberTableError(f"{path}: {account_id}: {capture} has no offering")
    return SubscriberPlan(capture, tuple(offerings), tuple(chosen))


def _amount(path: Path, account_id: str, entry: Mapping[str, Any], name: str) -> str:
    value = entry.get(name, "")
    if not isinstance(value, str):
        raise SubscriberTableError(f'{path}: {account_id}: write {name} in quotes, as in "10.00"')
    return value


def _check_captures(path: Path, accounts: Sequence[AccountPlan], captures: Sequence[str]) -> None:
    named = [subscriber.capture for account in accounts for subscriber in account.subscribers]
    doubled = sorted({capture for capture in named if named.count(capture) > 1})
    if doubled:
        raise SubscriberTableError(f"{path}: more than one subscriber has capture {', '.join(doubled)}")
    missing = [capture for capture in captures if capture not in named]
    if missing:
        raise SubscriberTableError(f"{path}: nobody has capture {', '.join(missing)}")
    unknown = [capture for capture in named if capture not in captures]
    if unknown:
        raise SubscriberTableError(f"{path}: the usage table has no capture {', '.join(unknown)}")
