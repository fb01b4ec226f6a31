"""What places and contacts keep of a subscriber, for whom it is about."""

from __future__ import annotations

from collections.abc import Sequence

from services.common.runtime.database import Database
from services.offers.adapters.decisions.contact_rows import newest_contacts
from services.offers.adapters.places.sql_presences import SqlPresences
from services.offers.adapters.profiles.sql_profiles import KeptElsewhere
from services.offers.application.profile_ports import ContactMade, FenceStanding
from services.offers.domain.places import Presence

_MOST_CONTACTS = 1_000


def kept_elsewhere(database: Database, presences: SqlPresences) -> KeptElsewhere:
    """Fences that a subscriber is in or about to leave, and the newest thousand contacts."""

    async def fences_of(subscriber_id: str) -> Sequence[FenceStanding]:
        states = await presences.states(subscriber_id)
        return [
            FenceStanding(fence_code, state.presence.value, state.since)
            for fence_code, state in sorted(states.items())
            if state.presence is not Presence.OUTSIDE
        ]

    async def contacts_of(subscriber_id: str) -> Sequence[ContactMade]:
        made = await database.run(lambda session: newest_contacts(session, subscriber_id, _MOST_CONTACTS))
        return [ContactMade(one.at, one.offer_code, one.channel) for one in made]

    return KeptElsewhere(fences_of, contacts_of)
