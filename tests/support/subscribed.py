"""Offerings with fees and periods, and a world in which what is due by itself gets done."""

from __future__ import annotations

from collections.abc import Iterable

from tidemark.catalog.v1 import catalog_pb2, pricing_pb2

from services.charging.domain import commands
from services.charging.domain import events as ev
from services.charging.domain.answers import AccountAnswer
from services.charging.domain.rating.tariff import Tariff
from services.charging.domain.state import Subscription
from services.charging.domain.subscriptions import commands as subscription_commands
from services.charging.domain.subscriptions.allowance_buckets import closing_due
from services.charging.domain.subscriptions.periods import next_due
from services.common.kernel.clock import EPOCH, Instant
from tests.support.charging_catalog import DATA, allowance, offering, per, price, tariff
from tests.support.charging_models import exact
from tests.support.charging_world import World, at, eur, report

NEXT_PERIOD = catalog_pb2.EXISTING_SUBSCRIBERS_MOVE_NEXT_PERIOD
AT_ONCE = catalog_pb2.EXISTING_SUBSCRIBERS_MOVE_AT_ONCE
JANUARY = at("2026-01-01 00:00")

Due = subscription_commands.RenewSubscription | subscription_commands.CloseBuckets

MONTHLY = pricing_pb2.Period(months=1)
CALENDAR = pricing_pb2.Period(months=1, calendar=True)
VAT = catalog_pb2.Catalog(taxes=[pricing_pb2.Tax(code="vat", name="VAT", percent="19", inclusive=True)])


def days(number: int) -> pricing_pb2.Period:
    """A period of so many days."""
    return pricing_pb2.Period(days=number)


def fee(
    code: str,
    amount: str,
    *,
    once: bool = False,
    prorated: bool = False,
    suspends: bool = False,
    tax: str = "",
    promotion: tuple[int, int] = (0, 0),
) -> pricing_pb2.Fee:
    """A fee, recurring unless `once`. `promotion`: so many first periods, so many per cent less."""
    return pricing_pb2.Fee(
        code=code,
        name=code,
        amount=exact(amount),
        kind=pricing_pb2.FEE_KIND_ONE_TIME if once else pricing_pb2.FEE_KIND_RECURRING,
        prorated=prorated,
        suspends=suspends,
        tax=tax,
        promotion_periods=promotion[0],
        promotion_percent=promotion[1],
    )


