"""Random histories of a partition: events of every kind that has an effect, in any order that can be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from random import Random

from services.charging.domain import events as ev
from services.charging.domain.apply import apply_entry, member_counter
from services.charging.domain.rating.circumstances import ANYWHERE, Circumstances, Conditions
from services.charging.domain.state import Bucket, PartitionState, Profile, RatedUsage, Subscription
from services.common.kernel.clock import EPOCH, HOUR, Instant

PERIODS = ("2026-10", "2026-11", "2026-12")


class Happenings:
    """Draws entries one after the other and applies them; `state` is what has come of them."""

    def __init__(self, random: Random) -> None:
        self.state = PartitionState()
        self._random = random
        self._now = EPOCH
        self._made = 0

    def happen(self) -> ev.Entry:
        """One more entry, applied."""
        self._now = Instant(self._now + self._random.choice((0, 0, 0, HOUR, 2 * HOUR)))
        possible = list(self._possible())
        events = self._random.choice(possible)()
        key = self._new("key").encode() if self._chance() else b""
        operation = self._random.choice(list(ev.Operation))
        entry = ev.Entry(self._now, operation, events, key, key[::-1], key * 2)
        apply_entry(self.state, entry)
        return entry

    def _possible(self) -> Iterator[Callable[[], tuple[ev.Event, ...]]]:
        state = self.state
        yield self._account
        if state.accounts:
            yield from (self._subscriber, self._bucket)
        if state.buckets:
            yield from (self._bucket_changed, self._credit_limit, self._bucket_over)
        if state.subscribers:
            yield from (self._subscription, self._profile, self._cap, self._counter, self._session)
            yield from (self._outcome, self._late_word_on_a_charge)
        if state.sessions:
            # More than one at a time must have expired for their order to matter.
            yield from (self._report, self._session_over, self._session_over, self._come_back)
        if state.expired:
            yield self._resumed

    def _account(self) -> tuple[ev.Event, ...]:
        account_id = self._new("account")
        mark = self._random.choice((None, 5))
        return (ev.AccountOpened(account_id, "EUR", 100, mark), *self._open(account_id, is_money=True))

    def _subscriber(self) -> tuple[ev.Event, ...]:
        taken = tuple(self._taken(code) for code in ("basic", "extra") if self._chance())
        return (
            ev.SubscriberAdded(
                self._new("subscriber"), self._one_of(self.state.accounts), "UTC", taken, self._a_profile()
            ),
        )

    def _bucket(self) -> tuple[ev.Event, ...]:
        return self._open(self._one_of(self.state.accounts), is_money=False)

    def _open(self, account_id: str, is_money: bool) -> tuple[ev.Event, ...]:
        amount, account = self._random.randrange(1_000), self.state.accounts.get(account_id)
        members = frozenset(name for name in (account.subscriber_ids if account else ()) if self._chance())
        bucket = Bucket(
            bucket_id=self._new("bucket"),
            account_id=account_id,
            name="n",
            unit="EUR" if is_money else "octet",
            is_money=is_money,
            balance=amount,
            reserved=0,
            floor=-100 if is_money else 0,
            initial=amount,
            priority=self._random.randrange(3),
            valid_from=self._now,
            valid_until=self._maybe(self._now),
            rating_groups=frozenset({self._random.randrange(3)}),
            subscriber_ids=members,
            thresholds_percent=(50, 80),
            offering_code="basic",
            conditions=Conditions(areas=frozenset({"berlin"})) if self._chance() else ANYWHERE,
            member_limit=self._random.randrange(3),
            days_from_first_use=self._random.randrange(3),
            giftable=self._chance(),
            rollover_periods=self._random.randrange(3),
        )
        return (ev.BucketOpened(bucket),)

    def _bucket_changed(self) -> tuple[ev.Event, ...]:
        bucket = self.state.buckets[self._one_of(self.state.buckets)]
        if self._chance():
            return (ev.BucketStarted(bucket.account_id, bucket.bucket_id, self._now),)
        balance, reserved = self._random.randrange(1_000), self._random.randrange(10)
        reason = self._random.choice(list(ev.MovementReason))
        delta = balance - bucket.balance
        return (
            ev.BucketMoved(
                bucket.account_id, bucket.bucket_id, reason, bucket.unit, delta, balance, reserved
            ),
        )

    def _bucket_over(self) -> tuple[ev.Event, ...]:
        bucket = self.state.buckets[self._one_of(self.state.buckets)]
        return (ev.BucketClosed(bucket.account_id, bucket.bucket_id, bucket.unit, bucket.balance, 0),)

    def _credit_limit(self) -> tuple[ev.Event, ...]:
        bucket = self.state.buckets[self._one_of(self.state.buckets)]
        limit = self._random.randrange(500)
        return (ev.CreditLimitChanged(bucket.account_id, bucket.bucket_id, limit, "asked for", "care"),)

    def _subscription(self) -> tuple[ev.Event, ...]:
        subscriber = self.state.subscribers[self._one_of(self.state.subscribers)]
        change = self._random.choice(list(ev.SubscriptionChange))
        taken = self._taken(self._random.choice(("basic", "extra", "booster")))
        return (ev.SubscriptionChanged(subscriber.account_id, subscriber.subscriber_id, taken, change),)

    def _profile(self) -> tuple[ev.Event, ...]:
        subscriber = self.state.subscribers[self._one_of(self.state.subscribers)]
        return (
            ev.SubscriberChanged(
                subscriber.account_id,
                subscriber.subscriber_id,
                self._a_profile(),
                self._chance(),
                "lost",
                "care",
            ),
        )

    def _cap(self) -> tuple[ev.Event, ...]:
        subscriber_id = self._one_of(self.state.subscribers)
        cap, lifted = self._random.choice(((None, False), (None, True), (0, False), (7, False)))
        return (ev.SpendCapChanged("", subscriber_id, "spend", cap, lifted, "self"),)

    def _counter(self) -> tuple[ev.Event, ...]:
        owner = self._one_of(self.state.subscribers)
        if self.state.buckets and self._chance():
            name, period = member_counter(self._one_of(self.state.buckets)), ""
        else:
            name, period = "spend", self._random.choice(PERIODS)
        return (ev.CounterAdvanced(owner, name, self._random.randrange(1_000), period),)

    def _session(self) -> tuple[ev.Event, ...]:
        subscriber = self.state.subscribers[self._one_of(self.state.subscribers)]
        ref = self._new("session")
        opened = ev.SessionOpened(
            ref,
            subscriber.subscriber_id,
            subscriber.account_id,
            "smf-1",
            "c-1",
            self._under(),
            subscriber.subscriptions,
            self._now,
            self._chance(),
        )
        return (opened, *self._reported(ref))

    def _report(self) -> tuple[ev.Event, ...]:
        return self._reported(self._one_of(self.state.sessions))

    def _reported(self, ref: str) -> tuple[ev.Event, ...]:
        number = self._random.randrange(3)
        rated = RatedUsage(1, "basic", "data", 5, 4, self._random.choice((0, 500, 1_000)))
        return (
            ev.RatingGroupChanged(
                ref,
                number,
                self._random.randrange(9),
                (("bucket-1", 3),),
                (rated,),
                self._maybe(number),
                self._now,
                self._chance(),
                (4, 6),
            ),
            ev.SessionAdvanced(
                ref, self._random.randrange(9), self._now, self._now, self._under(), (number,), (2,)
            ),
        )

    def _session_over(self) -> tuple[ev.Event, ...]:
        session = self.state.sessions[self._one_of(self.state.sessions)]
        cause = self._random.choice(list(ev.CloseCause))
        return (ev.SessionClosed(session.ref, session.account_id, cause, session.nf_name),)

    def _come_back(self) -> tuple[ev.Event, ...]:
        session = self.state.sessions[self._one_of(self.state.sessions)]
        return (ev.ReauthorisationRequested(session.ref, (1, 2), session.nf_name),)

    def _resumed(self) -> tuple[ev.Event, ...]:
        session = self.state.expired[self._one_of(self.state.expired)]
        return (ev.SessionResumed(session.ref, session.account_id),)

    def _outcome(self) -> tuple[ev.Event, ...]:
        owner = self._one_of(self.state.subscribers)
        outcome = ev.Outcome(self._new("outcome"), "https://evidence.example/1", b"digest", self._chance())
        return (
            ev.UsageCharged(
                self._new("charge"), "", "", owner, 1, self._under(), 1, "o", "p", "case", 1, 1, (), "EUR",
                5, 0, self._now, self._now, "af-1", "c-1", outcome=outcome,
            ),
        )  # fmt: skip

    def _late_word_on_a_charge(self) -> tuple[ev.Event, ...]:
        charge_id = self._one_of(self.state.outcomes) if self.state.outcomes else "c-0-1-1"
        amount = self._random.randrange(5)
        back = ev.ChargeRefunded(
            "c-0-9-1", charge_id, "", "", "EUR", amount, (), amount, self._chance(), amount // 2, amount // 2
        )
        corrected = ev.ChargeCorrected(
            "c-0-9-2", charge_id, "run-1", "", "", "EUR", -amount, -1, (), 2, "o", "p", "re-rated", "care",
            -amount, -1,
        )  # fmt: skip
        possible: list[ev.Event] = [back, corrected]
        if self.state.outcomes:
            possible.append(ev.OutcomeSettled(charge_id, "", "", self._chance(), "seen", "care"))
        return (self._random.choice(possible),)

    def _taken(self, code: str) -> Subscription:
        return Subscription(
            code,
            self._random.randrange(1, 4),
            self._now,
            self._chance(),
            self._maybe(self._now),
            self._maybe(self._now),
            self._random.randrange(3),
            self._maybe(self._now),
            self._maybe(self._now),
        )

    def _under(self) -> Circumstances:
        return Circumstances(zone=self._random.choice(("", "eu")), area=self._random.choice(("", "berlin")))

    def _a_profile(self) -> Profile:
        return Profile(self._random.choice(("", "gold")), self._random.randrange(3), "")

    def _maybe(self, value: int) -> Instant | None:
        return Instant(value) if self._chance() else None

    def _chance(self) -> bool:
        return self._random.random() < 0.5

    def _one_of(self, known: Iterable[str]) -> str:
        return self._random.choice(list(known))

    def _new(self, kind: str) -> str:
        self._made += 1
        return f"{kind}-{self._made}"
