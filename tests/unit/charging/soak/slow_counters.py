"""Counters of the catalog in the slow model: what moves them, which marks are passed, where a cap is."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from tests.unit.charging.soak.figures import COUNTERS, MICROS_PER_MAJOR, ListCounter
from tests.unit.charging.soak.slow_prices import Where, period_of
from tests.unit.charging.soak.slow_state import Labelled, Undoable


@dataclass(slots=True)
class Told:
    """What must have been said beside the charges."""

    thresholds: Counter[tuple[str, int, int]] = field(default_factory=Counter)
    marks: Counter[tuple[str, str, str, int, int, str, bool]] = field(default_factory=Counter)


class SlowCounters(Undoable):
    """Who counts what; the marks that are passed are collected in `told`."""

    def __init__(self) -> None:
        super().__init__()
        self.currency: dict[str, str] = {}
        self.account_of: dict[str, str] = {}
        self.zone_of: dict[str, str] = {}
        self.counts: dict[tuple[str, str], Labelled] = {}
        self.caps: dict[tuple[str, str], int | None] = {}
        self.told = Told()

    def counters_of(self, group: int, where: Where) -> list[ListCounter]:
        """Counters that such usage moves."""
        return [
            item
            for item in COUNTERS
            if (not item.groups or group in item.groups) and (not item.zones or where.zone in item.zones)
        ]

    def owner(self, item: ListCounter, subscriber: str) -> str:
        """Who counts: the account or the subscriber."""
        return self.account_of[subscriber] if item.shared else subscriber

    def counted(self, item: ListCounter, subscriber: str, at: int) -> int:
        """What a counter stands at in the period of an instant."""
        label = period_of(item.period, at, self.zone_of[subscriber])
        return self.counts.get((self.owner(item, subscriber), item.code), {}).get(label, 0)

    def mark(self, item: ListCounter, subscriber: str, text: str) -> int:
        """A mark in what the counter counts."""
        currency = self.currency[self.account_of[subscriber]]
        return int(text) * MICROS_PER_MAJOR[currency] if item.money else int(text)

    def cap(self, item: ListCounter, subscriber: str) -> int | None:
        """The cap in force; None: nothing stops."""
        listed = self.mark(item, subscriber, item.cap)
        return self.caps.get((subscriber, item.code), listed) if item.liftable else listed

    def count(self, subscriber: str, group: int, where: Where, units: int, amount: int, at: int) -> None:
        """Moves the counters of one charge; a period that is forgotten is not begun again."""
        for item in self.counters_of(group, where):
            moved = amount if item.money else units
            if not moved:
                continue
            key = (self.owner(item, subscriber), item.code)
            label = period_of(item.period, at, self.zone_of[subscriber])
            if self.forgotten(self.counts, key, label):
                continue
            before = self.counted(item, subscriber, at)
            self.label(self.counts, key, label, before + moved)
            self._tell(item, subscriber, label, before, before + moved)

    def _tell(self, item: ListCounter, subscriber: str, label: str, before: int, after: int) -> None:
        marks = [
            (self.mark(item, subscriber, text), status, False)
            for text, status in zip(item.marks, item.statuses, strict=True)
        ]
        cap = self.cap(item, subscriber)
        if cap is not None:
            marks.append((cap, "", True))
        told_to = "" if item.shared else subscriber
        for mark, status, is_cap in marks:
            if before < mark <= after:
                self.told.marks[told_to, item.code, label, mark, after, status, is_cap] += 1
