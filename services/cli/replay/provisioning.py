"""Opens the accounts of a play. Under the same run name the same requests, so once is as good as twice."""

from __future__ import annotations

from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.charging.v1 import account_api_pb2

from services.cli.amounts import money_message
from services.cli.replay.identity import Run
from services.cli.replay.subscribers import AccountPlan, SubscriberPlan
from services.common.kernel.clock import DAY, SECOND


def provision_request(
    run: Run, plan: AccountPlan, currency_code: str
) -> account_api_pb2.ProvisionAccountRequest:
    """The request for one account; subscriptions begin with the UTC day on which the play starts.

    Raises ValueError for an amount that is no decimal of the currency.
    """
    request = account_api_pb2.ProvisionAccountRequest(
        request_id=run.provision_request_id(plan.account_id),
        account_id=plan.account_id,
        currency_code=currency_code,
        subscribers=[_subscriber(run, subscriber) for subscriber in plan.subscribers],
        effective_from=Timestamp(seconds=(run.start_at - run.start_at % DAY) // SECOND),
    )
    if plan.opening_balance:
        request.opening_balance.CopyFrom(money_message(plan.opening_balance, currency_code))
    if plan.credit_limit:
        request.credit_limit.CopyFrom(money_message(plan.credit_limit, currency_code))
    return request


def _subscriber(run: Run, subscriber: SubscriberPlan) -> account_api_pb2.SubscriberProvision:
    # A choice is made where it is offered, so it goes with the offering that has it: the first named.
    subscriptions = [
        account_api_pb2.SubscriptionProvision(
            offering_code=code, chosen_offerings=subscriber.chosen if index == 0 else ()
        )
        for index, code in enumerate(subscriber.offerings)
    ]
    return account_api_pb2.SubscriberProvision(
        identifiers=[run.supi(subscriber.capture), run.gpsi(subscriber.capture)],
        subscriptions=subscriptions,
    )
