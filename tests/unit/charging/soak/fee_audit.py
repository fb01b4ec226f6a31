"""Fees and the life of subscriptions, checked fact by fact against the price list.

Not a second account of when periods begin: each fee is worked out again from
its own record and the list, no second of a subscription is charged twice, what a trial gives
is free, an allowance opens with what the list says, and what rolls over is within its cap.
"""

from __future__ import annotations

from fractions import Fraction

from services.charging.domain import events as ev
from services.charging.domain.events import SubscriptionChange
from services.charging.domain.state import Bucket
from tests.unit.charging.soak.figures import (
    ALLOWANCES,
    FEES,
    MICROS_PER_MAJOR,
    OFFERINGS,
    SCALE,
    TAXES,
    ListAllowance,
    ListFee,
)
from tests.unit.charging.soak.slow_model import SlowModel
from tests.unit.charging.soak.slow_prices import month_length, tax_in

_FEES = {(fee.offering, fee.code): fee for fee in FEES}


class FeeAudit:
    """Sees each event after those before it have been taken in by the model."""

    def __init__(self, model: SlowModel) -> None:
        self._model = model
        self._paid_spans: dict[tuple[str, str, str], list[tuple[int, int]]] = {}
        self._trials: dict[tuple[str, str], int | None] = {}
        self._rolled: dict[str, int] = {}

    def see(self, event: ev.Event) -> None:
        """Checks one event."""
        match event:
            case ev.SubscriberAdded():
                for item in event.subscriptions:
                    self._trials[event.subscriber_id, item.offering_code] = item.trial_end
            case ev.SubscriptionChanged():
                self._changed(event)
            case ev.FeeCharged():
                self._charged(event)
            case ev.BucketMoved() if event.reason is ev.MovementReason.ROLLED_OVER:
                self._rolled[event.bucket_id] = -event.delta
            case ev.BucketOpened():
                self._opened(event.bucket)

    def _changed(self, event: ev.SubscriptionChanged) -> None:
        key = (event.subscriber_id, event.subscription.offering_code)
        self._trials[key] = event.subscription.trial_end
        if event.change in {SubscriptionChange.ENDED, SubscriptionChange.STARTED}:
            for fee in FEES:
                self._paid_spans.pop((*key, fee.code), None)

    def _charged(self, event: ev.FeeCharged) -> None:
        fee = _FEES[event.offering_code, event.fee_code]
        having = self._model.having[event.subscriber_id][event.offering_code]
        periods, percent = fee.promotion
        assert event.promotion_percent == (percent if having.number < periods else 0)
        amount = _fee_amount(fee, event)
        assert event.amount == amount, (event, amount)
        assert event.tax == _signed_tax(fee, amount)
        if fee.recurring:
            self._charge_span(fee, event)
        else:
            assert event.amount > 0

    def _charge_span(self, fee: ListFee, event: ev.FeeCharged) -> None:
        key = (event.subscriber_id, event.offering_code, event.fee_code)
        assert self._trials.get(key[:2]) is None, "charged within a trial"
        begin, end = event.period_from, event.period_until
        assert begin < end
        assert event.part == end - begin
        assert event.part <= event.whole
        if OFFERINGS[event.offering_code].calendar:
            assert event.whole == month_length(begin, self._model.zone_of[event.subscriber_id])
        spans = self._paid_spans.setdefault(key, [])
        if event.amount < 0:
            self._paid_spans[key] = _without(spans, begin, end)
            return
        assert all(end <= start or stop <= begin for start, stop in spans), f"{key} pays twice: {event}"
        spans.append((begin, end))

    def _opened(self, bucket: Bucket) -> None:
        if bucket.is_money or "/gift/" in bucket.bucket_id:
            assert bucket.is_money or bucket.balance == 0
            return
        owner, offering, rest = bucket.bucket_id.split("/", 2)
        code = rest.split("@")[0].split("#")[0].split(">")[0]
        listed = next(item for item in ALLOWANCES if (item.offering, item.code) == (offering, code))
        assert bucket.rating_groups == frozenset(listed.groups)
        assert (bucket.priority, bucket.member_limit) == (listed.priority, listed.member_limit)
        assert bucket.subscriber_ids == (frozenset() if listed.shared else frozenset({owner}))
        assert bucket.unit == "octets"
        if ">" in bucket.bucket_id:
            self._rolled_into(bucket, listed)
        else:
            assert bucket.balance == bucket.initial == listed.amount

    def _rolled_into(self, bucket: Bucket, listed: ListAllowance) -> None:
        assert listed.rollover is not None
        most, periods = listed.rollover
        assert bucket.balance == self._rolled.pop(bucket.bucket_id.rpartition(">")[0])
        assert 0 < bucket.balance <= (most or bucket.balance)
        assert 0 <= bucket.rollover_periods < periods


def _fee_amount(fee: ListFee, event: ev.FeeCharged) -> int:
    """List amount, share of the period, promotion, tax on top; then rounded, once."""
    exact = Fraction(fee.amount) * Fraction(SCALE[event.catalog_version])
    exact *= MICROS_PER_MAJOR[event.currency_code]
    exact = exact * event.part / event.whole * (100 - event.promotion_percent) / 100
    percent, inclusive = TAXES.get(fee.tax, (0, True))
    amount = round(exact if inclusive else exact * (100 + percent) / 100)
    given_back = event.amount < 0
    return -amount if given_back else amount


def _signed_tax(fee: ListFee, amount: int) -> int:
    return tax_in(fee.tax, abs(amount)) * (-1 if amount < 0 else 1)


def _without(spans: list[tuple[int, int]], begin: int, end: int) -> list[tuple[int, int]]:
    """What is left of paid spans when a part is given back, which must have been paid."""
    assert any(start <= begin and end <= stop for start, stop in spans), "given back what was not paid"
    return [
        part
        for start, stop in spans
        for part in ((start, min(stop, begin)), (max(start, end), stop))
        if part[0] < part[1]
    ]
