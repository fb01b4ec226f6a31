"""One subscriber and the network elements that speak for it, over the charging API."""

from __future__ import annotations

import hashlib
from typing import Any

import grpc
from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.charging.v1 import (
    account_api_pb2,
    account_api_pb2_grpc,
    charge_api_pb2,
    charge_api_pb2_grpc,
    charging_api_pb2,
    charging_api_pb2_grpc,
    charging_data_pb2,
    subscription_api_pb2,
    subscription_api_pb2_grpc,
)

from services.cli.amounts import money_message, show_money
from services.common.runtime.grpc_errors import error_info

Answer = charging_data_pb2.ChargingDataResponse
_CALL_SECONDS = 15.0


class Stage:
    """Stubs to the running suite, the name that all accounts begin with, and when everything happens."""

    def __init__(self, channel: grpc.aio.Channel, name: str, at: Timestamp) -> None:
        self.channel = channel
        self.name = name
        self.at = at
        self.charging = charging_api_pb2_grpc.ChargingServiceStub(channel)
        self.accounts = account_api_pb2_grpc.AccountServiceStub(channel)
        self.subscriptions = subscription_api_pb2_grpc.SubscriptionServiceStub(channel)
        self.charges = charge_api_pb2_grpc.ChargeServiceStub(channel)
        self._numbers = 0

    def number(self) -> int:
        """The next of the numbers that make requests distinct."""
        self._numbers += 1
        return self._numbers

    async def account(
        self,
        name: str,
        *offerings: str,
        money: str = "100.00",
        currency: str = "EUR",
        credit: str = "",
        members: int = 1,
        profile: account_api_pb2.SubscriberProfile | None = None,
    ) -> list[Actor]:
        """Opens an account; its subscribers all have the same offerings."""
        actors = [Actor(self, f"{self.name}-{name}", number) for number in range(members)]
        request = account_api_pb2.ProvisionAccountRequest(
            request_id=f"{self.name}/{name}",
            account_id=f"{self.name}-{name}",
            currency_code=currency,
            opening_balance=money_message(money, currency),
            effective_from=self.at,
            subscribers=[
                account_api_pb2.SubscriberProvision(
                    identifiers=[actor.identifier],
                    subscriptions=[
                        account_api_pb2.SubscriptionProvision(offering_code=code) for code in offerings
                    ],
                    profile=profile,
                )
                for actor in actors
            ],
        )
        if credit:
            request.credit_limit.CopyFrom(money_message(credit, currency))
        await self.accounts.ProvisionAccount(request, timeout=_CALL_SECONDS)
        return actors


