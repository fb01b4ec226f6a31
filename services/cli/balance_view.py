"""The live table of `tidemark watch balance`: what a stream of updates adds up to."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from rich.console import Group, RenderableType
from tidemark.charging.v1 import account_api_pb2 as api

from services.cli.amounts import show_amount, show_delta
from services.cli.output import make_table
from services.cli.rendering import show_time

_CHANGES_SHOWN = 8


@dataclass(slots=True)
class _BucketLine:
    name: str
    unit: str
    balance: int
    reserved: int


class BalanceView:
    """Buckets as they stand after the updates so far, and the last changes."""

    def __init__(self, account: str) -> None:
        self._account = account
        self._sequence = 0
        self._buckets: dict[str, _BucketLine] = {}
        self._changes: deque[tuple[str, str, str, str]] = deque(maxlen=_CHANGES_SHOWN)

    def apply(self, update: api.WatchBalanceResponse) -> None:
        """Takes one update in."""
        self._sequence = update.sequence
        if update.HasField("present"):
            self._buckets = {bucket.bucket_id: _line(bucket) for bucket in update.present.buckets}
        for movement in update.change.movements:
            self._move(movement, show_time(update.change.occurred_at))

    def lines(self, update: api.WatchBalanceResponse) -> list[str]:
        """An update that has been applied, as lines for a log: each bucket at first, then each movement."""
        if update.HasField("present"):
            return ["  ".join(filter(None, row)) for row in self.rows()]
        return [
            f"{show_time(update.change.occurred_at)}  {movement.bucket_id}  {_reason(movement)}  "
            f"{show_delta(movement.delta, movement.unit)}  now {show_amount(movement.balance, movement.unit)}"
            for movement in update.change.movements
        ]

    def rows(self) -> list[tuple[str, str, str, str]]:
        """Bucket, name, balance and what of it is reserved."""
        return [
            (
                bucket_id,
                line.name,
                show_amount(line.balance, line.unit),
                show_amount(line.reserved, line.unit) if line.reserved else "",
            )
            for bucket_id, line in self._buckets.items()
        ]

    def table(self) -> RenderableType:
        """Both tables."""
        title = f"{self._account} after record {self._sequence}" if self._sequence else f"{self._account} ..."
        buckets = make_table(title, ("bucket", "name", ">left", ">reserved"), self.rows())
        if not self._changes:
            return buckets
        return Group(buckets, make_table("", ("at", "bucket", "what", ">change"), self._changes))

    def _move(self, movement: api.BucketMovement, at: str) -> None:
        line = self._buckets.setdefault(movement.bucket_id, _BucketLine("", movement.unit, 0, 0))
        line.balance, line.reserved = movement.balance, movement.reserved
        delta = show_delta(movement.delta, movement.unit)
        self._changes.append((at, movement.bucket_id, _reason(movement), delta))


def _reason(movement: api.BucketMovement) -> str:
    return api.MovementReason.Name(movement.reason).removeprefix("MOVEMENT_REASON_").lower()


def _line(bucket: api.Bucket) -> _BucketLine:
    if bucket.HasField("money"):
        money = bucket.money
        return _BucketLine(
            bucket.name, money.currency_code, money.minor_micros, bucket.money_reserved.minor_micros
        )
    return _BucketLine(
        bucket.name, bucket.quantity.unit, bucket.quantity.amount, bucket.quantity_reserved.amount
    )
