"""The ToolBox: finds the tool, reads its arguments, knows the customer, asks for a yes where needed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Sequence
from typing import Any

from services.common.kernel.clock import Clock
from services.common.kernel.outcome import Refused, RefusedError
from services.common.runtime.logs import get_logger
from services.notification.adapters.tools.dressing import Action, Tool, refusal_in_words
from services.notification.application.ports import Directory, PreferenceStore
from services.notification.application.tools.confirming import Confirming, Wanted
from services.notification.application.tools.ports import PeerUnreachableError, Words
from services.notification.application.tools.wording import Asking, refuse
from services.notification.domain.confirming import Proposal
from services.notification.domain.reasons import TOOL_UNKNOWN
from services.notification.domain.tools import ToolCall, ToolOutcome, ToolSpec

_log = get_logger(__name__)

AnyTool = Tool[Any, Any]
_SWEEP_SECONDS = 15.0


class Tools:
    """The ToolBox port."""

    def __init__(
        self,
        tools: Iterable[AnyTool],
        directory: Directory,
        preferences: PreferenceStore,
        confirming: Confirming,
        words: Words,
        clock: Clock,
    ) -> None:
        self._tools = {tool.spec.name: tool for tool in tools}
        self._directory = directory
        self._preferences = preferences
        self._confirming = confirming
        self._words = words
        self._clock = clock

    def specs(self) -> Sequence[ToolSpec]:
        """As `ToolBox.specs`."""
        return [tool.spec for tool in self._tools.values()]

    async def call(self, call: ToolCall) -> ToolOutcome:
        """As `ToolBox.call`."""
        tool = self._tools.get(call.tool)
        if tool is None:
            words = f"there is no tool {call.tool[:64]!r}; ask for the list of tools"
            raise RefusedError(Refused(TOOL_UNKNOWN, words, "tool"))
        language = await self._language(call)
        try:
            return await self._called(tool, call, language)
        except PeerUnreachableError as error:
            _log.warning("a tool could not reach a peer", tool=call.tool, cause=str(error))
            return refusal_in_words(refuse("TRY_LATER"), language, self._words)

    async def run(self) -> None:
        """Finishes what was begun and interrupted, and forgets what is old; until it is cancelled."""
        while True:
            await self.sweep()
            await asyncio.sleep(_SWEEP_SECONDS)

    async def sweep(self) -> int:
        """One round of it; returns how many actions were finished."""
        try:
            ended = await self._confirming.finish_begun(self._dressed)
            await self._confirming.forget_old()
        except Exception:
            # A database that is away for a moment must not end the sweeping for good.
            _log.exception("proposals could not be swept")
            return 0
        return ended

    async def _called(self, tool: AnyTool, call: ToolCall, language: str) -> ToolOutcome:
        arguments = call.arguments
        # A bare yes stands for the arguments that were proposed.
        bare = tool.spec.confirmed and bool(call.confirmation_token) and not arguments
        if bare:
            arguments = json.loads(await self._confirming.stored_arguments(call) or "{}")
            if not arguments and tool.spec.input_schema.get("required"):
                return refusal_in_words(refuse("CONFIRMATION_UNKNOWN"), language, self._words)
        read = tool.read(arguments)
        who = await self._asking(call.subscriber_id, language, call.conversation_id)
        if who is None:
            return refusal_in_words(refuse("SUBSCRIBER_UNKNOWN"), language, self._words)
        if not tool.spec.confirmed:
            return await tool.answer(who, read, self._words)
        wanted = Wanted(call, tool.canonical(read), not bare, language)
        action = tool.action(who, read, self._words)
        if call.confirmation_token:
            return await self._confirming.confirm(wanted, action)
        return await self._confirming.propose(wanted, action)

    async def _dressed(self, proposal: Proposal) -> Action[Any, Any] | None:
        """The action of a stored proposal; None: its tool is no more, or its customer."""
        tool = self._tools.get(proposal.tool)
        who = await self._asking(proposal.subscriber_id, proposal.language, "")
        if tool is None or who is None:
            return None
        return tool.action(who, tool.read(json.loads(proposal.arguments_json)), self._words)

    async def _asking(self, subscriber_id: str, language: str, conversation_id: str) -> Asking | None:
        customer = await self._directory.customer(subscriber_id)
        if customer is None:
            return None
        return Asking(customer, language, self._clock.now(), conversation_id)

    async def _language(self, call: ToolCall) -> str:
        wished = call.language or (await self._preferences.get(call.subscriber_id)).language
        return self._words.language(wished)
