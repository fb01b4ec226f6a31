"""Whether a fact still holds that was held back for a while: nobody is told of what is over."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from services.common.kernel.clock import Instant
from services.common.kernel.money import Money
from services.notification.domain.customers import Bucket, Present
from services.notification.domain.facts import FactKind, Value

_Values = Mapping[str, Value]


def still_holds(fact_kind: FactKind, values: _Values, about: str, present: Present, now: Instant) -> bool:
    """True where what a fact said is so at an instant; of most kinds it stays so for ever.

    `values`, `about`: the fact's. What is absent from `present` is gone.
    """
    looks = _LOOKS.get(fact_kind)
    return looks is None or looks(values, about, present, now)


def _balance_low(values: _Values, about: str, present: Present, _now: Instant) -> bool:
    """A threshold is of one money bucket; where that is not told apart, of all money together."""
    threshold = values.get("threshold")
    if not isinstance(threshold, Money):
        return True
    bucket = present.buckets.get(about)
    if bucket is not None:
        return bucket.balance <= threshold.minor_micros
    return present.money is not None and present.money.minor_micros <= threshold.minor_micros


def _allowance_used(values: _Values, about: str, present: Present, now: Instant) -> bool:
    bucket = _open(present, about, now)
    percent = values.get("percent")
    if bucket is None or not isinstance(percent, int):
        return False
    return bucket.balance * 100 <= bucket.given * (100 - percent)


def _expires_soon(values: _Values, about: str, present: Present, now: Instant) -> bool:
    bucket = _open(present, about, now)
    expires_at = values.get("expires_at")
    if bucket is None or bucket.valid_until is None or not isinstance(expires_at, int):
        return False
    return bucket.balance > 0 and bucket.valid_until <= expires_at


def _spent(values: _Values, about: str, present: Present, _now: Instant) -> bool:
    mark = values.get("mark")
    return isinstance(mark, int) and present.counters.get(about, 0) >= mark


def _offer(values: _Values, about: str, present: Present, now: Instant) -> bool:
    expires_at = values.get("expires_at")
    is_over = isinstance(expires_at, int) and expires_at <= now
    return not is_over and about not in present.answered_offers


def _open(present: Present, bucket_id: str, now: Instant) -> Bucket | None:
    bucket = present.buckets.get(bucket_id)
    if bucket is None or (bucket.valid_until is not None and bucket.valid_until <= now):
        return None
    return bucket


_LOOKS: dict[FactKind, Callable[[_Values, str, Present, Instant], bool]] = {
    FactKind.BALANCE_LOW: _balance_low,
    FactKind.ALLOWANCE_USED: _allowance_used,
    FactKind.EXPIRES_SOON: _expires_soon,
    FactKind.SPEND_MARK: _spent,
    FactKind.SPEND_CAP: _spent,
    FactKind.OFFER: _offer,
}
