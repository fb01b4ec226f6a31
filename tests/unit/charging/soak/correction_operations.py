"""Re-rating: charges are brought to what they would have been by another version of the catalog.

What charges come to is worked out here for sessions and events in which no allowance and no monthly price
had a part, and that never expired in between; for the others it is checked that a correction is what was
announced, that the sums are right, and that a second run finds nothing.
"""

from __future__ import annotations

from random import Random

from services.charging.adapters.journal_charges import JournalCharges
from services.charging.application.rerate_charges import (
    AccountRerated,
    RepeatableRun,
    RerateCharges,
    RerateRun,
)
from services.charging.domain.answers import Answer
from services.charging.domain.corrections.commands import CorrectionAnswer
from services.charging.domain.corrections.rerated_accounts import Selection
from services.charging.domain.events import UsageCharged
from services.common.kernel.clock import EPOCH, Instant
from tests.unit.charging.soak.ledger import Written
from tests.unit.charging.soak.slow_prices import Where, best_price, billable, cost, permille
from tests.unit.charging.soak.subscription_operations import SubscriptionOperations

_FOREVER = Instant(2**62)


class CorrectionOperations(SubscriptionOperations):
    """A run over all accounts, or one."""

    _runs = 0

    def rerate(self, random: Random) -> None:
        """Announced, done, and done again without effect."""
        version = random.choice([number for number, _ in self.model.published])
        accounts = random.choice((frozenset[str](), frozenset({"prepaid"})))
        announced = self._run(version, accounts, preview=True)
        assert not self.partition.look(), "a preview wrote something"
        expected = self._expected(version, accounts)
        done = self._run(version, accounts)
        self.take_over()
        assert _changes(done) == _changes(announced)
        for charge_id, amount in expected.items():
            charge = self.ledger.charges[charge_id]
            assert charge.amount + charge.corrected == amount, (charge, amount)
        again = self._run(version, accounts)
        assert not any(item.corrections for item in again)
        assert not self.partition.look(), "a second run wrote something"

    def _run(self, version: int, accounts: frozenset[str], preview: bool = False) -> list[AccountRerated]:
        self._runs += 1
        name = f"run-{self._runs}"
        selection = Selection(name, version, EPOCH, _FOREVER, accounts)
        answers: dict[bytes, CorrectionAnswer] = {}

        def encode(answer: Answer) -> bytes:
            assert isinstance(answer, CorrectionAnswer)
            key = f"{name} {len(answers)}".encode()
            answers[key] = answer
            return key

        def key(account: str, number: int) -> bytes:
            return f"{name}/{account}/{number}".encode()

        repeatable = RepeatableRun(key, name.encode(), encode, answers.__getitem__)
        world, journal = self.partition.world, self.partition.journal
        use_case = RerateCharges(world.writer, journal, JournalCharges())

        async def collect() -> list[AccountRerated]:
            asked = RerateRun(selection, "wrong price", "care-1", preview)
            return [account async for account in use_case(asked, repeatable)]

        return self.partition.run(collect())

    def _expected(self, version: int, accounts: frozenset[str]) -> dict[str, int]:
        """Charge to what it must be afterwards, as far as it is worked out here."""
        sessions: dict[str, list[Written]] = {}
        for charge in self.ledger.charges.values():
            if isinstance(charge.record, UsageCharged) and (not accounts or charge.account in accounts):
                owner = charge.record.ref or charge.charge_id.rpartition("-")[0]
                sessions.setdefault(owner, []).append(charge)
        expected: dict[str, int] = {}
        for charges in sessions.values():
            expected |= self._session(charges, version) or {}
        return expected

    def _session(self, charges: list[Written], version: int) -> dict[str, int] | None:
        used: dict[tuple[object, ...], int] = {}
        expected = {}
        for charge in charges:
            record = charge.record
            assert isinstance(record, UsageCharged)
            where = _where(record)
            zone = self.model.zone_of[charge.subscriber]
            price = best_price(
                record.offering_code, record.rating_group, where, record.used_from, zone, record.concurrency
            )
            if charge.units or record.concurrency or price is None or price.month:
                return None
            factor = permille(price, where, record.used_from, zone)
            key = (record.rating_group, price.code, factor)
            before = billable(price, used.get(key, 0))
            used[key] = used.get(key, 0) + record.used_units
            after = billable(price, used[key])
            target = cost(price, version, factor, after, charge.currency) - cost(
                price, version, factor, before, charge.currency
            )
            present = charge.amount + charge.corrected
            whole = charge.charge_id in self.state.refunds and charge.refunded >= present
            expected[charge.charge_id] = present if whole else max(target, charge.refunded)
        return expected


def _changes(accounts: list[AccountRerated]) -> list[tuple[str, int, int]]:
    return [(item.charge_id, item.before, item.after) for part in accounts for item in part.corrections]


def _where(record: UsageCharged) -> Where:
    under = record.circumstances
    return Where(under.zone, under.destination, under.load_percent, under.segment, under.customer_value)
