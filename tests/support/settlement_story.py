"""Partner settlement as stories see it: a suite with the example catalog, its operator and its partners."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import grpc
from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.catalog.v1 import catalog_api_pb2, catalog_api_pb2_grpc
from tidemark.partner_settlement.v1 import (
    agreement_api_pb2,
    agreement_api_pb2_grpc,
    dispute_api_pb2_grpc,
    ledger_api_pb2,
    ledger_api_pb2_grpc,
    loyalty_api_pb2_grpc,
    report_api_pb2,
    report_api_pb2_grpc,
    settlement_api_pb2,
    settlement_api_pb2_grpc,
    statement_pb2,
)

from services.cli.catalog_folder import read_source
from services.cli.demo.audit.witnesses import ask_status
from services.cli.demo.scenes.actor import Stage
from services.cli.suite import OFFERS, Suite
from services.cli.tokens import operator_token, partner_token
from services.common.runtime.grpc_client import connect
from services.common.runtime.grpc_errors import error_info
from tests.support.suite import without
from tests.support.waiting import eventually

CALL_SECONDS = 60
FOLLOWED_SECONDS = 60
PRICES_SINCE = Timestamp(seconds=1_767_225_600)
"""2026-01-01."""
_ROOM_BEFORE_MIDNIGHT = timedelta(seconds=120)
_TOKEN_SECONDS = 600
_numbers = itertools.count(1)

Line = statement_pb2.StatementLine


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days and the periods around them, all of one instant, in UTC as the suite settles."""

    now: datetime

    @property
    def today(self) -> date:
        """The day of the instant."""
        return self.now.date()

    @property
    def yesterday(self) -> date:
        """The day before."""
        return self.today - timedelta(days=1)

    @property
    def week(self) -> str:
        """`2026-W48`."""
        year, week, _ = self.today.isocalendar()
        return f"{year:04}-W{week:02}"

    @property
    def month(self) -> str:
        """`2026-11`."""
        return f"{self.today:%Y-%m}"

    @property
    def quarter(self) -> str:
        """`2026-Q4`."""
        return f"{self.today.year:04}-Q{(self.today.month + 2) // 3}"

    def stamp(self) -> Timestamp:
        """The instant as an element writes it."""
        return _stamp(self.now)

    def noon_yesterday(self) -> Timestamp:
        """12:00 on the day before."""
        return _stamp(datetime.combine(self.yesterday, time(12), UTC))


async def calendar() -> Calendar:
    """The present, with so much left of the day that no story meets midnight: else it waits for the next one.

    Fees are of the day on which they are charged, so a story that saw two days would have two periods.
    """
    await eventually(
        lambda: _until_midnight() > _ROOM_BEFORE_MIDNIGHT,
        _ROOM_BEFORE_MIDNIGHT.total_seconds() + 10,
        "a new day begins",
    )
    return Calendar(datetime.now(UTC))


class Office:
    """Calls to partner settlement by somebody: the operator, or a partner with a token of its own."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self.agreements = agreement_api_pb2_grpc.AgreementServiceStub(channel)
        self.runs = settlement_api_pb2_grpc.SettlementServiceStub(channel)
        self.reports = report_api_pb2_grpc.PartnerReportServiceStub(channel)
        self.disputes = dispute_api_pb2_grpc.DisputeServiceStub(channel)
        self.ledger = ledger_api_pb2_grpc.LedgerServiceStub(channel)
        self.loyalty = loyalty_api_pb2_grpc.LoyaltyServiceStub(channel)

    async def settle(self, period: str, *, early: bool = True) -> settlement_api_pb2.Run:
        """A period from freezing to its close. The ledger must be right afterwards."""
        freeze = settlement_api_pb2.FreezeRunRequest(
            request_id=request_id(), period=period, early=early, actor="finance"
        )
        await self.runs.FreezeRun(freeze, timeout=CALL_SECONDS)
        calculate = settlement_api_pb2.CalculateRunRequest(
            request_id=request_id(), run_id=period, actor="finance"
        )
        await self.runs.CalculateRun(calculate, timeout=CALL_SECONDS)
        approve = settlement_api_pb2.ApproveRunRequest(
            request_id=request_id(), run_id=period, actor="finance"
        )
        await self.runs.ApproveRun(approve, timeout=CALL_SECONDS)
        close = settlement_api_pb2.CloseRunRequest(request_id=request_id(), run_id=period, actor="finance")
        run = (await self.runs.CloseRun(close, timeout=CALL_SECONDS)).run
        assert await self.ledger_differences() == []
        return run

    async def pay(self, period: str) -> None:
        """Records that everything payable of a closed period was paid."""
        request = settlement_api_pb2.PayRunRequest(
            request_id=request_id(), run_id=period, actor="finance", payment_reference=f"SEPA-{period}"
        )
        await self.runs.PayRun(request, timeout=CALL_SECONDS)
        assert await self.ledger_differences() == []

    async def ledger_differences(self) -> list[str]:
        """What is wrong with the ledger, in words."""
        answer = await self.ledger.VerifyLedger(ledger_api_pb2.VerifyLedgerRequest(), timeout=CALL_SECONDS)
        return list(answer.differences)

    async def statement(self, statement_id: str) -> statement_pb2.Statement:
        """A statement out of its stream: header and totals, lines, footer."""
        request = report_api_pb2.StreamStatementRequest(statement_id=statement_id)
        found = statement_pb2.Statement()
        async for part in self.reports.StreamStatement(request, timeout=CALL_SECONDS):
            if part.HasField("summary"):
                found.header.CopyFrom(part.summary.header)
                found.totals.extend(part.summary.totals)
            elif part.HasField("line"):
                found.lines.append(part.line)
            else:
                found.footer.CopyFrom(part.footer)
        return found


@dataclass(frozen=True, slots=True)
class Town:
    """The running suite: network elements on one side, the operator's finance department on the other."""

    suite: Suite
    charging: grpc.aio.Channel
    office: Office

    def stage(self, name: str, at: Timestamp) -> Stage:
        """Subscribers whose elements' clock says `at`."""
        return Stage(self.charging, name, at)

    async def followed(self) -> None:
        """Returns once settlement has everything that charging has journalled by now."""
        heads = {(item.partition, item.head_sequence) for item in await ask_status(self.charging)}

        async def is_in() -> bool:
            status = await self.office.runs.GetAccrualStatus(
                settlement_api_pb2.GetAccrualStatusRequest(), timeout=CALL_SECONDS
            )
            assert not status.fault, status.fault
            marks = {mark.partition: mark.sequence for mark in status.watermarks}
            return all(marks.get(partition, 0) >= sequence for partition, sequence in heads)

        await eventually(is_in, FOLLOWED_SECONDS, "the journal is followed to its head")

    @asynccontextmanager
    async def partner(self, party: str) -> AsyncIterator[Office]:
        """A partner's own access."""
        token = partner_token(self.suite.data_dir, party, _TOKEN_SECONDS)
        async with connect(self.suite.addresses.partner_settlement, token=token) as channel:
            yield Office(channel)


