"""The store of identifiers, in memory."""

from __future__ import annotations

from collections.abc import Mapping


class MemoryIdentities:
    """Fulfils the Identities port on a dict."""

    def __init__(self, bound: Mapping[str, str] | None = None) -> None:
        self.bound = dict(bound or {})

    def find(self, identifier: str) -> str | None:
        """The subscriber id behind an identifier."""
        return self.bound.get(identifier)

    async def bind(self, bindings: Mapping[str, str]) -> str | None:
        """Binds all or none; the first that is bound to another, or None."""
        for identifier, subscriber_id in bindings.items():
            if self.bound.get(identifier, subscriber_id) != subscriber_id:
                return identifier
        self.bound.update(bindings)
        return None
