"""`tidemark vouchers`: what customers earned by using and buying, and its redemption with a partner."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated

import typer
from tidemark.partner_settlement.v1 import loyalty_api_pb2 as api
from tidemark.partner_settlement.v1 import loyalty_api_pb2_grpc

from services.cli.commands.arguments import Subscriber
from services.cli.failures import CommandFailedError
from services.cli.invocation import CALL_SECONDS, Invocation, RequestId, command_group, fresh_id, register
from services.cli.rendering import show_time, without_empty_columns
from services.cli.settling.amounts import show_minor
from services.cli.subscribers import subscriber_id_of
from services.cli.supervision.plan import PARTNER_SETTLEMENT
from services.cli.tokens import partner_token
from services.common.kernel.amount_words import show_units
from services.common.kernel.identifiers import is_code

_TOKEN_SECONDS = 60
_VOUCHER_COLUMNS = ("voucher", "program", ">worth", "state", "issued", "expires", "redeemed", "reference")
_PROGRESS_COLUMNS = ("program", ">counted", ">needed", "")


def add_to(app: typer.Typer) -> None:
    """Registers the group."""
    group = command_group(
        app,
        "vouchers",
        "See the vouchers customers earn, redeem them with a partner.",
        "tidemark vouchers list msisdn-491700000001",
        "Settle with partners",
    )
    register(group, "list", "tidemark vouchers list msisdn-491700000001")(list_vouchers)
    register(
        group,
        "redeem",
        "tidemark vouchers redeem GEZDGNBVGY3TQOJQ --reference trip-4711 --party ride-hail",
    )(redeem)


async def list_vouchers(
    invocation: Invocation,
    subscriber: Subscriber,
    program: Annotated[str, typer.Option(help="Only of this loyalty program.")] = "",
) -> None:
    """Lists a subscriber's vouchers, and how far the next ones are. For the operator."""
    request = api.ListVouchersRequest(
        subscriber_id=await subscriber_id_of(invocation, subscriber), loyalty_program=program
    )
    async with invocation.channel(PARTNER_SETTLEMENT) as channel:
        stub = loyalty_api_pb2_grpc.LoyaltyServiceStub(channel)
        answer = await stub.ListVouchers(request, timeout=CALL_SECONDS)
    invocation.output.document(answer)
    if answer.vouchers:
        rows = [_voucher_row(voucher) for voucher in answer.vouchers]
        invocation.output.table("", *without_empty_columns(_VOUCHER_COLUMNS, rows))
    else:
        invocation.output.line(f"{subscriber} has earned no voucher yet")
    if answer.progress:
        invocation.output.table("towards the next", _PROGRESS_COLUMNS, _progress_rows(answer))


async def redeem(
    invocation: Invocation,
    code: Annotated[str, typer.Argument(metavar="CODE", help="What is on the voucher.")],
    reference: Annotated[str, typer.Option(help="The partner's own, of the sale.")],
    party: Annotated[
        str, typer.Option(help="As this partner of the suite here; otherwise whoever --token says.")
    ] = "",
    request_id: RequestId = "",
) -> None:
    """Redeems a voucher, as the partner that takes it.

    Its face value is shared in the next settlement, as the agreement says.
    """
    request = api.RedeemVoucherRequest(
        request_id=fresh_id(request_id), voucher_code=code, partner_reference=reference
    )
    acting = _as_partner(invocation, party) if party else invocation
    async with acting.channel(PARTNER_SETTLEMENT) as channel:
        stub = loyalty_api_pb2_grpc.LoyaltyServiceStub(channel)
        answer = await stub.RedeemVoucher(request, timeout=CALL_SECONDS)
    invocation.output.document(answer)
    voucher, worth = answer.voucher, answer.voucher.face_value
    invocation.output.line(
        f"redeemed {voucher.voucher_code}, worth {show_minor(worth.amount_minor, worth.currency_code)}, "
        f"at {show_time(voucher.redeemed_at)} for {voucher.partner_reference}"
    )


def _as_partner(invocation: Invocation, party: str) -> Invocation:
    """The same invocation with a token of the suite for a partner.

    Raises typer.BadParameter where a token is given already, and for what is no code; CommandFailedError
    where the service is not that of the suite, which alone its tokens are for.
    """
    target = invocation.target
    if target.token:
        raise typer.BadParameter("--token says who you are already", param_hint="--party")
    if not is_code(party):
        raise typer.BadParameter(f"{party!r} is not the code of a partner", param_hint="--party")
    if not target.token_for(PARTNER_SETTLEMENT):
        raise CommandFailedError(
            "--party makes a token of the suite on this machine, and none runs there; give --token instead"
        )
    return replace(
        invocation, target=replace(target, token=partner_token(target.data_dir, party, _TOKEN_SECONDS))
    )


def _voucher_row(voucher: api.Voucher) -> tuple[str, ...]:
    worth = voucher.face_value
    return (
        voucher.voucher_code,
        voucher.loyalty_program,
        show_minor(worth.amount_minor, worth.currency_code),
        api.VoucherState.Name(voucher.state).removeprefix("VOUCHER_STATE_").lower(),
        show_time(voucher.issued_at),
        show_time(voucher.expires_at),
        show_time(voucher.redeemed_at),
        voucher.partner_reference,
    )


def _progress_rows(answer: api.ListVouchersResponse) -> Iterator[tuple[str, ...]]:
    for item in answer.progress:
        percent = item.counted * 100 // item.needed if item.needed else 0
        yield item.loyalty_program, _counted(item.counted, item), _counted(item.needed, item), f"{percent} %"


def _counted(amount: int, item: api.LoyaltyProgress) -> str:
    return show_minor(amount, item.currency_code) if item.currency_code else show_units(amount, item.unit)
