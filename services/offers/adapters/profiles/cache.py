"""What is kept at hand of profiles, consents and buckets. Threads of the database look into it too."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable, Iterable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Recent(Generic[K, V]):
    """The values used most recently, so many at most. Safe between threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[K, V] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: K) -> V | None:
        """The value; it counts as used now."""
        with self._lock:
            value = self._values.get(key)
            if value is not None:
                self._values.move_to_end(key)
            return value

    def among(self, keys: Iterable[K]) -> dict[K, V]:
        """The values that there are of some keys, for a look: they do not count as used."""
        with self._lock:
            values = self._values
            return {key: value for key in keys if (value := values.get(key)) is not None}

    def put(self, key: K, value: V) -> None:
        """Keeps a value; the one used longest ago makes room."""
        self.put_all({key: value})

    def put_all(self, values: dict[K, V]) -> None:
        """Keeps many; they count as used now."""
        with self._lock:
            kept = self._values
            for key, value in values.items():
                kept[key] = value
                kept.move_to_end(key)
            while len(kept) > self._most:
                kept.popitem(last=False)

    def forget(self, keys: Iterable[K]) -> None:
        """These are not kept any more."""
        with self._lock:
            for key in keys:
                self._values.pop(key, None)

    def __len__(self) -> int:
        return len(self._values)


class Loads(Generic[K]):
    """Tells whether what was read from the database is still so when it has come.

    Whoever changes a key calls `changed` after the commit, on the event loop, as do readers.
    """

    def __init__(self) -> None:
        self._running: dict[K, object] = {}

    def begin(self, key: K) -> object:
        """A reading begins; the token is for `end`."""
        token = self._running[key] = object()
        return token

    def end(self, key: K, token: object) -> bool:
        """True where nothing of the key has changed since the reading began, so that it may be kept."""
        if self._running.get(key) is not token:
            return False
        del self._running[key]
        return True

    def changed(self, keys: Iterable[K]) -> None:
        """Readings of these keys that run now may be of before."""
        if self._running:
            for key in keys:
                self._running.pop(key, None)
