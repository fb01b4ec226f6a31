"""The books, kept from the events alone: what was put in, charged, given back; and what may happen only once.

Knows nothing of what was asked, and nothing of how charging decides. Money of
an account is what was put in, less charges and fees, plus refunds, less
corrections, exactly; every movement is one of these, and every charge is the sum of its debits.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction

from services.charging.domain import events as ev
from services.charging.domain.state import PartitionState

_BY_HAND = {
    ev.MovementReason.TOPPED_UP,
    ev.MovementReason.ADJUSTED,
    ev.MovementReason.TRANSFERRED,
    ev.MovementReason.ROLLED_OVER,
    ev.MovementReason.GIFTED,
}
"""Movements that no other event tells about."""

_HOLDS = {ev.MovementReason.RESERVED, ev.MovementReason.RELEASED, ev.MovementReason.EXPIRED}


@dataclass(slots=True)
class Written:
    """A charge for usage or a fee, and what became of it."""

    charge_id: str
    account: str
    subscriber: str
    currency: str
    amount: int
    tax: int
    debits: tuple[ev.Debit, ...]
    record: ev.UsageCharged | ev.FeeCharged
    refunded: int = 0
    refunded_tax: int = 0
    units_restored: bool = False
    corrected: int = 0
    corrected_tax: int = 0
    was_corrected: bool = False

    @property
    def left(self) -> int:
        """What of it, as corrected, was not given back."""
        return self.amount + self.corrected - self.refunded

    @property
    def units(self) -> dict[str, int]:
        """What allowances paid, by bucket."""
        return {debit.bucket_id: debit.amount for debit in self.debits if debit.unit != self.currency}


@dataclass(slots=True)
class Sums:
    """One account's money, by what happened to it."""

    put_in: int = 0
    charged: int = 0
    fees: int = 0
    refunded: int = 0
    corrected: int = 0

    @property
    def balance(self) -> int:
        """What must be there."""
        return self.put_in - self.charged - self.fees + self.refunded - self.corrected


