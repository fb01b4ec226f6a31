"""Requests that carry their own id: the same id again is the same request."""

from __future__ import annotations

from collections.abc import Callable

from google.protobuf.message import Message

from services.charging.adapters.duplicate_key import digest, duplicate_key
from services.charging.adapters.messages import accounts
from services.charging.application.charge_usage import Repeatable
from services.charging.domain.answers import Answer


def repeatable(request_id: str, request: Message, encode: Callable[[Answer], bytes]) -> Repeatable:
    """Key, digest and encoder of a request to the account or the subscription service.

    Both share their ids; the kind of request is part of its content. Raises
    RefusedError for an id that is none.
    """
    key = duplicate_key("account", accounts.request_id(request_id))
    return Repeatable(key, digest(request) + request.DESCRIPTOR.name.encode(), encode)
