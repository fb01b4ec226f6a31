"""Fulfils `Directory`: what is mirrored, from what is at hand or from the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlmodel import Session

from services.common.kernel.clock import Instant
from services.common.runtime.database import Database
from services.notification.adapters.mirror.account_rows import currencies, load_accounts, load_subscribers
from services.notification.adapters.mirror.charge_reading import bills_of, lines_of, slices_of
from services.notification.adapters.mirror.hand import AtHand, Kept
from services.notification.adapters.mirror.journal import balances_of
from services.notification.adapters.mirror.rows import Rows
from services.notification.application.ports import Balances, Bill, ChargeLine, UsageSlice
from services.notification.domain.customers import Customer, Present
from services.notification.domain.facts import Recipient
from services.notification.domain.mirror.accounts import (
    Account,
    bucket_of,
    customer_of,
    in_order,
    left_in,
    money_in,
)
from services.notification.domain.mirror.telling import counter_key

_POSITION = (
    "SELECT position.sequence, position.at FROM mirror_position position"
    " JOIN mirrored_account account ON account.partition = position.partition WHERE account.account_id = ?"
)
_COUNTERS = "SELECT counter, period, value FROM counter_value WHERE owner_id IN (?, ?)"
_ANSWERED = "SELECT offer FROM answered_offer WHERE subscriber_id = ?"


class StoredCustomers:
    """Fulfils `CustomersWithin`."""

    def customers(self, session: Session, subscriber_ids: Sequence[str]) -> Mapping[str, Customer]:
        """As `CustomersWithin.customers`."""
        rows = Rows(session)
        found = load_subscribers(rows, subscriber_ids)
        codes = currencies(rows, {account_id for account_id, _ in found.values()})
        return {
            key: customer_of(account_id, codes.get(account_id, ""), subscriber)
            for key, (account_id, subscriber) in found.items()
        }


class SqlDirectory:
    """Fulfils `Directory`. Balances are of the newest record of the account's partition that is in."""

    def __init__(self, database: Database, hand: AtHand) -> None:
        self._database = database
        self._hand = hand
        self._customers = StoredCustomers()

    async def customer(self, subscriber_id: str) -> Customer | None:
        """As `Directory.customer`."""
        found = await self._database.run(lambda session: self._customers.customers(session, [subscriber_id]))
        return found.get(subscriber_id)

    async def account_of(self, subscriber_id: str) -> str | None:
        """As `Directory.account_of`."""
        return await self._database.run(lambda session: _account_of(Rows(session), subscriber_id))

    async def subscribers_of(self, account_id: str) -> Sequence[str]:
        """As `Directory.subscribers_of`."""
        kept = await self._kept(account_id)
        if kept is None:
            return ()
        return [each.subscriber_id for each in in_order(kept.account.subscribers.values())]

    async def balances(self, account_id: str) -> Balances | None:
        """As `Directory.balances`."""
        kept = await self._kept(account_id)
        return balances_of(kept) if kept is not None else None

    async def present(self, recipient: Recipient) -> Present:
        """As `Directory.present`; of partners and the operator nothing is mirrored."""
        subscriber_id = recipient.subscriber_id
        if not subscriber_id:
            return Present()
        return await self._database.run(lambda session: _present(Rows(session), subscriber_id))

    async def charges(
        self, account_id: str, subscriber_id: str = "", before: Instant | None = None, limit: int = 20
    ) -> Sequence[ChargeLine]:
        """As `Directory.charges`; nothing of a subscriber who is not on the account."""
        return await self._database.run(
            lambda session: lines_of(Rows(session), account_id, subscriber_id, before, limit)
        )

    async def bills(self, account_id: str) -> Sequence[Bill]:
        """As `Directory.bills`."""
        return await self._database.run(lambda session: bills_of(Rows(session), account_id))

    async def usage(self, subscriber_id: str, since: Instant, slice_minutes: int) -> Sequence[UsageSlice]:
        """As `Directory.usage`; slices are counted from `since`. Raises ValueError for those of no length."""
        if slice_minutes <= 0:
            raise ValueError(f"a slice of {slice_minutes} minutes has no length")
        return await self._database.run(
            lambda session: slices_of(Rows(session), subscriber_id, since, slice_minutes)
        )

    async def _kept(self, account_id: str) -> Kept | None:
        kept = self._hand.find(account_id)
        if kept is not None:
            return kept
        return await self._database.run(lambda session: _kept(Rows(session), account_id))


def _account_of(rows: Rows, subscriber_id: str) -> str | None:
    found = rows.all("SELECT account_id FROM mirrored_subscriber WHERE subscriber_id = ?", (subscriber_id,))
    return str(found[0][0]) if found else None


def _kept(rows: Rows, account_id: str) -> Kept | None:
    # The position first: what is read after it is of it or of a later record.
    position = rows.all(_POSITION, (account_id,))
    account = load_accounts(rows, [account_id]).get(account_id)
    if account is None or not position:
        return None
    sequence, at = position[0]
    return Kept(account, sequence, at)


def _present(rows: Rows, subscriber_id: str) -> Present:
    account_id = _account_of(rows, subscriber_id)
    account = load_accounts(rows, [account_id]).get(account_id) if account_id else None
    if account is None:
        return Present()
    held = [each for each in account.buckets.values() if each.open_to(subscriber_id)]
    return Present(
        money_in(held),
        {each.bucket_id: bucket_of(account.account_id, each) for each in held},
        _counters(rows, account, subscriber_id),
        frozenset(row[0] for row in rows.all(_ANSWERED, (subscriber_id,))),
        left_in(held),
    )


def _counters(rows: Rows, account: Account, subscriber_id: str) -> dict[str, int]:
    found = rows.all(_COUNTERS, (subscriber_id, account.account_id))
    return {counter_key(counter, period): value for counter, period, value in found}
