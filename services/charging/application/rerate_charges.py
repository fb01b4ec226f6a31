"""Re-rates a period: reads its charges from the journal, prices them anew, writes the differences.

Charges are collected account by account first, page by page beside the
writer, so that each account is corrected in one go. What waits to be written
is bounded: beyond that the youngest accounts are left for another walk.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from services.charging.application.partition_writer import PartitionWriter, Submission
from services.charging.application.ports import Journal
from services.charging.domain import reasons
from services.charging.domain.answers import Answer
from services.charging.domain.corrections.commands import (
    MOST_CORRECTIONS,
    CorrectCharges,
    Correction,
    CorrectionAnswer,
    Uncorrected,
)
from services.charging.domain.corrections.rerated_accounts import (
    MOST_WAITING,
    AccountInWork,
    AccountsInWork,
    Selection,
)
from services.charging.domain.events import ChargeCorrected, CloseCause, Event, SessionClosed, UsageCharged
from services.charging.domain.hash_chain import JournalRow
from services.common.kernel.outcome import Category, Refused, RefusedError

PAGE_ROWS = 16
"""Records a page: one may hold two thousand entries."""
_EVENTS_AT_ONCE = 50
"""Charges that are priced before requests get their turn: a few milliseconds."""


class ChargeReader(Protocol):
    """Reads records of the journal for a run."""

    def concerned(self, payload: bytes, selection: Selection) -> Sequence[Event]:
        """Charges that a run selects, corrections by this very run, ends of sessions; in order."""


@dataclass(frozen=True, slots=True)
class RerateRun:
    """A run that somebody asks for. With `preview` nothing is written."""

    selection: Selection
    reason: str
    actor: str
    preview: bool = False


@dataclass(frozen=True, slots=True)
class RepeatableRun:
    """What makes a run repeatable: a duplicate key for each entry it makes, its digest, the answers' format.

    `key` is called with the account and the number of the entry.
    """

    key: Callable[[str, int], bytes]
    digest: bytes
    encode: Callable[[Answer], bytes]
    decode: Callable[[bytes], CorrectionAnswer]


@dataclass(frozen=True, slots=True)
class AccountRerated:
    """What a run did, or in a preview would do, to an account."""

    account_id: str
    charges_seen: int
    corrections: tuple[Correction, ...]
    uncorrected: tuple[Uncorrected, ...]


class RerateCharges:
    """Prices a period's usage by another catalog version; an account at a time is answered."""

    def __init__(
        self,
        writer: PartitionWriter,
        journal: Journal,
        reader: ChargeReader,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        self._writer = writer
        self._journal = journal
        self._reader = reader
        self._most_waiting = most_waiting

    async def __call__(
        self, run: RerateRun, repeatable: RepeatableRun
    ) -> AsyncGenerator[AccountRerated, None]:
        """Accounts in the order of their first charge; those without one are not named.

        The same run again does nothing to an account that it has corrected,
        and tells what it did then. Raises RefusedError CATALOG_NOT_PUBLISHED,
        ACCOUNT_UNKNOWN, DUPLICATE_DIFFERS.
        """
        self._writer.require_serving()
        self._check(run.selection)
        await self._writer.gate()
        head = self._writer.head_sequence
        finished: set[str] = set()
        while True:
            work = await self._walk(run.selection, head, finished)
            while work.accounts:
                account = work.accounts.pop(next(iter(work.accounts)))
                finished.add(account.account_id)
                yield await self._settle(run, account, repeatable)
                await asyncio.sleep(0)
            if not work.deferred:
                return

    def _check(self, selection: Selection) -> None:
        state, tariffs = self._writer.state, self._writer.tariffs
        for account_id in sorted(selection.account_ids - state.accounts.keys()):
            raise RefusedError(
                Refused(reasons.ACCOUNT_UNKNOWN, f"there is no account {account_id}", "account_ids")
            )
        version = selection.catalog_version
        currencies = {account.currency_code for account in state.accounts.values()}
        if currencies and not any(tariffs.find(version, code) for code in currencies):
            raise RefusedError(
                Refused(
                    reasons.CATALOG_NOT_PUBLISHED,
                    f"catalog version {version} is not at hand",
                    "catalog_version",
                )
            )

    async def _walk(self, selection: Selection, head: int, finished: set[str]) -> AccountsInWork:
        """Every charge up to a record; the thread that decodes leaves the writer its loop."""
        work = AccountsInWork(self._writer.tariffs, selection.catalog_version, finished, self._most_waiting)
        sequence, partition = 0, self._writer.partition
        while sequence < head:
            page = await self._journal.read(partition, sequence, min(PAGE_ROWS, head - sequence))
            if not page:
                break
            events = await asyncio.to_thread(self._concerned, page, selection)
            for start in range(0, len(events), _EVENTS_AT_ONCE):
                for event in events[start : start + _EVENTS_AT_ONCE]:
                    self._take(work, event)
                await asyncio.sleep(0)
            sequence = page[-1].sequence
        return work

    def _concerned(self, page: Sequence[JournalRow], selection: Selection) -> list[Event]:
        return [event for row in page for event in self._reader.concerned(row.payload, selection)]

    def _take(self, work: AccountsInWork, event: Event) -> None:
        state = self._writer.state
        match event:
            case UsageCharged():
                subscriber = state.subscribers.get(event.subscriber_id)
                time_zone = "" if subscriber is None else subscriber.time_zone
                work.charge(event, time_zone, event.charge_id in state.corrections)
            case ChargeCorrected():
                work.correction(event)
            # One that only fell silent may still be woken by a late report.
            case SessionClosed(cause=CloseCause.RELEASED):
                work.close(event.ref)

    async def _settle(
        self, run: RerateRun, account: AccountInWork, repeatable: RepeatableRun
    ) -> AccountRerated:
        if run.preview:
            answer = await self._preview(run, account)
        else:
            # Under this id with another content it was another run, and this one must not go on.
            await self._writer.known_answer(repeatable.key(account.account_id, 0), repeatable.digest)
            done = CorrectionAnswer(tuple(account.done_before))
            answer = done if account.done_before else await self._correct(run, account, repeatable)
        return AccountRerated(
            account.account_id,
            account.charges_seen,
            answer.corrections,
            (*account.uncorrected, *answer.uncorrected),
        )

    async def _preview(self, run: RerateRun, account: AccountInWork) -> CorrectionAnswer:
        found = []
        for command in _commands(run, account):
            outcome = self._writer.preview(command)
            if isinstance(outcome, Refused):
                found.append(_refused(command, outcome))
            else:
                assert isinstance(outcome.answer, CorrectionAnswer)
                found.append(outcome.answer)
        await self._writer.gate()
        return _together(found)

    async def _correct(
        self, run: RerateRun, account: AccountInWork, repeatable: RepeatableRun
    ) -> CorrectionAnswer:
        """All entries of an account are decided one right after the other, so they go into one batch."""
        return _together(
            await asyncio.gather(
                *(
                    self._execute(command, repeatable.key(account.account_id, number), repeatable)
                    for number, command in enumerate(_commands(run, account))
                )
            )
        )

    async def _execute(
        self, command: CorrectCharges, key: bytes, repeatable: RepeatableRun
    ) -> CorrectionAnswer:
        try:
            answer = await self._writer.execute(
                Submission(command, key, repeatable.digest, repeatable.encode)
            )
        except RefusedError as error:
            if error.refused.reason.category not in {Category.PRECONDITION, Category.INVALID_ARGUMENT}:
                raise
            return _refused(command, error.refused)
        return repeatable.decode(answer)


def _commands(run: RerateRun, account: AccountInWork) -> list[CorrectCharges]:
    charges = tuple(account.waiting.values())
    return [
        CorrectCharges(
            account.account_id,
            run.selection.run_id,
            charges[start : start + MOST_CORRECTIONS],
            run.reason,
            run.actor,
        )
        for start in range(0, len(charges), MOST_CORRECTIONS)
    ]


def _refused(command: CorrectCharges, refused: Refused) -> CorrectionAnswer:
    """Nothing of the command was done; each of its charges says why."""
    return CorrectionAnswer(
        (), tuple(Uncorrected(charge.charge_id, refused.message) for charge in command.charges)
    )


def _together(answers: Sequence[CorrectionAnswer]) -> CorrectionAnswer:
    return CorrectionAnswer(
        tuple(item for answer in answers for item in answer.corrections),
        tuple(item for answer in answers for item in answer.uncorrected),
    )
