"""Whom a call is for, and whether its caller may: subscribers act for their own account only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from services.common.kernel.outcome import Category, Reason, Refused, RefusedError
from services.common.runtime.callers import Caller, Role, require_account
from services.notification.adapters.asked import is_id
from services.notification.domain.reasons import SUBSCRIBER_UNKNOWN

SUBSCRIBER_MISSING = Reason("SUBSCRIBER_MISSING", Category.INVALID_ARGUMENT)


class Accounts(Protocol):
    """The part of `Directory` that is asked here."""

    async def account_of(self, subscriber_id: str) -> str | None:
        """None: unknown."""

    async def subscribers_of(self, account_id: str) -> Sequence[str]:
        """In the order in which they came."""


@dataclass(frozen=True, slots=True)
class Whose:
    """A subscriber, and the account that it is on."""

    subscriber_id: str
    account_id: str


async def whose(accounts: Accounts, caller: Caller, subscriber_id: str) -> Whose:
    """The subscriber of a call. A subscriber's token need not name one where its account has but one.

    Raises RefusedError SUBSCRIBER_MISSING, SUBSCRIBER_UNKNOWN; for everybody but the operator
    NOT_YOUR_ACCOUNT, of somebody unknown too.
    """
    if not subscriber_id:
        return await _only_one(accounts, caller)
    # What can be nobody's id is not asked for: databases fail at some of it.
    account_id = (await accounts.account_of(subscriber_id) if is_id(subscriber_id) else None) or ""
    require_account(caller, account_id)
    if not account_id:
        raise RefusedError(Refused(SUBSCRIBER_UNKNOWN, "there is no such subscriber", "subscriber_id"))
    return Whose(subscriber_id, account_id)


async def _only_one(accounts: Accounts, caller: Caller) -> Whose:
    if caller.role is Role.OPERATOR:
        raise RefusedError(Refused(SUBSCRIBER_MISSING, "for whom? name a subscriber_id", "subscriber_id"))
    require_account(caller, caller.account)
    subscribers = await accounts.subscribers_of(caller.account)
    if not subscribers:
        raise RefusedError(Refused(SUBSCRIBER_UNKNOWN, "the account has no subscriber", "subscriber_id"))
    if len(subscribers) > 1:
        names = ", ".join(subscribers[:10])
        words = f"the account has several subscribers; name a subscriber_id: {names}"
        raise RefusedError(Refused(SUBSCRIBER_MISSING, words, "subscriber_id"))
    return Whose(subscribers[0], caller.account)
