"""What every session, balance and account must come to.

Each account is worked out by itself. Whatever is charged at one moment is a
`Use`: a PDU session's rating group when the session ends, a call when it is
hung up, a message when it is sent. Uses are taken in the order of their
moments, from the allowances that cover them first, then from money.

Some outcomes depend on how an element cuts its traffic up, which the input
does not say: an allowance for several rating groups that runs out, a price
that changes inside a session, money that ends in the middle of a session.
They are refused (NotAuditableError), never guessed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from services.cli.demo.audit.expected import (
    MONEY,
    AccountState,
    Books,
    ChargeKey,
    ChargeSum,
    NotAuditableError,
)
from services.cli.demo.audit.price_list import ListAllowance, ListOffering, ListPrice, PriceList
from services.cli.demo.audit.usage import CaptureUsage
from services.cli.replay.identity import Run
from services.cli.replay.subscribers import AccountPlan, SubscriberPlan

CALL = "voice-call"
MESSAGE = "message"


@dataclass(frozen=True, slots=True)
class Use:
    """Units of one rating group, charged together at `charged_ms`, begun at `began_ms`."""

    charged_ms: int
    began_ms: int
    capture: str
    charging_id: str
    rating_group: str
    units: int
    refusable: bool
    """A message is whole or not at all; anything else flows as far as it is granted."""


@dataclass(slots=True)
class Allowance:
    """An allowance with what is left of it. `owner` is a capture, or '' where it is shared."""

    owner: str
    terms: ListAllowance
    left: int

    @property
    def key(self) -> str:
        """Its name among the account's balances."""
        return f"{self.owner}/{self.terms.offering}/{self.terms.code}"


def expected_books(
    price_list: PriceList, usage: Mapping[str, CaptureUsage], accounts: Sequence[AccountPlan], run: Run
) -> Books:
    """The books as they must be after one play. Raises NotAuditableError."""
    charges: dict[ChargeKey, ChargeSum] = {}
    states: dict[str, AccountState] = {}
    for plan in accounts:
        account = _Account(price_list, plan, run)
        for use in sorted(_uses(price_list, usage, plan, run), key=_moment):
            account.charge(use)
        charges.update(account.charges)
        states[plan.account_id] = account.state()
    return Books(states, charges)


def _uses(
    price_list: PriceList, usage: Mapping[str, CaptureUsage], plan: AccountPlan, run: Run
) -> Iterator[Use]:
    for capture in plan.captures:
        used = usage[capture]
        octets_by_group: Counter[str] = Counter()
        for category, octets in used.octets.items():
            octets_by_group[price_list.group_of(category)] += octets
        for group, octets in octets_by_group.items():
            name = run.pdu_session(capture)
            yield Use(used.end_ms, used.start_ms, capture, name, group, octets, refusable=False)
        for call in used.calls:
            name = run.call(capture, call.ordinal)
            yield Use(call.end_ms, call.start_ms, capture, name, CALL, call.seconds, refusable=False)
        for message in used.messages:
            name = run.message(capture, message.ordinal)
            yield Use(message.at_ms, message.at_ms, capture, name, MESSAGE, 1, refusable=True)


def _moment(use: Use) -> tuple[int, str, str]:
    return (use.charged_ms, use.charging_id, use.rating_group)


