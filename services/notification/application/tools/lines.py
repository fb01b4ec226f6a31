"""A line suspended by its holder, and taken up again. What the operator barred, no customer opens."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from services.notification.application.tools.arguments import Arguments
from services.notification.application.tools.looking import ACTIVE, SUSPENDED
from services.notification.application.tools.ports import ChargingPeer, PeerRefusal, Suspensions
from services.notification.application.tools.refusing import peer_refusal
from services.notification.application.tools.results import LineResult
from services.notification.application.tools.wording import Asking, Done, Plan, Refusal, refuse, say
from services.notification.domain.confirming import effect_key

WISHED = "suspended at the customer's wish"
RESUMED = "resumed at the customer's wish"


class SuspendLine:
    """Nothing can be used any more, until the line is resumed; fees go on."""

    def __init__(self, charging: ChargingPeer, suspensions: Suspensions) -> None:
        self._charging = charging
        self._suspensions = suspensions

    async def look(self, who: Asking, _args: Arguments) -> Plan | Refusal:
        """What it means. Raises PeerUnreachableError."""
        account = await self._charging.account(who.subscriber_id)
        if account is None:
            return refuse("SUBSCRIBER_UNKNOWN")
        if account.barred:
            return refuse("ALREADY_SUSPENDED")
        return Plan({}, (say("propose-suspend"),))

    async def act(
        self, who: Asking, _args: Arguments, _terms: Mapping[str, object], key: Callable[[str], str]
    ) -> Done[LineResult] | Refusal:
        """Bars the line, then notes that its holder wished so. Raises PeerUnreachableError."""
        refusal = await self._charging.bar(key("bar"), who.subscriber_id, True, WISHED)
        if isinstance(refusal, PeerRefusal):
            return peer_refusal(refusal)
        await self._suspensions.put(who.subscriber_id, who.now)
        return Done(LineResult(SUSPENDED), (say("suspended"),))


class ResumeLine:
    """The line works again, where it was its holder who had suspended it."""

    def __init__(self, charging: ChargingPeer, suspensions: Suspensions) -> None:
        self._charging = charging
        self._suspensions = suspensions

    async def __call__(self, who: Asking, _args: Arguments) -> Done[LineResult] | Refusal:
        """A line that works is resumed already. Raises PeerUnreachableError."""
        account = await self._charging.account(who.subscriber_id)
        if account is None:
            return refuse("SUBSCRIBER_UNKNOWN")
        since = await self._suspensions.since(who.subscriber_id)
        if not account.barred:
            await self._suspensions.remove(who.subscriber_id)
            return Done(LineResult(ACTIVE), (say("line-works"),))
        if since is None:
            return refuse("BARRED_BY_OPERATOR")
        key = effect_key(f"{who.subscriber_id} {since}", "resume")
        refusal = await self._charging.bar(key, who.subscriber_id, False, RESUMED)
        if isinstance(refusal, PeerRefusal):
            return peer_refusal(refusal)
        await self._suspensions.remove(who.subscriber_id)
        return Done(LineResult(ACTIVE), (say("resumed"),))
