"""Fulfils the `ProfileReader` port: everything that is kept of a subscriber, for whom it is about."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import select

from services.common.kernel.clock import Instant
from services.common.runtime.database import Database
from services.offers.adapters.profiles.customers import StoredCustomers
from services.offers.adapters.profiles.sql_consents import consent_states
from services.offers.adapters.tables.profiles import SubscriberTable
from services.offers.application.ports import PoliciesInForce
from services.offers.application.profile_ports import ContactMade, FenceStanding, ProfileShown
from services.offers.domain.compiled import CompiledPolicies
from services.offers.domain.customer import ClassUse, CustomerView
from services.offers.domain.features import context_features, spec_of
from services.offers.domain.policies import ContactPolicy, Exploration, OfferPolicies
from services.offers.domain.profiles.packed import unpacked_group
from services.offers.domain.profiles.profile import Profile
from services.offers.domain.profiles.view import group_use

FencesOf = Callable[[str], Awaitable[Sequence[FenceStanding]]]
ContactsOf = Callable[[str], Awaitable[Sequence[ContactMade]]]

_NO_POLICIES = CompiledPolicies(
    version=0,
    policies=OfferPolicies(
        code="", name="", currency_code="", time_zone="UTC", languages=(), placements=(), channels=(),
        usage_classes=(), contact=ContactPolicy(), exploration=Exploration(), offers=(),
    ),
    offers=(),
    class_of_rating_group={},
)  # fmt: skip


async def _nothing(_subscriber_id: str) -> Sequence[FenceStanding]:
    return ()


async def _no_contacts(_subscriber_id: str) -> Sequence[ContactMade]:
    return ()


@dataclass(frozen=True, slots=True)
class KeptElsewhere:
    """What other concerns keep of a subscriber."""

    fences_of: FencesOf = _nothing
    contacts_of: ContactsOf = _no_contacts


class SqlProfiles:
    """Profiles of the service's database, with what others keep beside them."""

    def __init__(
        self,
        database: Database,
        customers: StoredCustomers,
        policies: PoliciesInForce,
        elsewhere: KeptElsewhere | None = None,
    ) -> None:
        self._database = database
        self._customers = customers
        self._policies = policies
        self._elsewhere = elsewhere or KeptElsewhere()

    async def shown(self, subscriber_id: str, now: Instant) -> ProfileShown | None:
        """As `ProfileReader.shown`."""
        known = await self._customers.known(subscriber_id)
        if known is None:
            return None
        policies = self._policies.current() or _NO_POLICIES
        view = await self._customers.view(subscriber_id, policies, now)
        if view is None:
            return None
        return ProfileShown(
            pseudonym=view.pseudonym,
            feature_seq=view.feature_seq,
            first_seen_at=known.profile.first_seen_at,
            last_used_at=_last_used_at(known.profile),
            usage={**view.usage, **_of_no_class(known.profile, policies, now)},
            consents=await self._database.run(lambda session: consent_states(session, subscriber_id)),
            zone=view.zone,
            roaming=view.roaming,
            segment=view.segment,
            device_class=view.device_class,
            customer_value=view.customer_value,
            offering_codes=sorted(view.offering_codes),
            hour_permille=view.hour_permille,
            currency_code=view.currency_code,
            fences=await self._elsewhere.fences_of(subscriber_id),
            contacts=await self._elsewhere.contacts_of(subscriber_id),
            features=_features(policies, view, now),
        )

    async def count(self) -> int:
        """As `ProfileReader.count`."""
        counting = select(func.count()).select_from(SubscriberTable)
        return await self._database.run(lambda session: session.exec(counting).one())


def _last_used_at(profile: Profile) -> Instant | None:
    used = [unpacked_group(part).at for part in profile.groups.values()]
    return Instant(max(used)) if used else None


def _of_no_class(profile: Profile, policies: CompiledPolicies, now: Instant) -> Mapping[str, ClassUse]:
    """Rating groups that no class shows, because none has them, or counts them in another unit."""
    classes = policies.policies.usage_classes
    shown = {(number, each.unit) for each in classes for number in each.rating_groups}
    found = {}
    for number, part in sorted(profile.groups.items()):
        use = unpacked_group(part)
        if (number, use.unit) not in shown:
            found[f"rating-group-{number}"] = group_use(use, now)
    return found


def _features(policies: CompiledPolicies, view: CustomerView, now: Instant) -> Mapping[str, float]:
    spec = spec_of(policies.policies)
    return dict(zip(spec.names, context_features(spec, view, now), strict=True))
