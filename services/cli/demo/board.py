"""What there is to see while the demo plays: how far it is, and balances as they move."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tidemark.charging.v1 import account_api_pb2

from services.cli.demo.audit.expected import MONEY
from services.cli.replay.lane import Lane

_RATE_WINDOW_SECONDS = 1.0


@dataclass(slots=True)
class AccountLine:
    """Balances of one account as its WatchBalance stream tells them."""

    account_id: str
    opening: dict[str, int] = field(default_factory=dict)
    balances: dict[str, int] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    changes: int = 0

    def apply(self, update: account_api_pb2.WatchBalanceResponse) -> None:
        """Takes one update of the stream in."""
        if update.HasField("present"):
            for bucket in update.present.buckets:
                self._set(bucket)
        for movement in update.change.movements:
            name = self._name_of(movement.bucket_id)
            self.balances[name] = movement.balance
            self.units[name] = movement.unit
        self.changes += len(update.change.movements)

    @property
    def money(self) -> tuple[int, int]:
        """Money now, and what of it has been spent."""
        now = self.balances.get(MONEY, 0)
        return now, self.opening.get(MONEY, 0) - now

    def used_allowances(self) -> list[tuple[str, int, str]]:
        """(bucket, units used, unit) of every allowance that was touched."""
        return [
            (name, opening - self.balances[name], self.units[name])
            for name, opening in self.opening.items()
            if name != MONEY and self.balances[name] != opening
        ]

    def _set(self, bucket: account_api_pb2.Bucket) -> None:
        is_money = bucket.HasField("money")
        name = self._name_of(bucket.bucket_id)
        amount = bucket.money.minor_micros if is_money else bucket.quantity.amount
        self.opening.setdefault(name, bucket.initial_amount)
        self.balances[name] = amount
        self.units[name] = bucket.money.currency_code if is_money else bucket.quantity.unit

    def _name_of(self, bucket_id: str) -> str:
        return MONEY if bucket_id == f"{self.account_id}/{MONEY}" else bucket_id


class Board:
    """Everything that a view of the demo shows. Written by the demo, read by the view."""

    def __init__(
        self, account_ids: Sequence[str], rows: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self.accounts = {account_id: AccountLine(account_id) for account_id in account_ids}
        self.rows = rows
        self.title = ""
        self.kills = 0
        self._lanes: Sequence[Lane] = ()
        self._answers: deque[float] = deque()

    def playing(self, title: str, lanes: Sequence[Lane]) -> None:
        """A play begins."""
        self.title = title
        self._lanes = lanes
        self._answers.clear()

    def answered(self) -> None:
        """Charging has answered a request."""
        now = self._clock()
        self._answers.append(now)
        while self._answers[0] < now - _RATE_WINDOW_SECONDS:
            self._answers.popleft()

    @property
    def played_rows(self) -> int:
        """Rows of the table that have been metered."""
        return sum(lane.totals.rows for lane in self._lanes)

    @property
    def requests(self) -> int:
        """Requests answered in this play."""
        return sum(lane.totals.requests for lane in self._lanes)

    @property
    def requests_per_second(self) -> int:
        """Answers within the last second."""
        since = self._clock() - _RATE_WINDOW_SECONDS
        return sum(1 for at in tuple(self._answers) if at >= since)
