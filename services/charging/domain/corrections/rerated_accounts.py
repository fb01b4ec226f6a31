"""What a re-rating run has found so far, account by account, while the journal passes by."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field

from services.charging.domain.corrections.commands import Correction, RepricedCharge, Uncorrected
from services.charging.domain.corrections.rerating import NotRepriced, Rerating
from services.charging.domain.events import ChargeCorrected, UsageCharged
from services.charging.domain.tariffs import Tariffs
from services.common.kernel.clock import Instant

MOST_WAITING = 100_000
"""Charges that wait to be corrected at a time, over all accounts; a run needs some 100 MB for so many."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which charges a run looks at: by usage clock, [from, until); empty sets are no restriction."""

    run_id: str
    catalog_version: int
    used_from: Instant
    used_until: Instant
    account_ids: frozenset[str] = frozenset()
    offering_codes: frozenset[str] = frozenset()

    def names(self, account_id: str) -> bool:
        """True for accounts that it looks at."""
        return not self.account_ids or account_id in self.account_ids

    def selects(self, account_id: str, offering_code: str, used_from: Instant) -> bool:
        """True for charges of such usage."""
        return (
            self.used_from <= used_from < self.used_until
            and self.names(account_id)
            and (not self.offering_codes or offering_code in self.offering_codes)
        )


@dataclass(slots=True)
class AccountInWork:
    """An account's charges: how many were seen, which may need a correction, and what the run did before."""

    account_id: str
    charges_seen: int = 0
    waiting: dict[str, RepricedCharge] = field(default_factory=dict)
    uncorrected: list[Uncorrected] = field(default_factory=list)
    done_before: list[Correction] = field(default_factory=list)

    @property
    def size(self) -> int:
        """How many charges it holds in memory."""
        return len(self.waiting) + len(self.uncorrected)


class AccountsInWork:
    """One walk over the journal. Accounts in `finished` were dealt with in an earlier walk."""

    def __init__(
        self, tariffs: Tariffs, version: int, finished: Container[str], most_waiting: int = MOST_WAITING
    ) -> None:
        self.accounts: dict[str, AccountInWork] = {}
        self.deferred: set[str] = set()
        self._rerating = Rerating(tariffs, version)
        self._finished = finished
        self._most_waiting = most_waiting
        self._waiting = 0

    def charge(self, charge: UsageCharged, time_zone: str, corrected: bool) -> None:
        """Prices a charge anew. `corrected`: it has corrections, so it may need one though it was right."""
        if charge.account_id in self._finished or charge.account_id in self.deferred:
            return
        account = self.accounts.setdefault(charge.account_id, AccountInWork(charge.account_id))
        account.charges_seen += 1
        before = account.size
        repriced = self._rerating.reprice(charge, time_zone)
        if isinstance(repriced, NotRepriced):
            account.uncorrected.append(Uncorrected(repriced.charge_id, repriced.detail))
        elif corrected or repriced.differs:
            account.waiting[charge.charge_id] = repriced
        self._waiting += account.size - before
        if self._waiting > self._most_waiting and len(self.accounts) > 1:
            self._defer_youngest()

    def correction(self, event: ChargeCorrected) -> None:
        """The run has corrected a charge before: it was asked for again."""
        account = self.accounts.get(event.account_id)
        repriced = None if account is None else account.waiting.get(event.corrected_charge_id)
        if account is None or repriced is None:
            return
        after = repriced.original_amount + event.corrected_total
        account.done_before.append(
            Correction(
                event.corrected_charge_id,
                event.correction_id,
                event.currency_code,
                after - event.amount,
                after,
                f"{event.catalog_version}/{event.offering_code}/{event.price_code}",
            )
        )

    def close(self, ref: str) -> None:
        """A session is over; what cumulated over it is forgotten."""
        self._rerating.forget(ref)

    def _defer_youngest(self) -> None:
        account_id, account = self.accounts.popitem()
        self._waiting -= account.size
        self.deferred.add(account_id)
