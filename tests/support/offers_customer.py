"""A customer of a story: an account with one subscriber, who uses data and answers offers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.charging.v1 import account_api_pb2, charging_data_pb2, journal_pb2
from tidemark.offers.v1 import decision_pb2, offer_api_pb2, profile_api_pb2

from services.common.kernel.clock import MINUTE
from tests.support.live_accounts import money_bucket, provision
from tests.support.live_element import MORNING, Wish, usage, used
from tests.support.live_prices import EURO
from tests.support.offers_live import CALL_SECONDS, PRICES_SINCE, OffersWorld

PERSONALISED = profile_api_pb2.PURPOSE_PERSONALISED_OFFERS
OUTBOUND = profile_api_pb2.PURPOSE_OUTBOUND
LOCATION = profile_api_pb2.PURPOSE_LOCATION
EVERYTHING = (PERSONALISED, OUTBOUND, LOCATION)

WEB, VIDEO, STREAMING = 101, 107, 108
AMERICA = "310410"
"""A network outside the EU."""
MEGABYTE, GIGABYTE = 1_000_000, 1_000_000_000
CENT = EURO // 100

Purpose: TypeAlias = profile_api_pb2.Purpose.ValueType


class Customer:
    """What one subscriber does, and what is done to them."""

    def __init__(self, world: OffersWorld, name: str, subscriber_id: str) -> None:
        self.world = world
        self.account_id = name
        self.identifier = f"device-{name}"
        self.subscriber_id = subscriber_id

    @property
    def ref(self) -> profile_api_pb2.SubscriberRef:
        """Whom calls are about."""
        return profile_api_pb2.SubscriberRef(subscriber_id=self.subscriber_id)

    async def use(self, octets: int, group: int = VIDEO, plmn: str = "", cell: str = "") -> int:
        """A session from its beginning to its end, now; returns the journal record of the usage."""
        ref = await self.open_session(plmn=plmn, cell=cell)
        return await self.report(ref, octets, group, plmn=plmn, cell=cell)

    async def open_session(self, plmn: str = "", cell: str = "", asks: Wish | None = None) -> str:
        """Opens a session and leaves it open; returns its reference."""
        usages = () if asks is None else (usage(WEB, asks=asks),)
        opened = await self.world.element.create(
            self.identifier,
            self.world.number("session"),
            *usages,
            second=self.world.clock.seconds - MORNING,
            pdu_session=_pdu_session(plmn, cell),
        )
        return str(opened.charging_data_ref)

    async def report(self, ref: str, octets: int, group: int, plmn: str = "", cell: str = "") -> int:
        """Ends a session with its usage; returns the journal record of that."""
        before = await self.world.head()
        await self.world.element.release(
            ref,
            2,
            usage(group, used(octets)),
            second=self.world.clock.seconds - MORNING,
            pdu_session=_pdu_session(plmn, cell),
        )
        charged = [
            record.sequence
            for record in await self.world.records(before)
            for charge in charges_in(record)
            if charge.charging_data_ref == ref
        ]
        return charged[-1]

    async def charges(self) -> list[journal_pb2.UsageCharged]:
        """All that was charged to this subscriber for usage, oldest first."""
        return [
            charge
            for record in await self.world.records()
            for charge in charges_in(record)
            if charge.subscriber_id == self.subscriber_id
        ]

    async def fees(self) -> list[int]:
        """Fees of the account, in minor_micros, oldest first."""
        return [
            event.fee_charged.amount_minor_micros
            for record in await self.world.records()
            for entry in record.entries
            for event in entry.events
            if event.HasField("fee_charged") and event.fee_charged.account_id == self.account_id
        ]

    async def account(self) -> account_api_pb2.Account:
        """As charging has it."""
        return await self.world.care.account(self.account_id)

    async def money(self) -> int:
        """In minor_micros."""
        return int(money_bucket(await self.account()).money.minor_micros)

    async def left(self, offering: str) -> int:
        """Octets in the open buckets of an offering."""
        now = self.world.clock.seconds
        return sum(
            bucket.quantity.amount
            for bucket in (await self.account()).buckets
            if bucket.offering_code == offering
            and bucket.HasField("quantity")
            and bucket.quantity.unit == "octets"
            and (not bucket.HasField("valid_until") or bucket.valid_until.seconds > now)
        )

    async def offerings(self) -> set[str]:
        """What the subscriber has."""
        (subscriber,) = (await self.account()).subscribers
        return {item.offering_code for item in subscriber.subscriptions}

    async def consent(self, *purposes: Purpose, given: bool = True) -> list[int]:
        """Gives consents, or withdraws them; returns those that stand."""
        answer = await self.world.desk.profiles.SetConsents(
            profile_api_pb2.SetConsentsRequest(
                request_id=self.world.number("consent"),
                subscriber=self.ref,
                changes=[profile_api_pb2.ConsentChange(purpose=one, given=given) for one in purposes],
                evidence="story",
            ),
            timeout=CALL_SECONDS,
        )
        return [state.purpose for state in answer.consents if state.given]

    async def asks(
        self, placement: str = "app-home", channel: str = "app", limit: int = 10
    ) -> offer_api_pb2.RecommendResponse:
        """What is recommended now."""
        request = offer_api_pb2.RecommendRequest(
            subscriber_id=self.subscriber_id, placement=placement, channel=channel, limit=limit
        )
        return await self.world.desk.offers.Recommend(request, timeout=CALL_SECONDS)

    async def accepts(
        self, decision_id: str, offer_code: str, channel: str = "app"
    ) -> offer_api_pb2.AcceptOfferResponse:
        """Yes."""
        request = offer_api_pb2.AcceptOfferRequest(
            request_id=self.world.number("accept"),
            decision_id=decision_id,
            offer_code=offer_code,
            channel=channel,
        )
        return await self.world.desk.offers.AcceptOffer(request, timeout=CALL_SECONDS)

    async def declines(
        self, decision_id: str, offer_code: str, *, never_again: bool = False
    ) -> offer_api_pb2.DeclineOfferResponse:
        """No."""
        request = offer_api_pb2.DeclineOfferRequest(
            request_id=self.world.number("decline"),
            decision_id=decision_id,
            offer_code=offer_code,
            channel="app",
            reason="not-interested",
            never_again=never_again,
        )
        return await self.world.desk.offers.DeclineOffer(request, timeout=CALL_SECONDS)

    async def decision(self, decision_id: str) -> decision_pb2.Decision:
        """A decision with all that it was made from."""
        request = offer_api_pb2.GetDecisionRequest(decision_id=decision_id)
        return (await self.world.desk.offers.GetDecision(request, timeout=CALL_SECONDS)).decision

    async def pushed(self) -> list[decision_pb2.Decision]:
        """Decisions that nobody asked for, oldest first, once all that happened was looked at."""
        await self.world.looked()
        request = offer_api_pb2.ListDecisionsRequest(subscriber_id=self.subscriber_id, page_size=200)
        found = await self.world.desk.offers.ListDecisions(request, timeout=CALL_SECONDS)
        return [decision for decision in reversed(found.decisions) if decision.raised_by != "request"]

    async def reports(self, **places: Any) -> profile_api_pb2.ReportLocationsResponse:
        """Where they are: `position`, or `cell_id`. A minute after the last report."""
        self.world.clock.turn(MINUTE)
        report = profile_api_pb2.LocationReport(
            subscriber=self.ref, at=Timestamp(seconds=self.world.clock.seconds), **places
        )
        return await self.world.desk.profiles.ReportLocations(
            profile_api_pb2.ReportLocationsRequest(reports=[report]), timeout=CALL_SECONDS
        )


async def customer(
    world: OffersWorld,
    name: str,
    *offerings: str,
    money: int = 20 * EURO,
    consents: Sequence[Purpose] = (),
) -> Customer:
    """Opens an account (default: on prepaid-data), and lets its subscriber give consents."""
    request = provision(name, *(offerings or ("prepaid-data",)), money=money)
    request.effective_from.CopyFrom(Timestamp(seconds=max(PRICES_SINCE, world.clock.seconds)))
    for subscriber in request.subscribers:
        subscriber.time_zone = "Europe/Berlin"
    answer = await world.care.stub.ProvisionAccount(request, timeout=CALL_SECONDS)
    (subscriber_id,) = answer.subscriber_ids
    found = Customer(world, name, subscriber_id)
    await world.folded()
    if consents:
        await found.consent(*consents)
    return found


def charges_in(record: journal_pb2.JournalRecord) -> list[journal_pb2.UsageCharged]:
    """What a record charges for usage."""
    return [
        event.usage_charged
        for entry in record.entries
        for event in entry.events
        if event.HasField("usage_charged")
    ]


def offered(response: offer_api_pb2.RecommendResponse) -> list[str]:
    """Codes of what is recommended, best first."""
    return [offer.offer_code for offer in response.offers]


def dropped(decision: decision_pb2.Decision) -> dict[str, str]:
    """Why the others are not there, by offer."""
    return {one.offer_code: one.reason for one in decision.dropped}


def _pdu_session(plmn: str, cell: str) -> charging_data_pb2.PduSessionChargingInformation:
    found = charging_data_pb2.PduSessionChargingInformation(serving_plmn_id=plmn)
    if cell:
        found.user_location.cell_id = cell
    return found
