"""Who lets their place be used, by what profiles know: the LocationConsents port."""

from __future__ import annotations

from services.offers.adapters.profiles.customers import StoredCustomers
from services.offers.domain.policies import Purpose


class KnownConsents:
    """Consents of known subscribers. None: no profile, or erased."""

    def __init__(self, customers: StoredCustomers) -> None:
        self._customers = customers

    async def consents_of(self, subscriber_id: str) -> frozenset[Purpose] | None:
        """As the port has it."""
        if await self._customers.known(subscriber_id) is None:
            return None
        return await self._customers.consents(subscriber_id)