class _Account:
    """One account while its uses are charged."""

    def __init__(self, price_list: PriceList, plan: AccountPlan, run: Run) -> None:
        self.charges: dict[ChargeKey, ChargeSum] = {}
        self._list = price_list
        self._plan = plan
        self._run = run
        scale = 10 ** (price_list.currency_digits + 6)
        self._money = int(Fraction(plan.opening_balance or "0") * scale)
        self._floor = -int(Fraction(plan.credit_limit or "0") * scale)
        self._offerings = {
            subscriber.capture: price_list.unfolded(subscriber.offerings, subscriber.chosen)
            for subscriber in plan.subscribers
        }
        self._allowances = _opened(plan.subscribers, self._offerings)
        self._counters: defaultdict[tuple[str, ...], int] = defaultdict(int)

    def charge(self, use: Use) -> None:
        """Takes one use from allowances, then from money."""
        price = self._price(use)
        if price is None or use.units == 0:
            return
        rated = price.billable(use.units)
        # What is free needs no allowance.
        taken = [] if price.flat == 0 else self._cover(use, rated)
        covered = sum(part for _, part in taken)
        amount = self._cost(use, price, rated - covered)
        if self._money - amount < self._floor:
            if use.refusable:
                return
            raise NotAuditableError(
                f"{self._plan.account_id}: its money ends within {use.charging_id}; start with more"
            )
        for allowance, part in taken:
            allowance.left -= part
        self._count(use, price, rated - covered)
        self._money -= amount
        key = ChargeKey(self._plan.account_id, use.charging_id, self._list.numbers[use.rating_group])
        self.charges[key] = ChargeSum(use.units, rated, covered, amount)

    def state(self) -> AccountState:
        """The account's balances after all of it."""
        allowances = {allowance.key: allowance.left for allowance in self._allowances}
        return AccountState({MONEY: self._money, **allowances})

    def _price(self, use: Use) -> ListPrice | None:
        offerings = self._offerings[use.capture]
        prices = [
            self._list.price_of(offerings, use.rating_group, self._local(at_ms))
            for at_ms in (use.began_ms, use.charged_ms)
        ]
        if prices[0] != prices[1]:
            raise NotAuditableError(
                f"{use.charging_id}: the price of {use.rating_group} changes meanwhile; start at another time"
            )
        return prices[0]

    def _cover(self, use: Use, units: int) -> list[tuple[Allowance, int]]:
        taken = []
        for allowance in self._allowances:
            if units and self._covers(allowance, use):
                part = min(allowance.left, units)
                if part < units and len(allowance.terms.rating_groups) > 1:
                    raise NotAuditableError(
                        f"{self._plan.account_id}: {allowance.key} runs out under several rating groups"
                    )
                taken.append((allowance, part))
                units -= part
        return taken

    def _covers(self, allowance: Allowance, use: Use) -> bool:
        terms = allowance.terms
        return (
            allowance.owner in ("", use.capture)
            and use.rating_group in terms.rating_groups
            and (not terms.zones or self._list.home_zone in terms.zones)
            and (not terms.validity_days or self._ends(terms) > self._local(use.charged_ms))
        )

    def _ends(self, terms: ListAllowance) -> datetime:
        opened = _utc(self._run.start_at).replace(hour=0, minute=0, second=0, microsecond=0)
        return opened + timedelta(days=terms.validity_days)

    def _cost(self, use: Use, price: ListPrice, paid: int) -> int:
        before = self._counters[self._scope(use, price)]
        return price.cost(before + paid) - price.cost(before)

    def _count(self, use: Use, price: ListPrice, paid: int) -> None:
        self._counters[self._scope(use, price)] += paid

    def _scope(self, use: Use, price: ListPrice) -> tuple[str, ...]:
        if price.monthly:
            return (use.capture, price.offering, price.code, f"{self._local(use.began_ms):%Y-%m}")
        return (use.charging_id, use.rating_group, price.offering, price.code)

    def _local(self, at_ms: int) -> datetime:
        return _utc(self._run.instant_of(at_ms)).astimezone(ZoneInfo(self._list.time_zone))


def _opened(
    subscribers: Sequence[SubscriberPlan], offerings: Mapping[str, tuple[ListOffering, ...]]
) -> list[Allowance]:
    """The allowances of an account in the order in which they burn; a shared one stands once."""
    found: dict[str, Allowance] = {}
    for subscriber in subscribers:
        for offering in offerings[subscriber.capture]:
            for terms in offering.allowances:
                owner = "" if terms.shared else subscriber.capture
                allowance = Allowance(owner, terms, terms.amount)
                found.setdefault(allowance.key, allowance)
    return sorted(
        found.values(),
        key=lambda item: (item.terms.priority, item.terms.validity_days or 10**6, item.key),
    )


def _utc(at_micros: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at_micros)
