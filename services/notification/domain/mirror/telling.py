"""Facts of what the journal says. Every function gives one for each who is to hear, all of one cause."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from services.common.kernel.clock import HOUR, Instant
from services.notification.domain.facts import Fact, FactKind, Recipient, Units, Value
from services.notification.domain.mirror.accounts import Account, Held, amount, hearers
from services.notification.domain.mirror.calendar import day_text
from services.notification.domain.mirror.happenings import (
    MarkPassed,
    Refused,
    SubscriptionMoved,
    ThresholdPassed,
    ToppedUp,
)
from services.notification.domain.mirror.unusual import Unusual


def threshold_passed(account: Account, held: Held, passed: ThresholdPassed) -> list[Fact]:
    """BALANCE_LOW of money; ALLOWANCE_USED of units: once for each bucket (of one cycle) and percent."""
    told = hearers(account, held.subscriber_ids)
    if held.is_money:
        if account.low_balance is None:
            return []
        low: dict[str, Value] = {
            "balance": amount(account, passed.balance),
            "threshold": amount(account, account.low_balance),
            "bucket_id": held.bucket_id,
        }
        cause = f"balance-low-{passed.cause}"
        return _facts(FactKind.BALANCE_LOW, cause, told, passed.at, low, held.bucket_id)
    used: dict[str, Value] = {
        "percent": passed.percent,
        "left": Units(passed.balance, held.unit),
        "given": Units(held.given, held.unit),
        "allowance": held.name,
        "bucket_id": held.bucket_id,
        "offering": held.offering_code,
        "shared": len(told) > 1,
    }
    cause = f"allowance-{account.account_id}-{held.bucket_id}-{passed.percent}"
    return _facts(FactKind.ALLOWANCE_USED, cause, told, passed.at, used, held.bucket_id)


def mark_passed(account: Account, passed: MarkPassed, cap: int | None) -> list[Fact]:
    """SPEND_CAP or SPEND_MARK, once a period and mark. `cap`: in force, as far as known: gives `percent`."""
    subscriber_id, counter, period = passed.subscriber_id, passed.counter, passed.period
    values: dict[str, Value] = {
        "counter": counter,
        "value": passed.value,
        "mark": passed.mark,
        "period": period,
    }
    kind = FactKind.SPEND_CAP if passed.is_cap else FactKind.SPEND_MARK
    if not passed.is_cap and cap:
        values["percent"] = passed.mark * 100 // cap
    owner = subscriber_id or account.account_id
    cause = f"{kind.value}-{owner}-{counter}-{period}-{passed.mark}"
    told = hearers(account, (subscriber_id,) if subscriber_id else ())
    return _facts(kind, cause, told, passed.at, values, counter_key(counter, period))


def counter_key(counter: str, period: str) -> str:
    """How a counter is named in `Present.counters` and in what facts are about."""
    return f"{counter}/{period}"


def refused(passed: Refused) -> list[Fact]:
    """SESSION_REFUSED, once for each session, rating group and result."""
    session = passed.session_ref or passed.cause
    recipient = Recipient(subscriber_id=passed.subscriber_id, account_id=passed.account_id)
    return _facts(
        FactKind.SESSION_REFUSED,
        f"refused-{session}-{passed.rating_group}-{passed.result}",
        [recipient],
        passed.at,
        {"result": passed.result, "rating_group": passed.rating_group},
        session,
    )


def topped_up(account: Account, held: Held, paid: ToppedUp) -> list[Fact]:
    """TOPPED_UP."""
    return _facts(
        FactKind.TOPPED_UP,
        f"topped-up-{paid.cause}",
        hearers(account, held.subscriber_ids),
        paid.at,
        {"amount": amount(account, paid.paid), "balance": amount(account, paid.balance)},
        held.bucket_id,
    )


def subscription_changed(moved: SubscriptionMoved) -> list[Fact]:
    """SUBSCRIPTION_CHANGED."""
    values: dict[str, Value] = {"change": moved.change, "offering": moved.holding.code}
    if moved.until:
        values["until"] = moved.until
    recipient = Recipient(subscriber_id=moved.subscriber_id, account_id=moved.account_id)
    cause = f"subscription-{moved.cause}"
    return _facts(FactKind.SUBSCRIPTION_CHANGED, cause, [recipient], moved.at, values, moved.holding.code)


def unusually_used(
    account: Account, subscriber_id: str, at: int, day: int, found: Unusual, factor: int
) -> list[Fact]:
    """UNUSUAL_USAGE, once a day."""
    text = day_text(day)
    values: dict[str, Value] = {
        "spent": amount(account, found.spent),
        "usual": amount(account, found.usual),
        "factor": factor,
        "day": text,
    }
    recipient = Recipient(subscriber_id=subscriber_id, account_id=account.account_id)
    cause = f"unusual-{subscriber_id}-{text}"
    return _facts(FactKind.UNUSUAL_USAGE, cause, [recipient], at, values, text)


def expires_soon(account: Account, held: Held, hours: int, at: int) -> list[Fact]:
    """EXPIRES_SOON, once for each bucket, its end, and hour mark."""
    values: dict[str, Value] = {
        "expires_at": held.valid_until,
        "hours": hours,
        "is_money": held.is_money,
        "allowance": held.name,
        "bucket_id": held.bucket_id,
        "offering": held.offering_code,
    }
    if held.is_money:
        values["amount"] = amount(account, held.balance)
    else:
        values["left"] = Units(held.balance, held.unit)
    cause = f"expires-{account.account_id}-{held.bucket_id}-{held.valid_until}-{hours}"
    told = hearers(account, held.subscriber_ids)
    return _facts(FactKind.EXPIRES_SOON, cause, told, at, values, held.bucket_id)


def bill_ready(account: Account, month: str, total: int, charges: int, at: int) -> list[Fact]:
    """BILL_READY, once for each account and month. `total` in minor_micros."""
    values: dict[str, Value] = {"month": month, "total": amount(account, total), "charges": charges}
    cause = f"bill-{account.account_id}-{month}"
    return _facts(FactKind.BILL_READY, cause, hearers(account), at, values, month)


def nearest_mark(held: Held, hours: Iterable[int], now: int) -> int:
    """The nearest of the hour marks before a bucket's end that has passed; 0: none has.

    What had an end only after a mark has no such mark: a day's pass does not expire soon when it is bought.
    """
    due = [each for each in hours if held.end_known_at < held.valid_until - each * HOUR <= now]
    return min(due, default=0) if now < held.valid_until else 0


def _facts(
    kind: FactKind,
    cause: str,
    told: Sequence[Recipient],
    at: int,
    values: Mapping[str, Value],
    about: str,
) -> list[Fact]:
    return [Fact(kind, cause, recipient, Instant(at), values, about) for recipient in told]
