"""The catalog versions charging knows, and which of them rates a subscription."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from services.charging.domain.rating.select import Subscribed, in_precedence
from services.charging.domain.rating.tariff import ExistingSubscribers, Tariff
from services.charging.domain.state import Subscription
from services.common.kernel.clock import Instant

_Key = tuple[tuple[str, int], ...]


class Tariffs:
    """An immutable set of compiled versions, each in the currencies it sells in.

    A new version makes a new set; running decisions keep theirs.
    """

    def __init__(self, tariffs: Iterable[Tariff] = ()) -> None:
        self._tariffs = {(tariff.version, tariff.currency_code): tariff for tariff in tariffs}
        self._newest_first = sorted(self._tariffs.values(), key=lambda tariff: tariff.version, reverse=True)
        self._subscribed: dict[tuple[str, _Key], tuple[Subscribed, ...]] = {}

    def with_version(self, tariffs: Iterable[Tariff]) -> Tariffs:
        """The set with one more version, in all its currencies."""
        return Tariffs([*self._tariffs.values(), *tariffs])

    @property
    def newest_version(self) -> int:
        """The highest version known, effective or not; 0: none."""
        return self._newest_first[0].version if self._newest_first else 0

    def find(self, version: int, currency_code: str) -> Tariff | None:
        """A version in a currency; None where it is not known, or does not sell in it."""
        return self._tariffs.get((version, currency_code))

    def editions(self, version: int) -> tuple[Tariff, ...]:
        """A version in each of the currencies it sells in."""
        return tuple(tariff for (number, _), tariff in self._tariffs.items() if number == version)

    def effective(self, at: Instant, currency_code: str) -> Tariff | None:
        """The newest version in effect at an instant that sells in a currency."""
        return next(
            (
                tariff
                for tariff in self._newest_first
                if tariff.effective_from <= at and tariff.currency_code == currency_code
            ),
            None,
        )

    def sells_in(self, at: Instant) -> tuple[str, ...]:
        """Currencies of the newest version in effect; empty: there is none."""
        newest = next((item.version for item in self._newest_first if item.effective_from <= at), None)
        return tuple(sorted(code for version, code in self._tariffs if version == newest))

    def in_force(
        self,
        subscriptions: Sequence[Subscription],
        at: Instant,
        currency_code: str,
        captured: Sequence[Subscription] = (),
    ) -> tuple[Subscription, ...]:
        """Subscriptions that price usage at an instant, in the versions that rate it.

        A subscription keeps its version. Where the newest effective version of
        its offering moves existing subscribers with their next session, a
        session that starts now takes that one; `captured` is what a running
        session started with, which it keeps.
        """
        return tuple(
            self._version_for(subscription, at, currency_code, captured)
            for subscription in subscriptions
            if subscription.in_force(at)
        )

    def let_through(
        self,
        subscriptions: Sequence[Subscription],
        at: Instant,
        currency_code: str,
        captured: Sequence[Subscription] = (),
    ) -> tuple[Subscription, ...]:
        """Subscriptions that price usage which has already happened.

        Also those suspended meanwhile; and where nothing is left, what the
        session began with: usage that was let through is charged.
        """
        held = tuple(
            self._version_for(subscription, at, currency_code, captured)
            for subscription in subscriptions
            if subscription.begun(at)
        )
        return held or tuple(captured)

    def _version_for(
        self, subscription: Subscription, at: Instant, currency_code: str, captured: Sequence[Subscription]
    ) -> Subscription:
        for before in captured:
            if before.offering_code == subscription.offering_code:
                if before.catalog_version <= subscription.catalog_version:
                    return subscription
                return replace(subscription, catalog_version=before.catalog_version)
        newest = self.effective(at, currency_code)
        if newest is None or newest.version <= subscription.catalog_version:
            return subscription
        offering = newest.offerings.get(subscription.offering_code)
        if offering is None or offering.existing is not ExistingSubscribers.NEXT_SESSION:
            return subscription
        return replace(subscription, catalog_version=newest.version)

    def subscribed(self, subscriptions: Sequence[Subscription], currency_code: str) -> tuple[Subscribed, ...]:
        """Their compiled offerings in precedence order. Versions that are not known here are left out."""
        key = tuple((item.offering_code, item.catalog_version) for item in subscriptions)
        found = self._subscribed.get((currency_code, key))
        if found is None:
            found = self._subscribed[currency_code, key] = in_precedence(
                [
                    Subscribed(tariff, tariff.offerings[code])
                    for code, version in key
                    if (tariff := self._tariffs.get((version, currency_code))) is not None
                    and code in tariff.offerings
                ]
            )
        return found
