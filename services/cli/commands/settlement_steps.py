"""The steps of a settlement run, one command each."""

from __future__ import annotations

from typing import Annotated

import grpc
import typer
from tidemark.partner_settlement.v1 import settlement_api_pb2 as api
from tidemark.partner_settlement.v1 import settlement_api_pb2_grpc

from services.cli.commands.arguments import reading
from services.cli.invocation import Invocation, RequestId, fresh_id, register
from services.cli.settling.amounts import RATE_EXAMPLE, parse_exchange_rate, show_amounts
from services.cli.settling.calls import ACTOR, STEP_SECONDS, summaries_of
from services.cli.settling.run_view import show_advice, show_run
from services.cli.supervision.plan import PARTNER_SETTLEMENT

Period = Annotated[
    str,
    typer.Argument(metavar="PERIOD", help="2026-11-27, 2026-W48, 2026-11 or 2026-Q4; names its run."),
]
Early = Annotated[bool, typer.Option("--early", help="Settle what there is, although the period runs.")]
Rates = Annotated[
    list[str] | None,
    typer.Option(
        "--fx",
        help=f"Rate for who is paid in another currency: `{RATE_EXAMPLE}`, EUR for one CHF. Repeatable.",
    ),
]
Actor = Annotated[str, typer.Option(help="Who does it: a name or role for the audit trail.")]
Person = Annotated[str, typer.Option(help="Who answers for it: a name or a role.")]
Reason = Annotated[str, typer.Option(help="Why, for the audit trail.")]

_Stub = settlement_api_pb2_grpc.SettlementServiceStub


def add_to(group: typer.Typer) -> None:
    """Registers the steps in the group `settlement`."""
    register(group, "freeze", "tidemark settlement freeze 2026-11")(freeze)
    register(group, "calculate", f"tidemark settlement calculate 2026-11 --fx {RATE_EXAMPLE}")(calculate)
    register(group, "approve", "tidemark settlement approve 2026-11 --actor finance-desk")(approve)
    register(group, "close", "tidemark settlement close 2026-11")(close)
    register(group, "pay", "tidemark settlement pay 2026-11 --reference SEPA-4711 --actor treasury")(pay)
    register(
        group,
        "reopen",
        "tidemark settlement reopen 2026-11 --reason 'a tariff was wrong' --actor finance-desk",
    )(reopen)
    register(
        group,
        "release",
        "tidemark settlement release music-house/2026-11/1 --reason 'figures checked' --actor finance-desk",
    )(release)


async def freeze(
    invocation: Invocation,
    period: Period,
    early: Early = False,
    actor: Actor = ACTOR,
    request_id: RequestId = "",
) -> None:
    """Fixes what a period is settled by: what charging had journalled by now.

    What comes later belongs to the next period. A period that still runs is refused without --early.
    """
    request = api.FreezeRunRequest(request_id=fresh_id(request_id), period=period, early=early, actor=actor)
    async with invocation.channel(PARTNER_SETTLEMENT) as channel:
        answer = await _Stub(channel).FreezeRun(request, timeout=STEP_SECONDS)
        await _tell(invocation, channel, answer)


async def calculate(
    invocation: Invocation, period: Period, fx: Rates = None, actor: Actor = ACTOR, request_id: RequestId = ""
) -> None:
    """Works out every statement of a frozen run. Nothing is booked yet.

    Again with other rates, as often as needed, until it is approved.
    """
    request = api.CalculateRunRequest(
        request_id=fresh_id(request_id),
        run_id=period,
        actor=actor,
        exchange_rates=[reading("--fx", parse_exchange_rate, text) for text in fx or []],
    )
    async with invocation.channel(PARTNER_SETTLEMENT) as channel:
        answer = await _Stub(channel).CalculateRun(request, timeout=STEP_SECONDS)
        await _tell(invocation, channel, answer)


async def approve(invocation: Invocation, period: Period, actor: Person, request_id: RequestId = "") -> None:
    """Puts on record that a person has looked at a calculated run."""
    request = api.ApproveRunRequest(request_id=fresh_id(request_id), run_id=period, actor=actor)
    async with invocation.channel(PARTNER_SETTLEMENT) as channel:
        answer = await _Stub(channel).ApproveRun(request, timeout=STEP_SECONDS)
        await _tell(invocation, channel, answer)


async def close(
    invocation: Invocation, period: Period, actor: Actor = ACTOR, request_id: RequestId = ""
) -> None:
    """Makes the statements of an approved run final and books them, in one transaction."""
    request = api.CloseRunRequest(request_id=fresh_id(request_id), run_id=period, actor=actor)
    async with invocation.channel(PARTNER_SETTLEMENT) as channel:
        answer = await _Stub(channel).CloseRun(request, timeout=STEP_SECONDS)
        await _tell(invocation, channel, answer)


async def pay(
    invocation: Invocation,
    period: Period,
    reference: Annotated[str, typer.Option(help="The bank's reference.")],
    actor: Person,
    request_id: RequestId = "",
) -> None:
    """Records that the payouts of a closed run were made, less what is in dispute. Moves no money itself."""
    request = api.PayRunRequest(
        request_id=fresh_id(request_id), run_id=period, actor=actor, payment_reference=reference
    )
    async with invocation.channel(PARTNER_SETTLEMENT) as channel:
        answer = await _Stub(channel).PayRun(request, timeout=STEP_SECONDS)
        await _tell(invocation, channel, answer)


async def reopen(
    invocation: Invocation, period: Period, reason: Reason, actor: Person, request_id: RequestId = ""
) -> None:
    """Takes a run back to open, on record.

    A closed one is reversed in the ledger, and settled anew as the next revision. A paid one stays.
    """
    request = api.ReopenRunRequest(request_id=fresh_id(request_id), run_id=period, actor=actor, reason=reason)
    async with invocation.channel(PARTNER_SETTLEMENT) as channel:
        answer = await _Stub(channel).ReopenRun(request, timeout=STEP_SECONDS)
        await _tell(invocation, channel, answer)


async def release(
    invocation: Invocation,
    statement: Annotated[str, typer.Argument(metavar="STATEMENT", help="Id: party/period/revision.")],
    reason: Reason,
    actor: Person,
    request_id: RequestId = "",
) -> None:
    """Makes payable what a parked statement held back; it stands in the party's next statement."""
    request = api.ReleaseParkedStatementRequest(
        request_id=fresh_id(request_id), statement_id=statement, actor=actor, reason=reason
    )
    async with invocation.channel(PARTNER_SETTLEMENT) as channel:
        answer = await _Stub(channel).ReleaseParkedStatement(request, timeout=STEP_SECONDS)
    invocation.output.document(answer)
    party = statement.partition("/")[0]
    invocation.output.line(
        f"released {show_amounts(answer.released)}; it stands in the next statement of {party}"
    )


async def _tell(
    invocation: Invocation,
    channel: grpc.aio.Channel,
    answer: api.FreezeRunResponse
    | api.CalculateRunResponse
    | api.ApproveRunResponse
    | api.CloseRunResponse
    | api.PayRunResponse
    | api.ReopenRunResponse,
) -> None:
    """The answer with --json; else the run as it is now, with the totals of its statements."""
    invocation.output.document(answer)
    if not invocation.output.as_json:
        show_run(invocation.output, answer.run, await summaries_of(channel, answer.run))
        show_advice(invocation.output, answer.run)
