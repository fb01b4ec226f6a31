"""A small charging world without I/O: tariffs, accounts, and a clock that is told the time.

Every command goes through `decide`, the journal's codec and `apply`, as in
the service; what the codec does not bring back equal fails the test.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from services.charging.adapters.journal_codec import ProtobufCodec
from services.charging.application.ports import RecordHead
from services.charging.application.snapshots import digest_of
from services.charging.domain import commands
from services.charging.domain.answers import AccountAnswer, Answer, ChargingAnswer
from services.charging.domain.apply import apply_entry
from services.charging.domain.commands import Container, Invocation, Measure, Report
from services.charging.domain.decisions.account import money_bucket_id
from services.charging.domain.decisions.decide import decide
from services.charging.domain.decisions.decision import Decided, Moment
from services.charging.domain.events import Entry, Event, Outcome, UsageCharged
from services.charging.domain.rating.circumstances import NOTHING_OBSERVED, Observed
from services.charging.domain.rating.tariff import Tariff
from services.charging.domain.state import Bucket, PartitionState
from services.charging.domain.tariffs import Tariffs
from services.common.kernel.clock import SECOND, Instant, instant
from services.common.kernel.money import currency, parse_money
from services.common.kernel.outcome import Refused
from tests.support.charging_catalog import BERLIN, UNITS

KIB = 1024


def eur(amount: str) -> int:
    """Euros as minor_micros."""
    return parse_money(amount, currency("EUR")).minor_micros


def at(text: str, time_zone: str = BERLIN, fold: int = 0) -> Instant:
    """`2026-03-02 10:00` on the wall clock of a zone."""
    return instant(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(time_zone), fold=fold))


NOON = at("2026-03-02 12:00")
"""A Monday."""


def seen(plmn: str | None, observed: Observed = NOTHING_OBSERVED) -> Observed:
    """What was observed, with a serving network."""
    return observed if plmn is None else replace(observed, serving_plmn=plmn)


def later(moment: Instant, seconds: int) -> Instant:
    """So many seconds after."""
    return Instant(moment + seconds * SECOND)


class ManualClock:
    """A clock that stands until it is moved."""

    def __init__(self, now: Instant = NOON) -> None:
        self.time = now

    def now(self) -> Instant:
        """The present instant."""
        return self.time

    def advance(self, seconds: int) -> None:
        """Moves on."""
        self.time = later(self.time, seconds)


class Anything:
    """Requested units left to charging."""


CHARGING_DECIDES = Anything()


def measure(rating_group: int, units: int) -> Measure:
    """Units as an element counts them for a rating group."""
    unit = UNITS.get(rating_group, "octets")
    if unit == "octets":
        return Measure(total_octets=units)
    return Measure(time_seconds=units) if unit == "seconds" else Measure(specific_units=units)


def report(
    rating_group: int, *used: int | Container, want: int | Anything | None = CHARGING_DECIDES
) -> Report:
    """One rating group of a request. `want` None: nothing more."""
    requested = None if want is None else measure(rating_group, want) if isinstance(want, int) else Measure()
    containers = tuple(
        Container(measure(rating_group, item)) if isinstance(item, int) else item for item in used
    )
    return Report(rating_group, requested, containers)


def container(
    rating_group: int, units: int, local_sequence: int | None = None, until: Instant | None = None
) -> Container:
    """A container with its own number or time."""
    return Container(measure(rating_group, units), local_sequence, until)


class World:
    """One partition's state and tariffs, driven command by command."""

    def __init__(self, *tariffs: Tariff, now: Instant = NOON) -> None:
        self.state = PartitionState()
        self.tariffs = Tariffs(tariffs)
        self.clock = ManualClock(now)
        self.entries: list[Entry] = []
        self.codec = ProtobufCodec()

    def adopt(self, new: Tariff) -> None:
        """A new catalog version is known."""
        self.tariffs = self.tariffs.with_version([new])

    def decide(self, command: commands.Command) -> Decided | Refused:
        """Decides without applying. Fails where that changes anything."""
        before = self.digest()
        entry_id = f"0-{len(self.entries) + 1}-1"
        outcome = decide(self.state, self.tariffs, command, Moment(self.clock.now(), entry_id))
        assert self.digest() == before, "a decision changed the state"
        return outcome

    def do(self, command: commands.Command) -> Answer:
        """Decides and applies; a refusal fails the test."""
        outcome = self.decide(command)
        assert isinstance(outcome, Decided), outcome
        entry = Entry(self.clock.now(), outcome.operation, outcome.events)
        head = RecordHead(0, len(self.entries) + 1, 1, b"batch", self.clock.now())
        payload = self.codec.encode_record(head, [self.codec.encode_entry(entry)])
        assert self.codec.decode_record(payload) == (head, (entry,))
        apply_entry(self.state, entry)
        self.entries.append(entry)
        return outcome.answer

    def refusal(self, command: commands.Command) -> str:
        """Name of the reason for which a command is refused."""
        outcome = self.decide(command)
        assert isinstance(outcome, Refused), outcome
        return outcome.reason.name

    def digest(self) -> bytes:
        """What tells two states apart."""
        return digest_of(self.codec, self.state)

    @property
    def last_events(self) -> tuple[Event, ...]:
        """What the last command did."""
        return self.entries[-1].events

    def charges(self) -> list[UsageCharged]:
        """Every charge so far."""
        return [event for entry in self.entries for event in entry.events if isinstance(event, UsageCharged)]

    def open_account(
        self,
        account_id: str = "acme",
        money: int = eur("10.00"),
        offerings: Iterable[str] = ("basic",),
        credit: int = 0,
        subscribers: Iterable[str] = ("sub-1",),
        chosen: tuple[str, ...] = (),
        currency_code: str = "EUR",
        time_zone: str = "",
    ) -> AccountAnswer:
        """Opens an account whose subscribers all have the same offerings, since the Epoch plus a day."""
        answer = self.do(
            commands.ProvisionAccount(
                account_id,
                currency_code,
                credit,
                money,
                tuple(
                    commands.NewSubscriber(
                        subscriber,
                        time_zone,
                        tuple(
                            commands.NewSubscription(code, chosen if index == 0 else ())
                            for index, code in enumerate(offerings)
                        ),
                    )
                    for subscriber in subscribers
                ),
                at("2026-03-01 00:00"),
            )
        )
        assert isinstance(answer, AccountAnswer)
        return answer

    def bucket(self, bucket_id: str) -> Bucket:
        """A bucket as it stands."""
        return self.state.buckets[bucket_id]

    def money(self, account_id: str = "acme") -> int:
        """Money of an account, reserved or not."""
        return self.bucket(money_bucket_id(account_id)).balance

    def reserved(self, account_id: str = "acme") -> int:
        """Money held for grants."""
        return self.bucket(money_bucket_id(account_id)).reserved

    def session(
        self,
        *reports: Report,
        when: Instant = NOON,
        subscriber: str = "sub-1",
        plmn: str | None = None,
        sequence: int = 0,
        observed: Observed = NOTHING_OBSERVED,
        tariff_time_change: bool = False,
    ) -> PlayedSession:
        """Opens a session."""
        invocation = Invocation(sequence, when, reports, seen(plmn, observed))
        answer = self.do(commands.CreateSession(subscriber, "smf-1", "c-1", invocation, tariff_time_change))
        assert isinstance(answer, ChargingAnswer)
        return PlayedSession(self, answer, sequence)

    def event(
        self,
        *reports: Report,
        action: commands.EventAction = commands.EventAction.DIRECT_DEBITING,
        when: Instant = NOON,
        subscriber: str = "sub-1",
        plmn: str | None = None,
        observed: Observed = NOTHING_OBSERVED,
        outcome: Outcome | None = None,
        after_the_service: bool = False,
    ) -> commands.OneTimeEvent:
        """A one-time event, to `do` or to `decide`."""
        invocation = Invocation(1, when, reports, seen(plmn, observed), outcome)
        return commands.OneTimeEvent(action, subscriber, "smsf-1", "e-1", invocation, after_the_service)


