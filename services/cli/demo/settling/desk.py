"""What the demo asks of partner settlement: as the operator, and as a partner with a token of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import grpc
from tidemark.partner_settlement.v1 import (
    agreement_api_pb2,
    agreement_api_pb2_grpc,
    ledger_api_pb2,
    ledger_api_pb2_grpc,
    loyalty_api_pb2,
    loyalty_api_pb2_grpc,
    report_api_pb2,
    report_api_pb2_grpc,
    settlement_api_pb2,
    settlement_api_pb2_grpc,
)

from services.cli.demo.audit.witnesses import WitnessSilentError
from services.cli.settlement.pull import pull_document
from services.cli.settling.calls import summaries_of
from services.cli.settling.walk import Until, Walk
from services.cli.tokens import operator_token, partner_token
from services.common.runtime.grpc_client import connect
from services.partner_settlement.domain.documents import DocumentFormat

ACTOR = "demo"
_CALL_SECONDS = 60.0
_TOKEN_SECONDS = 300
_POLL_SECONDS = 0.05
_FOLLOWED_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class SettlementDesk:
    """Where partner settlement listens, and the suite's folder, whose secret signs the tokens.

    Each call has a channel and a token of its own: a demo in real time outlives any token.
    """

    address: str
    data_dir: Path

    async def publish(
        self, request_id: str, files: Sequence[tuple[str, str]]
    ) -> agreement_api_pb2.PublishAgreementsResponse:
        """Publishes agreement files by name and content."""
        request = agreement_api_pb2.PublishAgreementsRequest(
            request_id=request_id,
            source=agreement_api_pb2.AgreementSource(
                files=[agreement_api_pb2.AgreementFile(name=name, content=text) for name, text in files]
            ),
            actor=ACTOR,
        )
        async with self._operator() as channel:
            stub = agreement_api_pb2_grpc.AgreementServiceStub(channel)
            return await stub.PublishAgreements(request, timeout=_CALL_SECONDS)

    async def followed(self, heads: Mapping[int, int]) -> None:
        """Returns once charging's journal is in up to these records, by partition.

        Raises WitnessSilentError where that takes two minutes.
        """
        try:
            async with asyncio.timeout(_FOLLOWED_SECONDS), self._operator() as channel:
                await _until_in(settlement_api_pb2_grpc.SettlementServiceStub(channel), heads)
        except TimeoutError:
            raise WitnessSilentError(
                f"partner settlement has not followed the journal within {_FOLLOWED_SECONDS:g} s; "
                "`tidemark settlement status` says why"
            ) from None

    async def settle(
        self, period: str, on_step: Callable[[settlement_api_pb2.Run], None]
    ) -> settlement_api_pb2.Run:
        """A period from its freeze to its close, although it runs; each step is told."""
        run = settlement_api_pb2.Run()
        async with self._operator() as channel:
            async for run in Walk(period, Until.CLOSED, ACTOR, early=True).steps(channel):
                on_step(run)
        return run

    async def statements(self, run: settlement_api_pb2.Run) -> Sequence[report_api_pb2.StatementSummary]:
        """Headers and totals of a run's statements."""
        async with self._operator() as channel:
            return await summaries_of(channel, run)

    async def pull(self, statement_ids: Sequence[str], folder: Path) -> tuple[Path, ...]:
        """The statements' PDFs, in a folder. Raises CommandFailedError where one came damaged."""
        async with self._operator() as channel:
            stub = report_api_pb2_grpc.PartnerReportServiceStub(channel)
            pulled = [
                await pull_document(stub, statement_id, DocumentFormat.PDF, folder, _say_nothing)
                for statement_id in statement_ids
            ]
        return tuple(document.path for document in pulled)

    async def verify_ledger(self) -> ledger_api_pb2.VerifyLedgerResponse:
        """The ledger added up anew."""
        async with self._operator() as channel:
            stub = ledger_api_pb2_grpc.LedgerServiceStub(channel)
            return await stub.VerifyLedger(ledger_api_pb2.VerifyLedgerRequest(), timeout=_CALL_SECONDS)

    async def vouchers(self, subscriber_id: str) -> Sequence[loyalty_api_pb2.Voucher]:
        """What a subscriber has earned."""
        async with self._operator() as channel:
            stub = loyalty_api_pb2_grpc.LoyaltyServiceStub(channel)
            request = loyalty_api_pb2.ListVouchersRequest(subscriber_id=subscriber_id)
            return (await stub.ListVouchers(request, timeout=_CALL_SECONDS)).vouchers

    async def redeem(self, party: str, voucher_code: str, reference: str) -> loyalty_api_pb2.Voucher:
        """A partner takes a voucher, for a sale that it calls `reference`."""
        token = partner_token(self.data_dir, party, _TOKEN_SECONDS)
        async with connect(self.address, token=token) as channel:
            stub = loyalty_api_pb2_grpc.LoyaltyServiceStub(channel)
            request = loyalty_api_pb2.RedeemVoucherRequest(
                request_id=reference, voucher_code=voucher_code, partner_reference=reference
            )
            return (await stub.RedeemVoucher(request, timeout=_CALL_SECONDS)).voucher

    @asynccontextmanager
    async def _operator(self) -> AsyncIterator[grpc.aio.Channel]:
        async with connect(self.address, token=operator_token(self.data_dir)) as channel:
            yield channel


async def _until_in(
    stub: settlement_api_pb2_grpc.SettlementServiceAsyncStub, heads: Mapping[int, int]
) -> None:
    request = settlement_api_pb2.GetAccrualStatusRequest()
    while True:
        status = await stub.GetAccrualStatus(request, timeout=_CALL_SECONDS)
        marks = {mark.partition: mark.sequence for mark in status.watermarks}
        if all(marks.get(partition, 0) >= sequence for partition, sequence in heads.items()):
            return
        await asyncio.sleep(_POLL_SECONDS)


def _say_nothing(_name: str, _octets: int, _all: int) -> None:
    return