class Shop(World):
    """A world with one subscriber, `sub-1` of `acme`, who takes offerings and gives them up."""

    def move_to(self, now: Instant, renew: bool = True) -> None:
        """Time passes; what is due on the way is done at its end, unless charging is down."""
        self.clock.time = now
        if renew:
            self.renew_due()

    def renew_due(self) -> int:
        """Does everything that is due, the earliest first. How many entries that took."""
        done = 0
        while (command := self._earliest()) is not None:
            self.do(command)
            done += 1
        return done

    def _earliest(self) -> Due | None:
        dues = [
            (due, subscriber.subscriber_id, item.offering_code)
            for subscriber in self.state.subscribers.values()
            for item in subscriber.subscriptions
            if (due := next_due(item, self.tariffs, self.currency(subscriber.account_id))) is not None
        ]
        dues += [
            (due, bucket.account_id, "")
            for bucket in self.state.buckets.values()
            if (due := closing_due(bucket)) is not None and not bucket.reserved
        ]
        now = self.clock.now()
        found = min((item for item in dues if item[0] <= now), default=None)
        if found is None:
            return None
        _, whose, offering = found
        if offering:
            return subscription_commands.RenewSubscription(whose, offering)
        return subscription_commands.CloseBuckets(whose)

    def currency(self, account_id: str) -> str:
        """Of an account."""
        return self.state.accounts[account_id].currency_code

    def take(
        self,
        offering: str,
        when: Instant | None = None,
        subscriber: str = "sub-1",
        chosen: tuple[str, ...] = (),
    ) -> AccountAnswer:
        """Subscribes, from now unless told."""
        answer = self.do(self.order(offering, when, subscriber, chosen))
        assert isinstance(answer, AccountAnswer)
        return answer

    def order(
        self,
        offering: str,
        when: Instant | None = None,
        subscriber: str = "sub-1",
        chosen: tuple[str, ...] = (),
    ) -> subscription_commands.Subscribe:
        """A subscription, to `do` or to `decide`."""
        at = self.clock.now() if when is None else when
        return subscription_commands.Subscribe(subscriber, offering, chosen, at, "order-1")

    def cancel(self, offering: str, at_period_end: bool = False, subscriber: str = "sub-1") -> None:
        """Gives an offering up."""
        self.do(subscription_commands.CancelSubscription(subscriber, offering, at_period_end, "moving away"))

    def open(
        self, *offerings: str, when: Instant, money: str = "100.00", credit: str = "0", zone: str = ""
    ) -> None:
        """Opens `acme` with `sub-1`, its offerings in force from an instant."""
        taken = tuple(commands.NewSubscription(code, ()) for code in offerings)
        self.do(
            commands.ProvisionAccount(
                "acme", "EUR", eur(credit), eur(money), (commands.NewSubscriber("sub-1", zone, taken),), when
            )
        )

    def top_up(self, amount: str) -> None:
        """Money comes."""
        self.do(commands.TopUp("acme", "EUR", eur(amount), "voucher"))

    def held(self, offering: str, subscriber: str = "sub-1") -> Subscription:
        """A subscription that is there."""
        found = self.state.subscribers[subscriber].subscription(offering)
        assert found is not None, offering
        return found

    def has(self, offering: str, subscriber: str = "sub-1") -> bool:
        """Whether there is a subscription."""
        return self.state.subscribers[subscriber].subscription(offering) is not None

    def fees(self) -> list[ev.FeeCharged]:
        """Every fee so far."""
        return [event for entry in self.entries for event in entry.events if isinstance(event, ev.FeeCharged)]

    def paid(self) -> list[int]:
        """What each fee came to."""
        return [event.amount for event in self.fees()]

    def topped_up(self) -> int:
        """Money that came by top-ups."""
        return sum(
            event.delta
            for entry in self.entries
            for event in entry.events
            if isinstance(event, ev.BucketMoved) and event.reason is ev.MovementReason.TOPPED_UP
        )

    def changes(self, offering: str) -> list[str]:
        """What happened to a subscription."""
        return [
            event.change.value
            for entry in self.entries
            for event in entry.events
            if isinstance(event, ev.SubscriptionChanged) and event.subscription.offering_code == offering
        ]

    def units(self) -> dict[str, int]:
        """What every bucket of units holds, past ones too."""
        return {
            bucket.bucket_id: bucket.balance for bucket in self.state.buckets.values() if not bucket.is_money
        }


def sums(amounts: Iterable[str]) -> list[int]:
    """Euros as minor_micros."""
    return [eur(amount) for amount in amounts]


def plan(
    amount: str = "10.00",
    suspends: bool = True,
    period: pricing_pb2.Period = MONTHLY,
    existing: catalog_pb2.ExistingSubscribers.ValueType = catalog_pb2.EXISTING_SUBSCRIBERS_KEEP,
    units: int = 1_000,
    rollover: pricing_pb2.Rollover | None = None,
    prorated: bool = False,
    version: int = 1,
    effective_from: Instant = EPOCH,
) -> Tariff:
    """`plan`: data at a cent an octet, a monthly fee, an allowance that renews and one that does not."""
    made = offering(
        "plan",
        price("data", DATA, per("0.01")),
        fees=[fee("monthly", amount, suspends=suspends, prorated=prorated)],
        period=period,
        existing=existing,
        allowances=[
            allowance("gigabyte", units, renews=True, rollover=rollover),
            allowance("welcome", 50, priority=20),
        ],
    )
    return tariff(made, version=version, effective_from=effective_from)


def use(shop: Shop, units: int) -> None:
    """Octets of data, as an event now."""
    shop.do(shop.event(report(DATA, units), when=shop.clock.now()))
