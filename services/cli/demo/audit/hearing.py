"""The whole audit: calculation against every witness, and one verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import grpc

from services.cli.demo.audit.comparison import Difference, account_differences, differences
from services.cli.demo.audit.expected import Books
from services.cli.demo.audit.found_books import JournalBooks, reported_accounts
from services.cli.demo.audit.witnesses import JournalEvidence, ask_accounts, ask_bus, ask_journal
from services.cli.replay.subscribers import AccountPlan


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the audit found. Without differences and with an intact chain, everything is accounted for."""

    charges: int
    accounts: int
    differences: tuple[Difference, ...]
    chain_intact: bool
    journal_records: int
    events_published: int
    books: Books
    """The journal added up; what was expected, where there is no difference."""

    @property
    def clean(self) -> bool:
        """True where nothing is missing, doubled or changed."""
        return not self.differences and self.chain_intact

    def document(self) -> dict[str, Any]:
        """The verdict as plain data, for audit.json. `totals` are the same on every run."""
        charges = self.books.charges.values()
        return {
            "charges": self.charges,
            "accounts": self.accounts,
            "differences": len(self.differences),
            "journal_records": self.journal_records,
            "events_published": self.events_published,
            "chain_intact": self.chain_intact,
            "difference_list": [str(difference) for difference in self.differences],
            "totals": {
                "sessions_and_events": len({key.charging_id for key in self.books.charges}),
                "amount_minor_micros": self.books.amount_minor_micros,
                "used_units": _by_rating_group(self.books, "used_units"),
                "from_allowances": sum(charge.from_allowances for charge in charges),
                "balances": {
                    account_id: dict(state.balances) for account_id, state in self.books.accounts.items()
                },
            },
        }


async def hear(
    channel: grpc.aio.Channel, nats_url: str, plans: Sequence[AccountPlan], expected: Books
) -> Verdict:
    """Asks every witness and compares. `nats_url` '' leaves the bus out. Raises WitnessSilentError."""
    evidence = await ask_journal(channel)
    accounts = await ask_accounts(channel, [plan.account_id for plan in plans])
    journal = JournalBooks(plans)
    books = journal.read(evidence)
    found = differences("journal", expected, books)
    found += journal.inconsistencies
    found += account_differences("charging", expected.accounts, reported_accounts(plans, accounts))
    published = 0
    for partition in evidence:
        found += _chain(partition)
        if nats_url:
            messages = await ask_bus(nats_url, partition.status.partition)
            published += len(messages)
            found += bus_differences(partition.rows, messages)
    return Verdict(
        charges=journal.charge_count,
        accounts=len(accounts),
        differences=tuple(found),
        chain_intact=all(partition.verdict.intact for partition in evidence),
        journal_records=sum(len(partition.rows) for partition in evidence),
        events_published=published,
        books=books,
    )


def bus_differences(rows: Sequence[bytes], messages: Sequence[bytes]) -> list[Difference]:
    """Records that are not on the bus as they are in the journal, octet for octet and in order."""
    found = []
    if len(rows) != len(messages):
        found.append(Difference("bus", "messages", len(rows), len(messages)))
    other = [
        index for index, pair in enumerate(zip(rows, messages, strict=False), start=1) if len(set(pair)) > 1
    ]
    found += [Difference("bus", f"record {index} has other content", 0, 1) for index in other]
    return found


def _chain(partition: JournalEvidence) -> list[Difference]:
    """A broken chain, and a reader that saw another number of records than the verifier."""
    verdict, read = partition.verdict, len(partition.rows)
    found = []
    if not verdict.intact:
        found.append(Difference("chain", verdict.detail, 0, verdict.fault_sequence))
    if verdict.records != read:
        found.append(Difference("chain", "records read", verdict.records, read))
    return found


def _by_rating_group(books: Books, figure: str) -> dict[int, int]:
    sums: dict[int, int] = {}
    for key, charge in books.charges.items():
        sums[key.rating_group] = sums.get(key.rating_group, 0) + getattr(charge, figure)
    return dict(sorted(sums.items()))
