"""MCP over standard input and output, for one who started it: tools of a service that runs elsewhere."""

from __future__ import annotations

import grpc

from services.notification.adapters.mcp.remote import RemoteDesk
from services.notification.adapters.mcp.server import AssistantMcp


async def serve_stdio(
    channel: grpc.aio.Channel, subscriber_id: str = "", language: str = "", version: str = ""
) -> None:
    """Until standard input ends. `channel` presents the token of whom the tools are called as."""
    await AssistantMcp(RemoteDesk(channel, subscriber_id, language), version).run_stdio_async()
