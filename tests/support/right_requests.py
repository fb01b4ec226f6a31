"""One right request for each call of charging's services, as the beginning of wrong ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.charging.v1 import account_api_pb2 as account
from tidemark.charging.v1 import charge_api_pb2 as charge
from tidemark.charging.v1 import charging_api_pb2 as charging
from tidemark.charging.v1 import subscription_api_pb2 as subscription

from services.charging.domain.state import PartitionState
from tests.support.live_accounts import provision
from tests.support.live_element import (
    CHECK,
    DEBIT,
    ENQUIRY,
    MORNING,
    REFUND,
    creating,
    euros,
    happening,
    pieces,
    releasing,
    updating,
    usage,
    used,
    wish,
)
from tests.support.live_policies import CDR, CLOCK, OPERATION, TAXED
from tests.support.live_policy import CONFIRM, REVERSE, delivered
from tests.support.live_prices import DATA, EURO, TEXT

SERVICES = (
    charging.DESCRIPTOR.services_by_name["ChargingService"],
    account.DESCRIPTOR.services_by_name["AccountService"],
    subscription.DESCRIPTOR.services_by_name["SubscriptionService"],
    charge.DESCRIPTOR.services_by_name["ChargeService"],
)


class Known:
    """Names that exist, so that a request gets far."""

    def __init__(self) -> None:
        self.refs = [""]
        self.charges = [""]
        self.buckets = [""]
        self.subscribers = ["device-anna", "device-bert", "device-anna", "device-nobody"]
        self.accounts = ["anna", "bert"]
        self._requests = 0

    def learn(self, state: PartitionState) -> None:
        """What there is by now."""
        self.refs = [*state.sessions, *list(state.expired)[-3:]] or self.refs
        of_anna = state.accounts["anna"].bucket_ids if "anna" in state.accounts else ()
        gifts = sorted(
            (state.buckets[name] for name in of_anna if state.buckets[name].giftable),
            key=lambda bucket: bucket.valid_until or 0,
        )
        # Those of earlier weeks are past.
        self.buckets = [bucket.bucket_id for bucket in gifts[-2:]] or self.buckets

    def request_id(self, random: Random) -> str:
        """Mostly new, sometimes one that was used before."""
        self._requests += random.random() < 0.9
        return f"fuzz-{self._requests}"

    @property
    def texts(self) -> tuple[str, ...]:
        """Every name, to stand where it belongs or where it does not."""
        offerings = ("prepaid", "weekly", "bill-shock", "texts")
        others = ("anna/money", "bert/money", "EUR", "octets", "smf-1", *offerings)
        return (*self.refs[-5:], *self.charges[-5:], *self.subscribers, *self.accounts, *others)


def methods() -> Iterator[tuple[str, str, type[Message], bool]]:
    """Service, method, kind of request, and whether the answer is a stream."""
    for service in SERVICES:
        for method in service.methods:
            yield service.name, method.name, GetMessageClass(method.input_type), method.server_streaming


def right_request(method: str, random: Random, known: Known) -> Message:
    """A request that would be answered, or nearly so."""
    return _RIGHT[method](random, known)


def _create(random: Random, known: Known) -> Message:
    group = random.choice((DATA, CDR, CLOCK, TAXED, None))
    charging_id = f"fuzz-{random.randrange(200)}"
    return creating(random.choice(known.subscribers), charging_id, usage(group, asks=wish()))


def _update(random: Random, known: Known) -> Message:
    number = random.randrange(2, 60)
    group = random.choice((DATA, CDR, CLOCK, TAXED))
    octets = random.choice((0, 1, 1_000, 300_000))
    container = used(octets, number)
    container.sponsor_identity = random.choice(("", "", "shoes-ag", "s" * 64))
    container.application_service_provider_identity = random.choice(("", "clip-world"))
    report = usage(group, container, asks=random.choice((None, wish(), wish(5_000))))
    return updating(random.choice(known.refs), number, report, second=number * 30)


def _release(random: Random, known: Known) -> Message:
    return releasing(random.choice(known.refs), random.randrange(2, 90), usage(DATA, used(100)))


def _event(random: Random, known: Known) -> Message:
    who, charging_id = random.choice(known.subscribers), f"fuzz-{random.randrange(200)}"
    action = random.choice((DEBIT, DEBIT, CHECK, ENQUIRY, REFUND))
    if action == REFUND:
        return happening(action, who, charging_id, refund=random.choice(known.charges))
    if random.random() < 0.5:
        outcome = delivered(f"operation-{random.randrange(40)}")
        return happening(action, who, charging_id, usage(OPERATION, asks=pieces(1)), outcome=outcome)
    return happening(action, who, charging_id, usage(TEXT, asks=pieces(1)))


def _settle(random: Random, known: Known) -> Message:
    return charging.SettleOutcomeRequest(
        request_id=known.request_id(random),
        charge_id=random.choice(known.charges),
        settlement=random.choice((CONFIRM, REVERSE)),
        reason="not delivered",
        actor="care",
    )


_BATCHED = {
    "create": _create,
    "update": _update,
    "release": _release,
    "one_time_event": _event,
    "settle_outcome": _settle,
}


def _batch(random: Random, known: Known) -> Message:
    batch = charging.ChargeBatchRequest()
    for kind in random.choices(list(_BATCHED), k=random.randrange(6)):
        getattr(batch.requests.add(), kind).CopyFrom(_BATCHED[kind](random, known))
    return batch


def _provision(random: Random, known: Known) -> Message:
    offering = random.choice(("prepaid", "weekly"))
    return provision(f"fuzz-{random.randrange(30)}", offering, credit=random.choice((0, EURO)))


def _adjust(random: Random, known: Known) -> Message:
    name = random.choice(known.accounts)
    return account.AdjustBalanceRequest(
        request_id=known.request_id(random),
        account_id=name,
        bucket_id=f"{name}/money",
        money=euros(random.choice((EURO, -EURO))),
        reason="goodwill",
        actor="care",
    )


def _rerate(random: Random, known: Known) -> Message:
    return charge.RerateChargesRequest(
        request_id=known.request_id(random),
        catalog_version=1,
        used_from=Timestamp(seconds=MORNING),
        used_until=Timestamp(seconds=MORNING + 86_400),
        reason="a wrong price",
        actor="revenue desk",
        preview=random.random() < 0.5,
    )


def _of_subscriber(kind: type[Message], **fields: object) -> Callable[[Random, Known], Message]:
    """A request of the subscription service for somebody."""
    numbered = "request_id" in kind.DESCRIPTOR.fields_by_name

    def build(random: Random, known: Known) -> Message:
        message = kind(subscriber_identifier=random.choice(known.subscribers), **fields)
        if numbered:
            message.request_id = known.request_id(random)  # type: ignore[attr-defined]
        return message

    return build


_WEEKLY = account.SubscriptionProvision(offering_code="weekly")
_RIGHT: dict[str, Callable[[Random, Known], Message]] = {
    "CreateChargingSession": _create,
    "UpdateChargingSession": _update,
    "ReleaseChargingSession": _release,
    "ChargeOneTimeEvent": _event,
    "SettleOutcome": _settle,
    "ChargeBatch": _batch,
    "Notify": lambda _random, _known: charging.NotifyRequest(nf_name="smf-1"),
    "ProvisionAccount": _provision,
    "TopUpAccount": lambda random, known: account.TopUpAccountRequest(
        request_id=known.request_id(random), account_id=random.choice(known.accounts), amount=euros(EURO)
    ),
    "AdjustBalance": _adjust,
    "TransferBalance": lambda random, known: account.TransferBalanceRequest(
        request_id=known.request_id(random),
        from_account_id="anna",
        to_account_id="bert",
        amount=euros(EURO),
    ),
    "GiftUnits": lambda random, known: account.GiftUnitsRequest(
        request_id=known.request_id(random),
        from_subscriber_identifier="device-anna",
        bucket_id=random.choice(known.buckets),
        units=1_000,
        to_subscriber_identifier="device-bert",
    ),
    "SetCreditLimit": lambda random, known: account.SetCreditLimitRequest(
        request_id=known.request_id(random),
        account_id=random.choice(known.accounts),
        credit_limit=euros(random.choice((0, EURO))),
        reason="scored anew",
        actor="care",
    ),
    "GetAccount": lambda random, known: account.GetAccountRequest(account_id=random.choice(known.accounts)),
    "ResolveSubscriber": _of_subscriber(account.ResolveSubscriberRequest),
    "CountSubscriptions": lambda _random, _known: account.CountSubscriptionsRequest(),
    "WatchBalance": lambda random, known: account.WatchBalanceRequest(
        account_id=random.choice(known.accounts), after_sequence=random.choice((None, 0, 5))
    ),
    "SubscribeOffering": _of_subscriber(subscription.SubscribeOfferingRequest, subscription=_WEEKLY),
    "CancelSubscription": _of_subscriber(
        subscription.CancelSubscriptionRequest, offering_code="weekly", reason="moved away"
    ),
    "SetSubscriberProfile": _of_subscriber(
        subscription.SetSubscriberProfileRequest, profile=account.SubscriberProfile(customer_value=7)
    ),
    "BarSubscriber": _of_subscriber(subscription.BarSubscriberRequest, reason="stolen", actor="care"),
    "GetCounters": _of_subscriber(subscription.GetCountersRequest),
    "WatchCounters": _of_subscriber(subscription.WatchCountersRequest),
    "SetSpendCap": _of_subscriber(
        subscription.SetSpendCapRequest, counter_code="bill-shock", cap=5 * EURO, actor="anna"
    ),
    "ExplainCharge": lambda random, known: charge.ExplainChargeRequest(
        charge_id=random.choice(known.charges)
    ),
    "RerateCharges": _rerate,
}
