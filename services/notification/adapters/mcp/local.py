"""The desk inside the service: who calls is known by the token of the request."""

from __future__ import annotations

from collections.abc import Sequence

from services.common.kernel.outcome import Refused, RefusedError
from services.common.runtime.callers import UNAUTHENTICATED
from services.notification.adapters.mcp.server import Asked
from services.notification.adapters.tools.whose import whose
from services.notification.application.ports import Directory, ToolBox
from services.notification.domain.tools import ToolCall, ToolOutcome, ToolSpec


class LocalDesk:
    """The ToolDesk port over the ToolBox."""

    def __init__(self, toolbox: ToolBox, directory: Directory) -> None:
        self._toolbox = toolbox
        self._directory = directory

    async def specs(self) -> Sequence[ToolSpec]:
        """As `ToolDesk.specs`."""
        return self._toolbox.specs()

    async def call(self, asked: Asked) -> ToolOutcome:
        """As `ToolDesk.call`."""
        if asked.caller is None:
            raise RefusedError(Refused(UNAUTHENTICATED, "this needs a token"))
        who = await whose(self._directory, asked.caller, asked.subscriber_id)
        return await self._toolbox.call(
            ToolCall(
                who.subscriber_id,
                who.account_id,
                asked.tool,
                asked.arguments,
                asked.language,
                asked.confirmation_token,
            )
        )
