"""What the slow model remembers: plain dicts, and a list of what was there before, to take a trial back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from tests.unit.charging.soak.slow_prices import Where

K = TypeVar("K")
V = TypeVar("V")

_GONE = object()

Labelled = dict[str, int]
"""Period to value; the last two periods are kept."""


@dataclass(slots=True)
class Purse:
    """One allowance bucket: whom and what it serves. `until` None: without end."""

    account: str
    priority: int
    groups: frozenset[int]
    zones: frozenset[str]
    subscriber: str
    start: int
    until: int | None
    initial: int
    thresholds: tuple[int, ...]
    member_limit: int
    days_from_first_use: int
    giftable: bool
    offering: str

    def serves(self, subscriber: str, group: int, where: Where, at: int) -> bool:
        """Whether it pays for such usage."""
        return (
            group in self.groups
            and self.subscriber in {"", subscriber}
            and (not self.zones or where.zone in self.zones)
            and self.valid(at)
        )

    def valid(self, at: int) -> bool:
        """Whether it may be used at an instant."""
        return self.start <= at and (self.until is None or at < self.until)


@dataclass(slots=True)
class Having:
    """An offering that a subscriber has."""

    version: int
    start: int
    end: int | None
    suspended: bool
    number: int = 0
    ends: tuple[int, ...] = ()
    """Ends of the period, the trial and the whole, as far as there are any."""
    suspended_at: int = 0
    """When its period ended without being paid; 0: it has never begun."""

    def begun(self, at: int) -> bool:
        """Between start and end."""
        return self.start <= at and (self.end is None or at < self.end)


@dataclass(slots=True)
class Talk:
    """A session."""

    subscriber: str
    where: Where
    last_report: int
    captured: tuple[tuple[str, int], ...]
    splits: bool = False
    groups: set[int] = field(default_factory=set)
    numbers: set[int] = field(default_factory=set)


@dataclass(slots=True)
class Holdings:
    """What is reserved: in all, and for each member, by bucket. Given back as a request goes on."""

    total: dict[str, int]
    member: dict[tuple[str, str], int]

    def change(self, subscriber: str, parts: Iterable[tuple[str, int]], sign: int) -> None:
        """Adds (or with -1 takes away) reservations of a subscriber."""
        for bucket, amount in parts:
            self.total[bucket] = self.total.get(bucket, 0) + sign * amount
            key = (bucket, subscriber)
            self.member[key] = self.member.get(key, 0) + sign * amount


class Undoable:
    """Changes of dicts that can be taken back."""

    def __init__(self) -> None:
        self._before: list[tuple[dict[object, object], object, object]] | None = None
        self._new_labels: list[tuple[dict[object, Labelled], object, str]] = []

    def begin_trial(self) -> None:
        """From here on changes are remembered."""
        self._before = []

    def keep_trial(self) -> None:
        """What was tried is so."""
        self._before = None

    def take_back(self) -> None:
        """What was tried never was."""
        for table, key, value in reversed(self._before or []):
            if value is _GONE:
                del table[key]
            else:
                table[key] = value
        self._before = None
        self._new_labels.clear()

    def put(self, table: dict[K, V], key: K, value: V) -> None:
        """Sets a key."""
        if self._before is not None:
            self._before.append((table, key, table.get(key, _GONE)))  # type: ignore[arg-type]
        table[key] = value

    def label(self, table: dict[K, Labelled], key: K, label: str, value: int) -> None:
        """Sets a value of a period; when the request is over, only the last two periods are kept."""
        labels = table.get(key, {})
        if label not in labels:
            self._new_labels.append((table, key, label))  # type: ignore[arg-type]
        self.put(table, key, {**labels, label: value})

    def forgotten(self, table: dict[K, Labelled], key: K, label: str) -> bool:
        """True for a period older than both that were kept before this request."""
        kept = [item for item in table.get(key, {}) if (table, key, item) not in self._new_labels]
        return len(kept) == 2 and label < min(kept)

    def forget_labels(self) -> None:
        """The request is over."""
        for table, key, _ in self._new_labels:
            labels = table[key]
            while len(labels) > 2:
                labels = {label: value for label, value in labels.items() if label != min(labels)}
            table[key] = labels
        self._new_labels.clear()
