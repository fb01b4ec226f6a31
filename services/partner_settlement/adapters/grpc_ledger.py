"""LedgerService over gRPC, for operators."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from itertools import islice
from typing import Any

from sqlmodel import Session
from tidemark.partner_settlement.v1 import ledger_api_pb2 as api
from tidemark.partner_settlement.v1 import ledger_api_pb2_grpc

from services.common.runtime.callers import Callers, require_operator
from services.partner_settlement.adapters.books.ledger import balances, read_entries
from services.partner_settlement.adapters.books.verify import verify_ledger
from services.partner_settlement.adapters.sql_settlement import SqlSettlement
from services.partner_settlement.adapters.statement_messages import stamp
from services.partner_settlement.application.books import BookedEntry
from services.partner_settlement.domain.ledger import AccountKind, EntryKind, account_of

Context = Any

_AT_ONCE = 200
_ACCOUNT_KINDS = {kind: getattr(api, f"ACCOUNT_KIND_{kind.name}") for kind in AccountKind}
_ENTRY_KINDS = {kind: getattr(api, f"ENTRY_KIND_{kind.name}") for kind in EntryKind}


class LedgerServicer(ledger_api_pb2_grpc.LedgerServiceServicer):
    """Reads the ledger; nothing writes it through here."""

    def __init__(self, settlement: SqlSettlement, callers: Callers) -> None:
        self._settlement = settlement
        self._callers = callers

    async def GetTrialBalance(
        self, request: api.GetTrialBalanceRequest, context: Context
    ) -> api.GetTrialBalanceResponse:
        """Every account, or those of a party."""
        require_operator(self._callers.of(context))

        def read(_books: Any, session: Session) -> api.GetTrialBalanceResponse:
            found = [_balance(row) for row in balances(session)]
            wanted = [item for item in found if request.party_code in ("", item.account.party_code)]
            return api.GetTrialBalanceResponse(balances=wanted)

        return await self._settlement.read(read)

    async def StreamEntries(
        self, request: api.StreamEntriesRequest, context: Context
    ) -> AsyncIterator[api.StreamEntriesResponse]:
        """In order of booking; pages are read as the caller takes them."""
        require_operator(self._callers.of(context))
        after = request.after_number
        while True:
            page = await self._page(after, request.account_code)
            for booked in page:
                yield api.StreamEntriesResponse(entry=_entry(booked))
            if len(page) < _AT_ONCE:
                return
            after = page[-1].number

    async def VerifyLedger(
        self, _request: api.VerifyLedgerRequest, context: Context
    ) -> api.VerifyLedgerResponse:
        """Everything added up anew."""
        require_operator(self._callers.of(context))
        found = await self._settlement.read(lambda _books, session: verify_ledger(session))
        return api.VerifyLedgerResponse(
            entries=found.entries, postings=found.postings, differences=found.differences
        )

    async def _page(self, after: int, account_code: str) -> Sequence[BookedEntry]:
        return await self._settlement.read(
            lambda _books, session: list(
                islice(read_entries(session, after=after, account_code=account_code), _AT_ONCE)
            )
        )


def _balance(row: Any) -> api.AccountBalance:
    account = account_of(row.account_code)
    return api.AccountBalance(
        account=api.LedgerAccount(
            code=account.code, kind=_ACCOUNT_KINDS[account.kind], party_code=account.party
        ),
        currency_code=row.currency_code,
        debit_minor=int(row.debit),
        credit_minor=int(row.credit),
        balance_minor=int(row.debit) - int(row.credit),
    )


def _entry(booked: BookedEntry) -> api.LedgerEntry:
    entry = booked.entry
    return api.LedgerEntry(
        number=booked.number,
        kind=_ENTRY_KINDS[entry.kind],
        booked_at=stamp(booked.booked_at),
        run_id=entry.run_id,
        revision=entry.revision,
        statement_id=entry.statement_id,
        description=entry.description,
        actor=entry.actor,
        reverses_number=entry.reverses,
        dispute_id=entry.dispute_id,
        postings=[
            api.LedgerPosting(
                account_code=item.account.code,
                currency_code=item.currency_code,
                amount_minor=item.amount_minor,
            )
            for item in entry.postings
        ],
    )
