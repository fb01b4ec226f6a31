"""Named outcomes. An expected refusal is a value; an exception is a broken contract.

Each service lists its reasons in one module, in the order in which they are
checked; each reason belongs to a category, and the edge turns categories into
gRPC status codes and reasons into `google.rpc.ErrorInfo`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType


class Category(Enum):
    """What kind of refusal it is, and so whether trying again can help."""

    INVALID_ARGUMENT = "the request can never succeed as it is"
    NOT_FOUND = "what it names does not exist"
    ALREADY_EXISTS = "what it would create exists"
    UNAUTHENTICATED = "who asks is not known; with proof of that the same request may succeed"
    DENIED = "the caller or customer may not have this"
    EXHAUSTED = "a balance or a limit stands in the way; later it may not"
    PRECONDITION = "the present state does not allow it"
    CONFLICT = "the same key was used with other content"
    UNAVAILABLE = "not now; the same request may be sent again"
    INTERNAL = "a contract inside was broken; the fault is ours"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why, as a name a program can act on: UPPER_SNAKE, with its category."""

    name: str
    category: Category

    def __str__(self) -> str:
        return self.name


_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Refused:
    """A request that changes nothing, why, and which field is at fault."""

    reason: Reason
    message: str
    field: str = ""
    metadata: Mapping[str, str] = dataclasses.field(default_factory=lambda: _NOTHING)


class RefusedError(Exception):
    """Carries a refusal across a boundary that can only raise."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(f"{refused.reason}: {refused.message}")
        self.refused = refused
