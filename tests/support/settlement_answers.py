"""What partner settlement answers about one period, for tests of the command line."""

from __future__ import annotations

import itertools

from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.partner_settlement.v1 import agreement_pb2, report_api_pb2, statement_pb2
from tidemark.partner_settlement.v1 import settlement_api_pb2 as api

PERIOD = "2026-11"
MELODY, RIDES = "melody/2026-11/1", "rides/2026-11/1"
AT = Timestamp(seconds=1_796_083_200)  # 2026-12-01 00:00:00Z
STATES = (
    api.RUN_STATE_OPEN,
    api.RUN_STATE_FROZEN,
    api.RUN_STATE_CALCULATED,
    api.RUN_STATE_APPROVED,
    api.RUN_STATE_CLOSED,
    api.RUN_STATE_PAID,
)


def amount(minor: int, currency_code: str = "EUR") -> agreement_pb2.CurrencyAmount:
    """So many minor units."""
    return agreement_pb2.CurrencyAmount(currency_code=currency_code, amount_minor=minor)


def run_in(state: api.RunState.ValueType, revision: int = 1) -> api.Run:
    """The run of the period in a state, with what it has by then: input, statements, transitions."""
    run = api.Run(
        run_id=PERIOD, period=PERIOD, revision=revision, state=state, period_from=AT, period_until=AT
    )
    place = STATES.index(state)
    for before, after in itertools.pairwise(STATES[: place + 1]):
        run.transitions.add(revision=revision, from_state=before, to_state=after, at=AT, actor="finance-desk")
    if place >= 1:
        run.frozen_at.CopyFrom(AT)
        run.record_count = 394
        run.record_set_sha256 = bytes.fromhex("3fa9" * 16)
        run.gross_totals.extend([amount(123_450), amount(1_200, "JPY")])
        run.watermarks.add(partition=0, sequence=4711, journal_hash=b"\xab" * 32)
    if place >= 2:
        run.statements.add(statement_id=MELODY, party_code="melody", payable=[amount(81_200)])
        run.statements.add(
            statement_id=RIDES, party_code="rides", parked=True, parked_reason="SHARE_BEYOND_BASIS"
        )
        run.findings.add(reason="NO_AGREEMENT", message="records without an agreement", records=3)
    return run


def summary(statement_id: str, *totals: statement_pb2.StatementTotal) -> report_api_pb2.StatementSummary:
    """A statement's header and totals."""
    header = statement_pb2.StatementHeader(statement_id=statement_id, period=PERIOD)
    return report_api_pb2.StatementSummary(header=header, totals=totals)


SUMMARIES = report_api_pb2.ListStatementsResponse(
    statements=[
        summary("melody/2026-11/0"),
        summary(
            MELODY,
            statement_pb2.StatementTotal(
                currency_code="EUR", net_minor=90_000, held_minor=8_800, payable_minor=81_200
            ),
            statement_pb2.StatementTotal(currency_code="JPY", net_minor=700, carried_forward_minor=700),
        ),
        summary(RIDES),
    ]
)
"""One with two currencies, one without any; and one of an earlier revision that is not asked about."""