class Actor:
    """A subscriber. Units are reported in whatever the rating group counts."""

    def __init__(self, stage: Stage, account_id: str, number: int) -> None:
        self.stage = stage
        self.account_id = account_id
        digits = int.from_bytes(hashlib.sha256(f"{account_id}/{number}".encode()).digest()[:8])
        self.identifier = f"imsi-00102{digits % 10**10:010}"
        self.ref = ""

    async def create(self, *usage: charging_data_pb2.MultipleUnitUsage, **parts: Any) -> Answer:
        """Opens a session."""
        request = charging_api_pb2.CreateChargingSessionRequest(charging_data=self._data(0, usage, parts))
        answer = await self.stage.charging.CreateChargingSession(request, timeout=_CALL_SECONDS)
        self.ref = answer.charging_data_ref
        return answer.charging_data

    async def update(self, number: int, *usage: charging_data_pb2.MultipleUnitUsage, **parts: Any) -> Answer:
        """Reports on the session."""
        request = charging_api_pb2.UpdateChargingSessionRequest(
            charging_data_ref=self.ref, charging_data=self._data(number, usage, parts)
        )
        answer = await self.stage.charging.UpdateChargingSession(request, timeout=_CALL_SECONDS)
        return answer.charging_data

    async def event(
        self,
        *usage: charging_data_pb2.MultipleUnitUsage,
        **parts: Any,
    ) -> Answer:
        """A debit at once."""
        request = charging_api_pb2.ChargeOneTimeEventRequest(
            requested_action=charging_api_pb2.REQUESTED_ACTION_DIRECT_DEBITING,
            charging_data=self._data(self.stage.number(), usage, parts),
        )
        answer = await self.stage.charging.ChargeOneTimeEvent(request, timeout=_CALL_SECONDS)
        return answer.charging_data

    async def subscribe(self, offering_code: str) -> subscription_api_pb2.SubscribeOfferingResponse:
        """Takes an offering."""
        request = subscription_api_pb2.SubscribeOfferingRequest(
            request_id=self._request_id(),
            subscriber_identifier=self.identifier,
            subscription=account_api_pb2.SubscriptionProvision(offering_code=offering_code),
        )
        return await self.stage.subscriptions.SubscribeOffering(request, timeout=_CALL_SECONDS)

    async def lift_cap(self, counter_code: str) -> subscription_api_pb2.SetSpendCapResponse:
        """Has a cap lifted."""
        request = subscription_api_pb2.SetSpendCapRequest(
            request_id=self._request_id(),
            subscriber_identifier=self.identifier,
            counter_code=counter_code,
            actor="demo",
        )
        return await self.stage.subscriptions.SetSpendCap(request, timeout=_CALL_SECONDS)

    async def give(self, bucket_id: str, units: int, taker: Actor) -> account_api_pb2.GiftUnitsResponse:
        """Gives units to somebody."""
        request = account_api_pb2.GiftUnitsRequest(
            request_id=self._request_id(),
            from_subscriber_identifier=self.identifier,
            bucket_id=bucket_id,
            units=units,
            to_subscriber_identifier=taker.identifier,
        )
        return await self.stage.accounts.GiftUnits(request, timeout=_CALL_SECONDS)

    async def settle(self, charge_id: str, confirmed: bool) -> charging_api_pb2.SettleOutcomeResponse:
        """Confirms a provisional outcome, or takes it back."""
        request = charging_api_pb2.SettleOutcomeRequest(
            request_id=self._request_id(),
            charge_id=charge_id,
            settlement=charging_api_pb2.OUTCOME_SETTLEMENT_CONFIRM
            if confirmed
            else charging_api_pb2.OUTCOME_SETTLEMENT_REVERSE,
            reason="" if confirmed else "the quality monitor says otherwise",
            actor="demo",
        )
        return await self.stage.charging.SettleOutcome(request, timeout=_CALL_SECONDS)

    async def explain(self, charge_id: str) -> list[str]:
        """A charge in plain words."""
        request = charge_api_pb2.ExplainChargeRequest(charge_id=charge_id)
        answer = await self.stage.charges.ExplainCharge(request, timeout=_CALL_SECONDS)
        return list(answer.sentences)

    async def money(self) -> str:
        """What the account holds."""
        request = account_api_pb2.GetAccountRequest(account_id=self.account_id)
        account = (await self.stage.accounts.GetAccount(request, timeout=_CALL_SECONDS)).account
        return next(show_money(bucket.money) for bucket in account.buckets if bucket.HasField("money"))

    def _request_id(self) -> str:
        return f"{self.account_id}/{self.stage.number()}"

    def _data(
        self, number: int, usage: tuple[charging_data_pb2.MultipleUnitUsage, ...], parts: dict[str, Any]
    ) -> charging_data_pb2.ChargingDataRequest:
        return charging_data_pb2.ChargingDataRequest(
            subscriber_identifier=self.identifier,
            charging_id=f"{self.account_id}/scene",
            nf_consumer_identification=charging_data_pb2.NfConsumerIdentification(nf_name="demo-stage"),
            invocation_time_stamp=self.stage.at,
            invocation_sequence_number=number,
            multiple_unit_usage=usage,
            **parts,
        )


def paid(answer: Answer) -> str:
    """What a request was charged."""
    return show_money(answer.charge_information.amount)


def reason_of(error: grpc.aio.AioRpcError) -> str:
    """Why a request was refused."""
    info = error_info(error)
    return info.reason if info is not None else error.code().name
