"""tidemark.charging.v1.AccountService: decode and check, hand over, answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from tidemark.charging.v1 import account_api_pb2, account_api_pb2_grpc

from services.charging.adapters.messages import account_views, accounts
from services.charging.adapters.messages.common import refuse
from services.charging.adapters.repeatable_request import repeatable
from services.charging.adapters.streams import until
from services.charging.application.charge_usage import Repeatable, known
from services.charging.application.partition_writer import PartitionWriter, Submission
from services.charging.application.ports import Identities
from services.charging.application.provision_account import ProvisionAccountUseCase
from services.charging.application.read_account import ReadAccount
from services.charging.application.watch_balance import Change, Present, WatchBalance
from services.charging.domain import reasons
from services.charging.domain.commands import Command
from services.common.kernel.clock import Clock


class AccountServicer(account_api_pb2_grpc.AccountServiceServicer):
    """Care desks, portals and apps talk to this."""

    def __init__(
        self,
        writer: PartitionWriter,
        identities: Identities,
        provision: ProvisionAccountUseCase,
        reader: ReadAccount,
        watch: WatchBalance,
        clock: Clock,
        stopping: asyncio.Event,
    ) -> None:
        self._writer = writer
        self._identities = identities
        self._provision = provision
        self._reader = reader
        self._watch = watch
        self._clock = clock
        self._stopping = stopping

    async def ProvisionAccount(
        self, request: account_api_pb2.ProvisionAccountRequest, _context: Any
    ) -> account_api_pb2.ProvisionAccountResponse:
        """Opens an account with its subscribers."""
        again = repeatable(request.request_id, request, accounts.provisioned)
        provision = accounts.provision(request, self._clock.now())
        return account_api_pb2.ProvisionAccountResponse.FromString(await self._provision(provision, again))

    async def TopUpAccount(
        self, request: account_api_pb2.TopUpAccountRequest, _context: Any
    ) -> account_api_pb2.TopUpAccountResponse:
        """Adds money."""
        again = repeatable(request.request_id, request, accounts.topped_up)
        answer = await self._execute(accounts.top_up(request), again)
        return account_api_pb2.TopUpAccountResponse.FromString(answer)

    async def AdjustBalance(
        self, request: account_api_pb2.AdjustBalanceRequest, _context: Any
    ) -> account_api_pb2.AdjustBalanceResponse:
        """Corrects one bucket."""
        again = repeatable(request.request_id, request, accounts.adjusted)
        answer = await self._execute(accounts.adjust(request), again)
        return account_api_pb2.AdjustBalanceResponse.FromString(answer)

    async def TransferBalance(
        self, request: account_api_pb2.TransferBalanceRequest, _context: Any
    ) -> account_api_pb2.TransferBalanceResponse:
        """Moves money between accounts."""
        again = repeatable(request.request_id, request, accounts.transferred)
        answer = await self._execute(accounts.transfer(request), again)
        return account_api_pb2.TransferBalanceResponse.FromString(answer)

    async def GiftUnits(
        self, request: account_api_pb2.GiftUnitsRequest, _context: Any
    ) -> account_api_pb2.GiftUnitsResponse:
        """Gives units of a bucket to another subscriber."""
        again = repeatable(request.request_id, request, accounts.gifted)
        ends = (
            self._subscriber_id(request.from_subscriber_identifier, "from_subscriber_identifier"),
            self._subscriber_id(request.to_subscriber_identifier, "to_subscriber_identifier"),
        )
        answer = await self._execute(accounts.gift_units(request, *ends), again)
        return account_api_pb2.GiftUnitsResponse.FromString(answer)

    async def SetCreditLimit(
        self, request: account_api_pb2.SetCreditLimitRequest, _context: Any
    ) -> account_api_pb2.SetCreditLimitResponse:
        """Sets how far below zero money may go."""
        again = repeatable(request.request_id, request, accounts.credit_limit_set)
        answer = await self._execute(accounts.set_credit_limit(request), again)
        return account_api_pb2.SetCreditLimitResponse.FromString(answer)

    async def GetAccount(
        self, request: account_api_pb2.GetAccountRequest, _context: Any
    ) -> account_api_pb2.GetAccountResponse:
        """The account as it stands."""
        view, sequence = await self._reader.view(self._account_of(request))
        return account_api_pb2.GetAccountResponse(account=account_views.account(view, sequence))

    async def ResolveSubscriber(
        self, request: account_api_pb2.ResolveSubscriberRequest, _context: Any
    ) -> account_api_pb2.ResolveSubscriberResponse:
        """From an identifier to the opaque ids."""
        field = "subscriber_identifier"
        identifier = accounts.subscriber_identifier(request.subscriber_identifier, field)
        subscriber_id, account_id = await self._reader.resolve(identifier)
        return account_api_pb2.ResolveSubscriberResponse(subscriber_id=subscriber_id, account_id=account_id)

    async def CountSubscriptions(
        self, request: account_api_pb2.CountSubscriptionsRequest, _context: Any
    ) -> account_api_pb2.CountSubscriptionsResponse:
        """How many have each offering."""
        counts = await self._reader.count_subscriptions(frozenset(request.offering_codes))
        return account_api_pb2.CountSubscriptionsResponse(
            counts=[
                account_api_pb2.SubscriptionCount(
                    offering_code=count.offering_code, accounts=count.accounts, subscribers=count.subscribers
                )
                for count in counts
            ]
        )

    async def WatchBalance(
        self, request: account_api_pb2.WatchBalanceRequest, _context: Any
    ) -> AsyncIterator[account_api_pb2.WatchBalanceResponse]:
        """First the present state, or what was missed; then every change."""
        after = request.after_sequence if request.HasField("after_sequence") else None
        async for update in until(self._stopping, self._watch(self._account_of(request), after)):
            yield _watch_response(update)

    def _account_of(
        self, request: account_api_pb2.GetAccountRequest | account_api_pb2.WatchBalanceRequest
    ) -> str:
        if not request.account_id and not request.subscriber_identifier:
            raise refuse(reasons.FIELD_MISSING, "which account?", "lookup")
        return self._reader.account_of(request.account_id, request.subscriber_identifier)

    def _subscriber_id(self, identifier: str, field: str) -> str:
        return known(self._writer, self._identities, accounts.subscriber_identifier(identifier, field), field)

    async def _execute(self, command: Command, again: Repeatable) -> bytes:
        return await self._writer.execute(Submission(command, again.key, again.digest, again.encode))


def _watch_response(update: Present | Change) -> account_api_pb2.WatchBalanceResponse:
    if isinstance(update, Present):
        return account_api_pb2.WatchBalanceResponse(
            sequence=update.sequence, present=account_views.account(update.view, update.sequence)
        )
    return account_views.balance_change(update.sequence, update.occurred_at, update.moves)
