"""The catalog versions charging knows, and which of them rates a subscription."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from services.charging.domain.rating.select import Subscribed, in_precedence
from services.charging.domain.rating.tariff import Tariff
from services.charging.domain.state import Subscription
from services.common.kernel.clock import Instant


class Tariffs:
    """An immutable set of compiled versions. A new version makes a new set; running decisions keep theirs."""

    def __init__(self, versions: Mapping[int, Tariff] | None = None) -> None:
        self._versions = dict(versions or {})
        self._newest_first = sorted(self._versions.values(), key=lambda tariff: tariff.version, reverse=True)
        self._subscribed: dict[tuple[tuple[str, int], ...], tuple[Subscribed, ...]] = {}

    def with_version(self, tariff: Tariff) -> Tariffs:
        """The set with one more version."""
        return Tariffs({**self._versions, tariff.version: tariff})

    def __contains__(self, version: int) -> bool:
        return version in self._versions

    @property
    def newest_version(self) -> int:
        """The highest version known, effective or not; 0: none."""
        return self._newest_first[0].version if self._newest_first else 0

    def effective(self, at: Instant) -> Tariff | None:
        """The newest version in effect at an instant."""
        return next((tariff for tariff in self._newest_first if tariff.effective_from <= at), None)

    def in_force(self, subscriptions: Sequence[Subscription], at: Instant) -> tuple[Subscription, ...]:
        """Subscriptions that have begun, in the versions that a session starting now is rated by.

        A subscription keeps its version, unless the newest effective version
        of its offering moves existing subscribers.
        """
        newest = self.effective(at)
        return tuple(
            self._moved(subscription, newest)
            for subscription in subscriptions
            if subscription.started_at <= at
        )

    def _moved(self, subscription: Subscription, newest: Tariff | None) -> Subscription:
        if newest is None or newest.version <= subscription.catalog_version:
            return subscription
        offering = newest.offerings.get(subscription.offering_code)
        if offering is None or not offering.moves_existing:
            return subscription
        return Subscription(subscription.offering_code, newest.version, subscription.started_at)

    def subscribed(self, subscriptions: Sequence[Subscription]) -> tuple[Subscribed, ...]:
        """Their compiled offerings in precedence order. Versions that are not known here are left out."""
        key = tuple((item.offering_code, item.catalog_version) for item in subscriptions)
        found = self._subscribed.get(key)
        if found is None:
            found = self._subscribed[key] = in_precedence(
                [
                    Subscribed(tariff, tariff.offerings[code])
                    for code, version in key
                    if (tariff := self._versions.get(version)) is not None and code in tariff.offerings
                ]
            )
        return found
