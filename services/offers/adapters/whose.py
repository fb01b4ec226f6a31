"""Whom a call is about, and whether its caller may ask: by charging's opaque id or an identifier."""

from __future__ import annotations

from typing import Any

from services.common.kernel.identifiers import is_subscriber_identifier
from services.common.kernel.outcome import Refused, RefusedError
from services.common.runtime.callers import Caller, Role, require_account
from services.offers.application.ports import ChargingUnreachableError, Resolved, Subscribers
from services.offers.domain import reasons

_LONGEST_ID = 64


class Whose:
    """Resolves subscribers of requests that have the oneof `subscriber`."""

    def __init__(self, subscribers: Subscribers) -> None:
        self._subscribers = subscribers

    async def asked_about(self, request: Any, caller: Caller) -> Resolved:
        """The subscriber of a request. Of an opaque id that the operator names the account stays empty.

        Raises RefusedError SUBSCRIBER_MISSING, FIELD_INVALID, USER_UNKNOWN, CHARGING_UNREACHABLE; for
        everybody but the operator NOT_YOUR_ACCOUNT, of somebody unknown too.
        """
        named = request.WhichOneof("subscriber")
        if named is None:
            words = "whom is it about? a subscriber_id or a subscriber_identifier"
            raise RefusedError(Refused(reasons.SUBSCRIBER_MISSING, words, "subscriber"))
        try:
            if named == "subscriber_id":
                return await self.by_id(request.subscriber_id, caller)
            return await self._by_identifier(request.subscriber_identifier, caller)
        except ChargingUnreachableError as error:
            words = "charging, which knows subscribers, does not answer; try again"
            raise RefusedError(Refused(reasons.CHARGING_UNREACHABLE, words)) from error

    async def by_id(self, subscriber_id: str, caller: Caller) -> Resolved:
        """An opaque id. Raises as `asked_about`, and ChargingUnreachableError."""
        if not 1 <= len(subscriber_id) <= _LONGEST_ID or not subscriber_id.isprintable():
            words = f"1 to {_LONGEST_ID} printable characters"
            raise RefusedError(Refused(reasons.FIELD_INVALID, words, "subscriber_id"))
        if caller.role is Role.OPERATOR:
            return Resolved(subscriber_id, "")
        account_id = await self._subscribers.account_of(subscriber_id) or ""
        require_account(caller, account_id)
        return Resolved(subscriber_id, account_id)

    async def _by_identifier(self, identifier: str, caller: Caller) -> Resolved:
        if not is_subscriber_identifier(identifier):
            words = "imsi-, msisdn-, iccid- or device- with a well-formed value"
            raise RefusedError(Refused(reasons.FIELD_INVALID, words, "subscriber_identifier"))
        resolved = await self._subscribers.resolve(identifier)
        require_account(caller, resolved.account_id if resolved else "")
        if resolved is None:
            # The identifier is personal data: it is not repeated into logs and answers.
            words = "nobody has this identifier"
            raise RefusedError(Refused(reasons.USER_UNKNOWN, words, "subscriber_identifier"))
        return resolved