@contextmanager
def town(folder: Path, agreements: str) -> Iterator[Suite]:
    """A suite with the example catalog and these agreements in force. All of them: see `Office.settle`.

    An agreement that is new once a period is closed can only begin after that period.
    """
    with Suite.start(folder, port_base=0, commands=without(OFFERS)) as suite:
        asyncio.run(_publish(suite, agreements))
        yield suite


@asynccontextmanager
async def access(suite: Suite) -> AsyncIterator[Town]:
    """Channels to a running suite, for one test's event loop."""
    addresses = suite.addresses
    token = operator_token(suite.data_dir)
    async with (
        connect(addresses.charging) as charging,
        connect(addresses.partner_settlement, token=token) as settlement,
    ):
        yield Town(suite, charging, Office(settlement))


def request_id() -> str:
    """Another one each time."""
    return f"story-{next(_numbers)}"


def figures(statement: statement_pb2.Statement) -> list[tuple[str, str, str, int, int]]:
    """Of each line: term, step, offering or loyalty, units, and the net amount in minor units."""
    return [
        (line.term_code, line.step_code, line.offering_code, line.quantity, line.net_minor)
        for line in statement.lines
    ]


async def _publish(suite: Suite, agreements: str) -> None:
    token = operator_token(suite.data_dir)
    async with (
        connect(suite.addresses.catalog) as catalog,
        connect(suite.addresses.partner_settlement, token=token) as settlement,
    ):
        await catalog_api_pb2_grpc.CatalogServiceStub(catalog).PublishCatalog(
            catalog_api_pb2.PublishCatalogRequest(
                request_id=request_id(),
                source=read_source(Path("examples/catalog")),
                effective_from=PRICES_SINCE,
                actor="story",
            ),
            timeout=CALL_SECONDS,
        )
        source = agreement_api_pb2.AgreementSource(
            files=[agreement_api_pb2.AgreementFile(name="agreements.yaml", content=agreements)]
        )
        await Office(settlement).agreements.PublishAgreements(
            agreement_api_pb2.PublishAgreementsRequest(request_id=request_id(), source=source, actor="story"),
            timeout=CALL_SECONDS,
        )
    # Charging hears of a version a moment after the catalog has it.
    await eventually(lambda: _sells(suite), CALL_SECONDS, "charging sells by the catalog")


async def _sells(suite: Suite) -> bool:
    async with connect(suite.addresses.charging) as charging:
        try:
            await Stage(charging, "first", PRICES_SINCE).account("customer", "prepaid-data")
        except grpc.aio.AioRpcError as error:
            info = error_info(error)
            assert info is not None
            assert info.reason == "CATALOG_NOT_PUBLISHED"
            return False
    return True


def _stamp(at: datetime) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(at.replace(tzinfo=None))
    return stamp


def _until_midnight() -> timedelta:
    now = datetime.now(UTC)
    return datetime.combine(now.date() + timedelta(days=1), time(), UTC) - now
