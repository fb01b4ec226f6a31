"""Whose inbox, endpoints or deliveries a call is about, and whether its caller may ask.

Subscribers ask for their own account, partners for their own party, the operator for all. Who names nobody
asks for oneself. Of what is another's nobody learns whether it exists.
"""

from __future__ import annotations

from typing import Any

from services.common.kernel.identifiers import is_code
from services.common.kernel.outcome import Refused, RefusedError
from services.common.runtime.callers import (
    Caller,
    Role,
    require_account,
    require_operator,
    require_party,
)
from services.notification.adapters.asked import LONGEST_ID, is_filter
from services.notification.adapters.tools.whose import Accounts, whose
from services.notification.domain import reasons
from services.notification.domain.facts import Recipient

_NO_ID = Refused(reasons.FIELD_INVALID, f"1 to {LONGEST_ID} printable characters", "subscriber_id")


class Recipients:
    """Finds out who a recipient is, and lets only those pass who may ask about it."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    async def named(self, request: Any, caller: Caller) -> Recipient:
        """The recipient of a request with the oneof `recipient`; without one the caller itself.

        Raises RefusedError FIELD_INVALID, NOT_OPERATOR, NOT_YOUR_PARTY, NOT_YOUR_ACCOUNT (of somebody
        unknown too); SUBSCRIBER_UNKNOWN for the operator; SUBSCRIBER_MISSING where an account has several.
        """
        which = request.WhichOneof("recipient")
        if which == "party_code":
            return _party(request.party_code, caller)
        if which == "subscriber_id":
            return await self.subscriber(_required(request.subscriber_id), caller)
        if which == "operator" and request.operator:
            require_operator(caller)
            return Recipient(operator=True)
        return await self.oneself(caller)

    async def oneself(self, caller: Caller) -> Recipient:
        """Whom the caller's token is for. Raises as `named`."""
        if caller.role is Role.OPERATOR:
            return Recipient(operator=True)
        if caller.role is Role.PARTNER:
            return _party(caller.party, caller)
        return await self.subscriber("", caller)

    async def subscriber(self, subscriber_id: str, caller: Caller) -> Recipient:
        """A subscriber; empty: the only one of the caller's account. Raises as `named`."""
        if not is_filter(subscriber_id):
            raise RefusedError(_NO_ID)
        found = await whose(self._accounts, caller, subscriber_id)
        return Recipient(subscriber_id=found.subscriber_id, account_id=found.account_id)

    async def may_ask(self, recipient: Recipient, caller: Caller) -> bool:
        """True where what is the recipient's is the caller's to see. An account is whose it is now."""
        try:
            if recipient.subscriber_id:
                account_id = await self._accounts.account_of(recipient.subscriber_id)
                require_account(caller, account_id or "")
            elif recipient.party_code:
                require_party(caller, recipient.party_code)
            else:
                require_operator(caller)
        except RefusedError:
            return False
        return True


def _party(party_code: str, caller: Caller) -> Recipient:
    require_party(caller, party_code)
    if not is_code(party_code):
        raise RefusedError(Refused(reasons.FIELD_INVALID, "no code of a party", "party_code"))
    return Recipient(party_code=party_code)


def _required(subscriber_id: str) -> str:
    if not subscriber_id:
        raise RefusedError(_NO_ID)
    return subscriber_id