@dataclass(slots=True)
class Ledger:
    """Takes events in as they come."""

    sums: dict[str, Sums] = field(default_factory=dict)
    books: dict[str, int] = field(default_factory=dict)
    """Balance of each bucket by what was told about charges and the like."""
    tape: dict[str, int] = field(default_factory=dict)
    """Balance of each bucket by its movements one by one."""
    charges: dict[str, Written] = field(default_factory=dict)
    told_marks: set[tuple[str, str, str, str, int]] = field(default_factory=set)
    touched: set[str] = field(default_factory=set)

    def take(self, event: ev.Event) -> None:
        """Writes one event down."""
        match event:
            case ev.AccountOpened():
                self.sums[event.account_id] = Sums()
            case ev.BucketOpened():
                self._opened(event)
            case ev.BucketMoved():
                self._moved(event)
            case ev.BucketClosed():
                self._closed(event)
            case ev.UsageCharged() | ev.FeeCharged():
                self._charged(event)
            case ev.ChargeRefunded():
                self._refunded(event)
            case ev.ChargeCorrected():
                self._corrected(event)
            case ev.CounterThresholdCrossed():
                self._mark_told(event)

    def compare(self, state: PartitionState) -> None:
        """What the last events touched stands in memory as it does here."""
        for bucket_id in self.touched:
            bucket = state.buckets.get(bucket_id)
            if bucket is not None:
                assert bucket.balance == self.books[bucket_id] == self.tape[bucket_id], bucket_id
        self.touched.clear()
        for account_id, sums in self.sums.items():
            assert state.buckets[f"{account_id}/money"].balance == sums.balance, account_id

    def compare_all(self, state: PartitionState) -> None:
        """Every bucket there is, and no other."""
        assert {name: bucket.balance for name, bucket in state.buckets.items()} == self.books == self.tape

    def _opened(self, event: ev.BucketOpened) -> None:
        bucket = event.bucket
        assert bucket.bucket_id not in self.books, f"{bucket.bucket_id} was opened twice"
        assert bucket.reserved == 0
        self.books[bucket.bucket_id] = self.tape[bucket.bucket_id] = bucket.balance
        self.touched.add(bucket.bucket_id)
        if bucket.is_money:
            self.sums[bucket.account_id].put_in += bucket.balance

    def _moved(self, event: ev.BucketMoved) -> None:
        assert self.tape[event.bucket_id] + event.delta == event.balance
        assert (event.delta == 0) == (event.reason in _HOLDS), event
        self.tape[event.bucket_id] = event.balance
        self.touched.add(event.bucket_id)
        if event.reason in _BY_HAND:
            self.books[event.bucket_id] += event.delta
            if event.bucket_id.endswith("/money"):
                self.sums[event.account_id].put_in += event.delta

    def _closed(self, event: ev.BucketClosed) -> None:
        assert event.forfeited == self.books.pop(event.bucket_id)
        assert event.forfeited == self.tape.pop(event.bucket_id)
        self.touched.discard(event.bucket_id)

    def _charged(self, event: ev.UsageCharged | ev.FeeCharged) -> None:
        assert event.charge_id not in self.charges, f"{event.charge_id} was charged twice"
        money = sum(debit.amount for debit in event.debits if debit.unit == event.currency_code)
        assert event.amount == money, "a charge is not the sum of its debits"
        assert 0 <= abs(event.tax) <= abs(event.amount) and event.tax * event.amount >= 0
        assert event.amount >= 0 or isinstance(event, ev.FeeCharged)
        sums = self.sums[event.account_id]
        if isinstance(event, ev.UsageCharged):
            sums.charged += event.amount
        else:
            sums.fees += event.amount
        self._take_from(event.debits)
        self.charges[event.charge_id] = Written(
            event.charge_id,
            event.account_id,
            event.subscriber_id,
            event.currency_code,
            event.amount,
            event.tax,
            event.debits,
            event,
        )

    def _refunded(self, event: ev.ChargeRefunded) -> None:
        charge = self.charges[event.refunded_charge_id]
        money = sum(credit.amount for credit in event.credits if credit.unit == event.currency_code)
        assert event.amount == money
        assert (charge.account, charge.subscriber) == (event.account_id, event.subscriber_id)
        charge.refunded += event.amount
        assert charge.refunded == event.refunded_total
        assert charge.left >= 0, "more was given back than was charged"
        charge.refunded_tax += event.tax
        assert charge.refunded_tax == event.refunded_total_tax
        self._check_tax_given_back(charge, event)
        restored = {item.bucket_id: item.amount for item in event.credits if item.unit != event.currency_code}
        assert not restored or not charge.units_restored, "units were given back twice"
        assert restored.items() <= charge.units.items()
        charge.units_restored = event.units_restored
        self.sums[event.account_id].refunded += event.amount
        self._take_from(ev.Debit(item.bucket_id, item.unit, -item.amount) for item in event.credits)

    @staticmethod
    def _check_tax_given_back(charge: Written, event: ev.ChargeRefunded) -> None:
        """All of the tax with the last of the charge, before that a part that is in proportion."""
        if not charge.left:
            assert charge.refunded_tax == charge.tax + charge.corrected_tax
            return
        assert 0 <= event.tax <= event.amount
        if not charge.was_corrected:
            # Python rounds fractions half to even.
            assert charge.refunded_tax == round(Fraction(charge.tax * charge.refunded, charge.amount))

    def _corrected(self, event: ev.ChargeCorrected) -> None:
        charge = self.charges[event.corrected_charge_id]
        assert event.amount == sum(debit.amount for debit in event.debits)
        assert all(debit.unit == event.currency_code for debit in event.debits)
        charge.corrected += event.amount
        charge.corrected_tax += event.tax
        assert (charge.corrected, charge.corrected_tax) == (event.corrected_total, event.corrected_total_tax)
        assert charge.left >= 0, "corrected to less than was given back"
        charge.was_corrected = True
        if charge.refunded and not charge.left:
            assert charge.refunded_tax == charge.tax + charge.corrected_tax
        self.sums[event.account_id].corrected += event.amount
        self._take_from(event.debits)

    def _take_from(self, debits: Iterable[ev.Debit]) -> None:
        for debit in debits:
            self.books[debit.bucket_id] -= debit.amount
            self.touched.add(debit.bucket_id)

    def _mark_told(self, event: ev.CounterThresholdCrossed) -> None:
        owner = event.subscriber_id or event.account_id
        key = (owner, event.counter_code, event.period, "cap" if event.cap else "", event.mark)
        assert event.cap or key not in self.told_marks, f"{key} was told twice"
        self.told_marks.add(key)
