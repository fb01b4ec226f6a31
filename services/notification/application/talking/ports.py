"""What talking needs beside the ports that all parts share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from services.notification.domain.talking.naming import SoldName


class Phrases(Protocol):
    """The assistant's own words."""

    def language(self, wished: str) -> str:
        """The best one that there are words in."""

    def say(self, code: str, language: str, **values: str) -> str:
        """A sentence, by its code."""

    def label(self, intent: str, language: str) -> str:
        """What a customer would say to mean an intent, in a few words."""

    def meaning(self, text: str) -> str:
        """The intent of which a text is the label, in any language; empty: of none."""


class SoldNames(Protocol):
    """What is sold, by name."""

    async def names(self) -> Sequence[SoldName]:
        """None where the catalog does not answer."""
