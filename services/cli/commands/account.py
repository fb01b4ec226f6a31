"""`tidemark account`: open, fund, correct and look at accounts."""

from __future__ import annotations

from typing import Annotated

import typer
from tidemark.charging.v1 import account_api_pb2 as api
from tidemark.charging.v1 import account_api_pb2_grpc
from tidemark.type.v1 import quantity_pb2

from services.cli.account_view import show_account
from services.cli.amounts import money_message, parse_units
from services.cli.commands import counters, subscription
from services.cli.commands.arguments import AccountOrIdentifier, At, reading
from services.cli.instants import moment
from services.cli.invocation import CALL_SECONDS, Invocation, RequestId, command_group, fresh_id, register
from services.cli.subscriber_form import parse_subscriber
from services.cli.supervision.plan import CHARGING
from services.common.kernel.identifiers import is_subscriber_identifier

AccountId = Annotated[str, typer.Argument(metavar="ACCOUNT", help="Account number.")]
Currency = Annotated[str, typer.Option(help="ISO 4217 code.")]


def add_to(app: typer.Typer) -> None:
    """Registers the group."""
    group = command_group(
        app,
        "account",
        "Open, fund, correct and look at accounts.",
        "tidemark account get msisdn-491700000001",
        "Work with it",
    )
    register(
        group,
        "provision",
        "tidemark account provision acme --opening-balance 10 \\\n"
        "  --subscriber imsi-262017000000001,msisdn-491700000001:prepaid-data,video-pass",
    )(provision)
    register(group, "top-up", "tidemark account top-up acme 10.00 --reference voucher-17")(top_up)
    register(
        group, "adjust", "tidemark account adjust acme BUCKET --by -2.50 --reason goodwill --actor care-desk"
    )(adjust)
    register(group, "transfer", "tidemark account transfer acme bolt 5.00 --reason gift")(transfer)
    register(
        group,
        "credit-limit",
        "tidemark account credit-limit acme 50.00 --reason 'pays on time' --actor care-desk",
    )(credit_limit)
    register(
        group, "gift", "tidemark account gift msisdn-491700000001 BUCKET 500MB --to msisdn-491700000002"
    )(gift)
    subscription.add_to(group)
    counters.add_to(group)
    register(group, "get", "tidemark account get msisdn-491700000001 --json")(get)


async def provision(
    invocation: Invocation,
    account_id: AccountId,
    subscriber: Annotated[
        list[str],
        typer.Option(
            help="Identifiers, a colon, offerings: `imsi-1,msisdn-2:plan,add-on`. Members of a bundle "
            "with a choice: `plan=member+member`. Repeat it for every subscriber."
        ),
    ],
    currency: Currency = "EUR",
    opening_balance: Annotated[str, typer.Option(help="Money to start with, such as 10.00.")] = "",
    credit_limit: Annotated[str, typer.Option(help="Postpaid: how far below zero money may go.")] = "",
    time_zone: Annotated[
        str, typer.Option(help="IANA zone of the subscribers; otherwise the catalog's.")
    ] = "",
    effective_from: At = "",
    request_id: RequestId = "",
) -> None:
    """Opens an account with its subscribers and what they subscribe to."""
    request = api.ProvisionAccountRequest(
        request_id=fresh_id(request_id),
        account_id=account_id,
        currency_code=currency,
        subscribers=[reading("--subscriber", parse_subscriber, text, time_zone) for text in subscriber],
    )
    if opening_balance:
        request.opening_balance.CopyFrom(
            reading("--opening-balance", money_message, opening_balance, currency)
        )
    if credit_limit:
        request.credit_limit.CopyFrom(reading("--credit-limit", money_message, credit_limit, currency))
    if effective_from:
        request.effective_from.CopyFrom(reading("--effective-from", moment, effective_from))
    async with invocation.channel(CHARGING) as channel:
        stub = account_api_pb2_grpc.AccountServiceStub(channel)
        answer = await stub.ProvisionAccount(request, timeout=CALL_SECONDS)
    invocation.output.document(answer)
    show_account(invocation.output, answer.account)


async def top_up(
    invocation: Invocation,
    account_id: AccountId,
    amount: Annotated[str, typer.Argument(metavar="AMOUNT", help="Positive decimal, such as 10.00.")],
    currency: Currency = "EUR",
    reference: Annotated[str, typer.Option(help="Payment reference or voucher, for the audit trail.")] = "",
    request_id: RequestId = "",
) -> None:
    """Adds money, at once: sessions that had run dry are told to come back."""
    request = api.TopUpAccountRequest(
        request_id=fresh_id(request_id),
        account_id=account_id,
        amount=reading("AMOUNT", money_message, amount, currency),
        reference=reference,
    )
    async with invocation.channel(CHARGING) as channel:
        stub = account_api_pb2_grpc.AccountServiceStub(channel)
        answer = await stub.TopUpAccount(request, timeout=CALL_SECONDS)
    invocation.output.document(answer)
    show_account(invocation.output, answer.account)
    if answer.reauthorised_sessions:
        invocation.output.line(f"{answer.reauthorised_sessions} session(s) were told to come back")


