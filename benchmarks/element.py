"""A network element that does nothing but report: one account and one session for each call in flight."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import grpc
from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.charging.v1 import (
    account_api_pb2,
    account_api_pb2_grpc,
    charging_api_pb2,
    charging_api_pb2_grpc,
    charging_data_pb2,
)
from tidemark.type.v1 import money_pb2

from benchmarks.load import DEADLINE_SECONDS, octets_call

CURRENCY = "EUR"
OFFERING = "measured"
RATING_GROUP = 1
# 1 EUR for a megabyte is 100 minor_micros for an octet, exactly.
PRICE_MINOR_MICROS_PER_OCTET = 100
OPENING_MINOR_MICROS = 1_000_000 * 100_000_000
OCTETS_PER_UPDATE = 1234
UPDATE_METHOD = "/tidemark.charging.v1.ChargingService/UpdateChargingSession"


class WrongAnswerError(RuntimeError):
    """Charging answered something that this load cannot come to. The figures would mean nothing."""


@dataclass(slots=True)
class MeasuredAccount:
    """One account, and what the element knows of it from the answers alone."""

    number: int
    reported_octets: int = 0
    answered_minor_micros: int = 0

    @property
    def account_id(self) -> str:
        """The operator's number of the account."""
        return f"benchmark-{self.number:04}"

    @property
    def subscriber_identifier(self) -> str:
        """SUPI of its one subscriber, of a test network."""
        return f"imsi-00101{self.number:010}"


@dataclass(slots=True)
class UpdateCall:
    """Sends one Update after the other in one session.

    Answers are kept as octets: they are decoded when the clock has stopped.
    """

    account: MeasuredAccount
    charging_data_ref: str
    channel: grpc.aio.Channel
    sequence_number: int = 0
    answers: list[bytes] = field(default_factory=list)
    _send: Callable[..., Awaitable[bytes]] = field(init=False)

    def __post_init__(self) -> None:
        self._send = octets_call(self.channel, UPDATE_METHOD)

    async def __call__(self) -> None:
        """Reports usage, asks for more, and returns when the answer (so: the commit) is there."""
        self.answered(await self._send(self.request(), timeout=DEADLINE_SECONDS))

    def next_request(self) -> charging_api_pb2.UpdateChargingSessionRequest:
        """Usage, and the wish for more."""
        self.sequence_number += 1
        return update_request(self.account, self.charging_data_ref, self.sequence_number)

    def request(self) -> bytes:
        """The next request as octets."""
        return self.next_request().SerializeToString()

    def answered(self, message: bytes) -> None:
        """Keeps an answer."""
        self.answers.append(message)

    def check_answers(self) -> None:
        """Decodes every answer and books it on the account. Raises WrongAnswerError."""
        for octets in self.answers:
            answer = charging_api_pb2.UpdateChargingSessionResponse.FromString(octets).charging_data
            for information in answer.multiple_unit_information:
                if information.result_code != charging_data_pb2.RESULT_CODE_SUCCESS:
                    raise WrongAnswerError(f"{self.account.account_id}: {information.detail or information}")
            self.account.reported_octets += OCTETS_PER_UPDATE
            self.account.answered_minor_micros += answer.charge_information.amount.minor_micros
        self.answers.clear()


def update_request(
    account: MeasuredAccount, charging_data_ref: str, sequence_number: int
) -> charging_api_pb2.UpdateChargingSessionRequest:
    """Usage of one rating group, and the wish for more."""
    return charging_api_pb2.UpdateChargingSessionRequest(
        charging_data_ref=charging_data_ref,
        charging_data=_charging_data(
            account,
            sequence_number,
            charging_data_pb2.MultipleUnitUsage(
                rating_group=RATING_GROUP,
                requested_unit=charging_data_pb2.RequestedUnit(),
                used_unit_container=[
                    charging_data_pb2.UsedUnitContainer(
                        local_sequence_number=sequence_number, total_volume_octets=OCTETS_PER_UPDATE
                    )
                ],
            ),
        ),
    )


async def provision(channel: grpc.aio.Channel, accounts: Sequence[MeasuredAccount]) -> None:
    """Opens the accounts, each with one subscriber and money enough for every measurement."""
    stub = account_api_pb2_grpc.AccountServiceStub(channel)
    for account in accounts:
        await stub.ProvisionAccount(
            account_api_pb2.ProvisionAccountRequest(
                request_id=f"{account.account_id}-open",
                account_id=account.account_id,
                currency_code=CURRENCY,
                subscribers=[
                    account_api_pb2.SubscriberProvision(
                        identifiers=[account.subscriber_identifier],
                        subscriptions=[account_api_pb2.SubscriptionProvision(offering_code=OFFERING)],
                    )
                ],
                opening_balance=money_pb2.Money(currency_code=CURRENCY, minor_micros=OPENING_MINOR_MICROS),
            ),
            timeout=DEADLINE_SECONDS,
        )


async def open_session(channel: grpc.aio.Channel, account: MeasuredAccount, purpose: str) -> UpdateCall:
    """Creates a session and asks for a first grant. `purpose` tells it from the account's other sessions."""
    stub = charging_api_pb2_grpc.ChargingServiceStub(channel)
    wish = charging_data_pb2.MultipleUnitUsage(
        rating_group=RATING_GROUP, requested_unit=charging_data_pb2.RequestedUnit()
    )
    data = _charging_data(account, 0, wish)
    data.charging_id = f"{account.account_id}-{purpose}"
    answer = await stub.CreateChargingSession(
        charging_api_pb2.CreateChargingSessionRequest(charging_data=data), timeout=DEADLINE_SECONDS
    )
    return UpdateCall(account, answer.charging_data_ref, channel)


async def release_session(call: UpdateCall) -> None:
    """Closes a session without further usage: what it held in reserve goes back."""
    stub = charging_api_pb2_grpc.ChargingServiceStub(call.channel)
    await stub.ReleaseChargingSession(
        charging_api_pb2.ReleaseChargingSessionRequest(
            charging_data_ref=call.charging_data_ref,
            charging_data=_charging_data(call.account, call.sequence_number + 1, None),
        ),
        timeout=DEADLINE_SECONDS,
    )


def _charging_data(
    account: MeasuredAccount, sequence_number: int, usage: charging_data_pb2.MultipleUnitUsage | None
) -> charging_data_pb2.ChargingDataRequest:
    return charging_data_pb2.ChargingDataRequest(
        subscriber_identifier=account.subscriber_identifier,
        nf_consumer_identification=charging_data_pb2.NfConsumerIdentification(
            nf_name="smf-benchmark", node_functionality=charging_data_pb2.NODE_FUNCTIONALITY_SMF
        ),
        invocation_time_stamp=_now(),
        invocation_sequence_number=sequence_number,
        multiple_unit_usage=[usage] if usage is not None else [],
        pdu_session=charging_data_pb2.PduSessionChargingInformation(dnn_id="internet"),
    )


def _now() -> Timestamp:
    seconds, nanos = divmod(time.time_ns(), 1_000_000_000)
    return Timestamp(seconds=seconds, nanos=nanos)
