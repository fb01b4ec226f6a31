"""Names of what is sold, from the catalog that tools look at."""

from __future__ import annotations

from collections.abc import Sequence

from services.notification.application.tools.ports import PeerUnreachableError, Shop
from services.notification.domain.talking.naming import SoldName


class ShopNames:
    """Fulfils `SoldNames`. `not_sold`: codes that only offers give."""

    def __init__(self, shop: Shop, not_sold: frozenset[str] = frozenset()) -> None:
        self._shop = shop
        self._not_sold = not_sold

    async def names(self) -> Sequence[SoldName]:
        """What costs something in any currency."""
        try:
            known = await self._shop.newest()
        except PeerUnreachableError:
            return ()
        return [
            SoldName(offering.code, offering.name, offering.kind)
            for offering in known.offerings.values()
            if offering.code not in self._not_sold and any(terms.costs for terms in offering.terms.values())
        ]
