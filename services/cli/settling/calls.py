"""Calls that the commands of settlement runs share."""

from __future__ import annotations

from collections.abc import Sequence

import grpc
from tidemark.partner_settlement.v1 import report_api_pb2, report_api_pb2_grpc, settlement_api_pb2_grpc
from tidemark.partner_settlement.v1 import settlement_api_pb2 as api

from services.cli.invocation import CALL_SECONDS, failure_of

# Calculating and closing walk over everything a period brought.
STEP_SECONDS = 600.0
ACTOR = "cli"
"""Who takes a step that nobody has to answer for by name."""


async def standing(channel: grpc.aio.Channel, period: str) -> api.Run:
    """The run of a period as it is; an open one where nobody has begun it."""
    stub = settlement_api_pb2_grpc.SettlementServiceStub(channel)
    try:
        answer = await stub.GetRun(api.GetRunRequest(run_id=period), timeout=CALL_SECONDS)
    except grpc.aio.AioRpcError as error:
        if failure_of(error).reason != "RUN_UNKNOWN":
            raise
        return api.Run(run_id=period, period=period, revision=1, state=api.RUN_STATE_OPEN)
    return answer.run


async def summaries_of(channel: grpc.aio.Channel, run: api.Run) -> Sequence[report_api_pb2.StatementSummary]:
    """Headers and totals of a run's statements, in its order; empty before it is calculated."""
    if not run.statements:
        return ()
    stub = report_api_pb2_grpc.PartnerReportServiceStub(channel)
    answer = await stub.ListStatements(
        report_api_pb2.ListStatementsRequest(period=run.period), timeout=STEP_SECONDS
    )
    found = {summary.header.statement_id: summary for summary in answer.statements}
    return [found[statement.statement_id] for statement in run.statements if statement.statement_id in found]
