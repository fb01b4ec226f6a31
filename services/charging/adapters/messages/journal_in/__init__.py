"""Journal messages back to domain events, for replay, refunds and snapshots."""

from services.charging.adapters.messages.journal_in.entry import entry

__all__ = ["entry"]
