"""Accepted offers given effect by charging over gRPC, at most once each: charging knows a key again."""

from __future__ import annotations

import grpc
from tidemark.charging.v1 import (
    account_api_pb2,
    account_api_pb2_grpc,
    subscription_api_pb2,
    subscription_api_pb2_grpc,
)
from tidemark.type.v1 import money_pb2

from services.common.kernel.clock import Instant
from services.common.runtime.grpc_client import retrying
from services.common.runtime.grpc_errors import DOMAIN, error_info
from services.common.runtime.logs import get_logger
from services.offers.application.ports import ChargingUnreachableError
from services.offers.domain.acceptance import Answer, ChargingRefusal, Given
from services.offers.domain.policies import Action, ActionKind

_log = get_logger(__name__)

ACTOR = "offers"
"""Who adds rewards, in charging's audit trail."""
IDENTIFIER_PREFIX = "subscriber-"
"""Before charging's opaque id it is an identifier like others."""

_CERTAIN = frozenset(
    {
        grpc.StatusCode.FAILED_PRECONDITION,
        grpc.StatusCode.NOT_FOUND,
        grpc.StatusCode.PERMISSION_DENIED,
        grpc.StatusCode.INVALID_ARGUMENT,
        grpc.StatusCode.ALREADY_EXISTS,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
    }
)
"""With charging's own reason these mean that nothing happened. After any other it is not known."""


class ChargingGateway:
    """The Charging port. Tries again for a moment while charging is not there."""

    def __init__(self, channel: grpc.aio.Channel, call_seconds: float = 3, within_seconds: float = 3) -> None:
        self._subscriptions = subscription_api_pb2_grpc.SubscriptionServiceStub(channel)
        self._accounts = account_api_pb2_grpc.AccountServiceStub(channel)
        self._call_seconds = call_seconds
        self._within_seconds = within_seconds

    async def give(self, answer: Answer) -> Given | ChargingRefusal:
        """Subscribes, or adds a reward.

        Raises ChargingUnreachableError where it is not known what came of it.
        """
        action = answer.action
        assert action is not None, "what is accepted has an action"
        try:
            if action.kind is ActionKind.REWARD:
                return await self._reward(answer, action)
            return await self._subscribe(answer, action)
        except grpc.aio.AioRpcError as error:
            refusal = _refusal(error)
            if refusal is None:
                _log.warning(
                    "charging gave no answer to an acceptance",
                    acceptance=answer.acceptance_id,
                    code=error.code().name,
                    detail=error.details(),
                )
                raise ChargingUnreachableError(error.details() or error.code().name) from error
            return refusal

    async def _subscribe(self, answer: Answer, action: Action) -> Given:
        request = subscription_api_pb2.SubscribeOfferingRequest(
            request_id=answer.charging_key,
            subscriber_identifier=f"{IDENTIFIER_PREFIX}{answer.subscriber_id}",
            subscription=account_api_pb2.SubscriptionProvision(
                offering_code=action.offering_code, chosen_offerings=action.chosen_offerings
            ),
            reference=answer.decision_id,
        )
        said = await retrying(
            lambda: self._subscriptions.SubscribeOffering(request, timeout=self._call_seconds),
            self._within_seconds,
        )
        return Given(
            tuple(said.charge_ids),
            said.amount.minor_micros,
            said.amount.currency_code,
            _trial_end(said.account, answer.subscriber_id, action.offering_code),
        )

    async def _reward(self, answer: Answer, action: Action) -> Given | ChargingRefusal:
        bucket_id = await self._money_bucket(answer.account_id, action.currency_code)
        if bucket_id is None:
            words = f"the account holds no money in {action.currency_code}"
            return ChargingRefusal("CURRENCY_MISMATCH", words)
        request = account_api_pb2.AdjustBalanceRequest(
            request_id=answer.charging_key,
            account_id=answer.account_id,
            bucket_id=bucket_id,
            money=money_pb2.Money(
                currency_code=action.currency_code, minor_micros=action.amount_minor_micros
            ),
            reason=reward_reason(answer),
            actor=ACTOR,
        )
        await retrying(
            lambda: self._accounts.AdjustBalance(request, timeout=self._call_seconds), self._within_seconds
        )
        return Given()

    async def _money_bucket(self, account_id: str, currency_code: str) -> str | None:
        """The bucket with the account's own money, which is for everybody and everything."""
        request = account_api_pb2.GetAccountRequest(account_id=account_id)
        said = await retrying(
            lambda: self._accounts.GetAccount(request, timeout=self._call_seconds), self._within_seconds
        )
        for bucket in said.account.buckets:
            is_own = bucket.HasField("money") and not bucket.rating_groups and not bucket.subscriber_ids
            if is_own and bucket.money.currency_code == currency_code:
                return bucket.bucket_id
        return None


_REWARD_WORDS = "loyalty reward "
_DECISION_WORDS = " of decision "


def reward_reason(answer: Answer) -> str:
    """Why money was added, in charging's audit trail: with the decision, so that the journal leads back."""
    return f"{_REWARD_WORDS}{answer.offer_code}{_DECISION_WORDS}{answer.decision_id}"


def rewarded(reason: str) -> tuple[str, str] | None:
    """Decision id and offer code out of what `reward_reason` wrote; None for other reasons."""
    offer_code, words, decision_id = reason.removeprefix(_REWARD_WORDS).partition(_DECISION_WORDS)
    return (decision_id, offer_code) if reason.startswith(_REWARD_WORDS) and words else None


def _trial_end(account: account_api_pb2.Account, subscriber_id: str, offering_code: str) -> Instant | None:
    for subscriber in account.subscribers:
        for subscription in subscriber.subscriptions:
            is_it = subscription.offering_code == offering_code
            if is_it and subscriber.subscriber_id == subscriber_id and subscription.HasField("trial_end"):
                return Instant(subscription.trial_end.ToMicroseconds())
    return None


def _refusal(error: grpc.aio.AioRpcError) -> ChargingRefusal | None:
    info = error_info(error)
    if info is None or info.domain != DOMAIN or error.code() not in _CERTAIN:
        return None
    return ChargingRefusal(info.reason, error.details() or info.reason)