async def adjust(
    invocation: Invocation,
    account_id: AccountId,
    bucket_id: Annotated[str, typer.Argument(metavar="BUCKET", help="Bucket, as `account get` names it.")],
    by: Annotated[
        str, typer.Option(help="Signed: money as a decimal (-2.50), units with their name (-5MB).")
    ],
    reason: Annotated[str, typer.Option(help="Why, for the audit trail.")],
    actor: Annotated[str, typer.Option(help="Who decided it: a name or a role.")],
    currency: Currency = "EUR",
    request_id: RequestId = "",
) -> None:
    """Corrects one bucket by a signed amount, with reason and actor."""
    request = api.AdjustBalanceRequest(
        request_id=fresh_id(request_id),
        account_id=account_id,
        bucket_id=bucket_id,
        reason=reason,
        actor=actor,
    )
    _set_adjustment(request, by, currency)
    async with invocation.channel(CHARGING) as channel:
        stub = account_api_pb2_grpc.AccountServiceStub(channel)
        answer = await stub.AdjustBalance(request, timeout=CALL_SECONDS)
    invocation.output.document(answer)
    show_account(invocation.output, answer.account)


def _set_adjustment(request: api.AdjustBalanceRequest, text: str, currency: str) -> None:
    if any(sign.isalpha() for sign in text):
        amount, unit = reading("--by", parse_units, text.lstrip("+-"))
        signed = -amount if text.startswith("-") else amount
        request.quantity.CopyFrom(quantity_pb2.Quantity(unit=unit, amount=signed))
    else:
        request.money.CopyFrom(reading("--by", money_message, text, currency))


async def transfer(
    invocation: Invocation,
    from_account_id: Annotated[str, typer.Argument(metavar="FROM", help="Account that gives.")],
    to_account_id: Annotated[str, typer.Argument(metavar="TO", help="Account that receives.")],
    amount: Annotated[str, typer.Argument(metavar="AMOUNT", help="Positive decimal, such as 5.00.")],
    currency: Currency = "EUR",
    reason: Annotated[str, typer.Option(help="Why, for the audit trail.")] = "",
    request_id: RequestId = "",
) -> None:
    """Moves money between two accounts of one currency, whole or not at all."""
    request = api.TransferBalanceRequest(
        request_id=fresh_id(request_id),
        from_account_id=from_account_id,
        to_account_id=to_account_id,
        amount=reading("AMOUNT", money_message, amount, currency),
        reason=reason,
    )
    async with invocation.channel(CHARGING) as channel:
        stub = account_api_pb2_grpc.AccountServiceStub(channel)
        answer = await stub.TransferBalance(request, timeout=CALL_SECONDS)
    invocation.output.document(answer)
    for account in (answer.from_account, answer.to_account):
        show_account(invocation.output, account)


async def credit_limit(
    invocation: Invocation,
    account_id: AccountId,
    amount: Annotated[str, typer.Argument(metavar="AMOUNT", help="How far below zero; 0.00: not at all.")],
    reason: Annotated[str, typer.Option(help="Why, for the audit trail.")],
    actor: Annotated[str, typer.Option(help="Who decided it: a name or a role.")],
    currency: Currency = "EUR",
    request_id: RequestId = "",
) -> None:
    """Sets how far below zero money may go, never below what is used of it already."""
    request = api.SetCreditLimitRequest(
        request_id=fresh_id(request_id),
        account_id=account_id,
        credit_limit=reading("AMOUNT", money_message, amount, currency),
        reason=reason,
        actor=actor,
    )
    async with invocation.channel(CHARGING) as channel:
        stub = account_api_pb2_grpc.AccountServiceStub(channel)
        answer = await stub.SetCreditLimit(request, timeout=CALL_SECONDS)
    invocation.output.document(answer)
    show_account(invocation.output, answer.account)


async def gift(
    invocation: Invocation,
    giver: Annotated[str, typer.Argument(metavar="FROM", help="Identifier of the subscriber who gives.")],
    bucket_id: Annotated[str, typer.Argument(metavar="BUCKET", help="Bucket, as `account get` names it.")],
    units: Annotated[str, typer.Argument(metavar="UNITS", help="Units with their name, such as 500MB.")],
    to: Annotated[str, typer.Option(help="Identifier of the subscriber who receives.")],
    request_id: RequestId = "",
) -> None:
    """Gives units of an allowance to another subscriber, on the same terms."""
    amount, _unit = reading("UNITS", parse_units, units)
    request = api.GiftUnitsRequest(
        request_id=fresh_id(request_id),
        from_subscriber_identifier=giver,
        bucket_id=bucket_id,
        units=amount,
        to_subscriber_identifier=to,
    )
    async with invocation.channel(CHARGING) as channel:
        stub = account_api_pb2_grpc.AccountServiceStub(channel)
        answer = await stub.GiftUnits(request, timeout=CALL_SECONDS)
    invocation.output.document(answer)
    show_account(invocation.output, answer.from_account)
    invocation.output.line(f"given as bucket {answer.bucket_id}")


async def get(
    invocation: Invocation,
    account: AccountOrIdentifier,
) -> None:
    """Shows an account: its subscribers, and every bucket with what is left and reserved."""
    request = api.GetAccountRequest()
    if is_subscriber_identifier(account):
        request.subscriber_identifier = account
    else:
        request.account_id = account
    async with invocation.channel(CHARGING) as channel:
        stub = account_api_pb2_grpc.AccountServiceStub(channel)
        answer = await stub.GetAccount(request, timeout=CALL_SECONDS)
    invocation.output.document(answer)
    show_account(invocation.output, answer.account)
