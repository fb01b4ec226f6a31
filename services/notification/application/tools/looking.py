"""Who the customer is, what the account holds, what was billed and told: from what this service knows."""

from __future__ import annotations

from services.common.kernel.amount_words import show_units
from services.common.kernel.clock import Instant, iso
from services.common.kernel.money import Money, currency
from services.notification.application.ports import Directory, Inbox
from services.notification.application.tools.arguments import Arguments, NotificationsArguments
from services.notification.application.tools.ports import Assortment, PeerUnreachableError, Shop
from services.notification.application.tools.results import (
    AllowanceLeft,
    BalanceResult,
    BillLine,
    BillsResult,
    CustomerResult,
    NamedOffering,
    NotificationLine,
    NotificationsResult,
)
from services.notification.application.tools.wording import (
    Asking,
    Done,
    Listed,
    Month,
    Refusal,
    Sentence,
    refuse,
    say,
)
from services.notification.domain.customers import Bucket
from services.notification.domain.facts import Recipient, Units

ACTIVE, SUSPENDED = "active", "suspended"
_MOST_NOTIFICATIONS = 100
_TOLD_ALLOWANCES = 5
_TOLD_BILLS = 3
_TOLD_NOTIFICATIONS = 3


async def assortment(shop: Shop) -> Assortment:
    """The catalog for names; where it does not answer, codes must do."""
    try:
        return await shop.newest()
    except PeerUnreachableError:
        return Assortment(0)


class GetCustomer:
    """Who the customer is to the operator."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    async def __call__(self, who: Asking, _args: Arguments) -> Done[CustomerResult]:
        """Never refuses."""
        known = await assortment(self._shop)
        customer = who.customer
        offerings = []
        for code in sorted(customer.offering_codes):
            found = known.offerings.get(code)
            offerings.append(NamedOffering(code, known.name_of(code), found.kind if found else ""))
        said = [say("customer-nothing")]
        if offerings:
            said = [say("customer-has", offerings=Listed(tuple(item.name for item in offerings)))]
        if customer.barred:
            said.append(say("line-is-suspended"))
        result = CustomerResult(
            customer.subscriber_id,
            customer.account_id,
            customer.currency_code,
            customer.time_zone,
            SUSPENDED if customer.barred else ACTIVE,
            offerings,
        )
        return Done(result, tuple(said))


class GetBalance:
    """What the account holds."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    async def __call__(self, who: Asking, _args: Arguments) -> Done[BalanceResult] | Refusal:
        """Money of the account, and the allowances that the subscriber may use."""
        balances = await self._directory.balances(who.account_id)
        if balances is None:
            return refuse("SUBSCRIBER_UNKNOWN")
        own = [bucket for bucket in balances.buckets if _is_usable(bucket, who)]
        unit = currency(who.customer.currency_code)
        money = Money(sum(bucket.balance for bucket in own if bucket.is_money), unit)
        allowances = [bucket for bucket in own if not bucket.is_money]
        said = [say("balance-money", money=money)]
        left = [_allowance_sentence(bucket, who) for bucket in allowances if bucket.balance > 0]
        if left:
            said.append(say("balance-allowances", allowances=Listed(tuple(left[:_TOLD_ALLOWANCES]))))
        result = BalanceResult(
            who.account_id,
            str(money),
            [_allowance(bucket) for bucket in allowances],
            iso(balances.at),
            balances.feature_seq,
        )
        return Done(result, tuple(said))


class ListBills:
    """What was charged by month."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    async def __call__(self, who: Asking, _args: Arguments) -> Done[BillsResult]:
        """Newest month first."""
        bills = await self._directory.bills(who.account_id)
        said = [
            say("bill-closed" if bill.closed else "bill-running", month=Month(bill.month), total=bill.total)
            for bill in bills[:_TOLD_BILLS]
        ]
        lines = [BillLine(bill.month, str(bill.total), bill.charges, bill.closed) for bill in bills]
        return Done(BillsResult(lines), tuple(said) or (say("bills-none"),))


class ListNotifications:
    """The customer's inbox."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox

    async def __call__(
        self, who: Asking, args: NotificationsArguments
    ) -> Done[NotificationsResult] | Refusal:
        """A page of it, in the order in which entries came."""
        if args.after < 0 or not 1 <= args.limit <= _MOST_NOTIFICATIONS:
            return refuse("LIMIT_INVALID", most=_MOST_NOTIFICATIONS)
        recipient = Recipient(who.subscriber_id, who.account_id)
        page = await self._inbox.page(recipient, args.after, args.limit)
        lines = [
            NotificationLine(
                entry.notification_id,
                entry.cursor,
                entry.alert_code,
                entry.category.value,
                entry.severity.value,
                entry.title,
                entry.body,
                dict(entry.data),
                iso(entry.occurred_at),
                entry.read_at is not None,
            )
            for entry in page.notifications
        ]
        said = [say("notifications-found", count=len(lines), unread=page.unread)]
        if lines:
            newest = tuple(line.title for line in reversed(lines[-_TOLD_NOTIFICATIONS:]))
            said.append(say("notifications-newest", titles=Listed(newest)))
        return Done(NotificationsResult(lines, page.next_cursor, page.unread), tuple(said))


def _is_usable(bucket: Bucket, who: Asking) -> bool:
    is_mine = not bucket.subscriber_ids or who.subscriber_id in bucket.subscriber_ids
    return is_mine and (bucket.valid_until is None or bucket.valid_until > who.now)


def _allowance(bucket: Bucket) -> AllowanceLeft:
    return AllowanceLeft(
        bucket.bucket_id,
        bucket.name,
        bucket.unit,
        bucket.balance,
        bucket.given,
        show_units(bucket.balance, bucket.unit),
        bucket.left_percent,
        _iso(bucket.valid_until),
        bucket.offering_code,
    )


def _allowance_sentence(bucket: Bucket, who: Asking) -> Sentence:
    left = Units(bucket.balance, bucket.unit)
    if bucket.valid_until is None:
        return say("allowance", left=left, name=bucket.name)
    until = who.moment(bucket.valid_until, day_only=True)
    return say("allowance-until", left=left, name=bucket.name, until=until)


def _iso(at: Instant | None) -> str:
    return "" if at is None else iso(at)