class PlayedSession:
    """An open session as its element sees it."""

    def __init__(self, world: World, created: ChargingAnswer, sequence: int) -> None:
        self.created = created
        self.ref = created.ref
        self._world = world
        self._sequence = sequence

    def command(
        self,
        *reports: Report,
        when: Instant | None = None,
        plmn: str | None = None,
        release: bool = False,
        sequence: int | None = None,
        observed: Observed = NOTHING_OBSERVED,
    ) -> commands.UpdateSession:
        """The next Update or Release, to `do` or to `decide`."""
        number = self._sequence + 1 if sequence is None else sequence
        moment = self._world.clock.now() if when is None else when
        return commands.UpdateSession(
            self.ref, Invocation(number, moment, reports, seen(plmn, observed)), release
        )

    def update(
        self,
        *reports: Report,
        when: Instant | None = None,
        plmn: str | None = None,
        sequence: int | None = None,
        observed: Observed = NOTHING_OBSERVED,
    ) -> ChargingAnswer:
        """Reports usage and asks for more."""
        return self._send(self.command(*reports, when=when, plmn=plmn, sequence=sequence, observed=observed))

    def release(self, *reports: Report, when: Instant | None = None) -> ChargingAnswer:
        """Reports the last usage."""
        return self._send(self.command(*reports, when=when, release=True))

    def _send(self, command: commands.UpdateSession) -> ChargingAnswer:
        answer = self._world.do(command)
        assert isinstance(answer, ChargingAnswer)
        self._sequence = max(self._sequence, command.invocation.sequence)
        return answer
