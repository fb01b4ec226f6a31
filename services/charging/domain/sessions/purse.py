"""What buckets can still pay for at one price, beginning where a session stands."""

from __future__ import annotations

from services.charging.domain.draft import Draft
from services.charging.domain.rating.per_unit import PerUnit
from services.charging.domain.rating.price import Price
from services.charging.domain.sessions.caps import Room
from services.charging.domain.state import Bucket


class Purse:
    """Buckets in burn order, a price with its factor, and the units already used and paid in its scope."""

    def __init__(
        self,
        draft: Draft,
        subscriber_id: str,
        buckets: list[Bucket],
        price: Price,
        factor_permille: int,
        unit: str,
        used_units: int,
        base: int,
        room: Room,
    ) -> None:
        self._price = price
        self._factor = factor_permille
        self._used = used_units
        self._base = base
        self._billed = price.increments.billable(used_units)
        self._cost_so_far = price.cost_minor_micros(base, factor_permille)
        self._room = room
        allowances = [bucket for bucket in buckets if not bucket.is_money and bucket.unit == unit]
        self.units = [
            (bucket, left) for bucket in allowances if (left := draft.usable(bucket, subscriber_id)) > 0
        ]
        self.money = [bucket for bucket in buckets if bucket.is_money]
        self.shared_with_others = any(bucket.reserved for bucket in (*allowances, *self.money))
        """Somebody holds a part of what could pay."""
        self._units_left = sum(left for _, left in self.units)
        money_left = sum(max(0, bucket.available) for bucket in self.money)
        self.money_left = money_left if room.money is None else min(money_left, room.money)

    @property
    def linear(self) -> bool:
        """True where every unit costs the same, apart from rounding to increments."""
        price = self._price
        return isinstance(price.model, PerUnit) and price.minimum is None and price.maximum is None

    def affordable(self, most: int) -> int:
        """How many more units could be used and paid, up to `most`."""
        if self._room.units is not None:
            most = min(most, self._room.units)
        if self._price.free or self.due(most) <= self.money_left:
            return most
        low, high = 0, self._billable(most)
        while low < high:
            middle = (low + high + 1) // 2
            if self._cost(middle) <= self.money_left:
                low = middle
            else:
                high = middle - 1
        return min(most, self._price.increments.largest_within(self._used, self._units_left + low))

    def due(self, units: int) -> int:
        """Money for `units` more units, after allowances."""
        if self._price.free:
            return 0
        return self._cost(max(0, self._billable(units) - self._units_left))

    def rounding(self) -> int:
        """Most that usage split at this price may cost above its share: the begun increments."""
        increments = self._price.increments
        return self._cost(max(increments.first_units, increments.next_units) - 1)

    def from_allowances(self, units: int) -> list[tuple[str, int]]:
        """What to hold in which allowance for `units` more units."""
        if self._price.free:
            return []
        left, held = self._billable(units), []
        for bucket, usable in self.units:
            part = min(usable, left)
            if part:
                held.append((bucket.bucket_id, part))
                left -= part
        return held

    def from_money(self, due: int) -> list[tuple[str, int]]:
        """What to hold in which money bucket for an amount."""
        held = []
        for bucket in self.money:
            part = min(max(0, bucket.available), due)
            if part:
                held.append((bucket.bucket_id, part))
                due -= part
        return held

    def _billable(self, units: int) -> int:
        return self._price.increments.billable(self._used + units) - self._billed

    def _cost(self, paid_units: int) -> int:
        return self._price.cost_minor_micros(self._base + paid_units, self._factor) - self._cost_so_far
