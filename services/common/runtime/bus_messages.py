"""What goes over the bus, what can go wrong, and what a stream is: the words of `bus.py`."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypeVar

import nats.errors

T = TypeVar("T")

MESSAGE_ID = "Nats-Msg-Id"
DAY_SECONDS = 24 * 60 * 60
FAILURES = (
    nats.errors.Error,  # JetStream's errors and its timeouts are among them
    asyncio.TimeoutError,
    OSError,
)


class BusError(Exception):
    """The bus did not do what was asked."""


class BusUnavailableError(BusError):
    """Not now: NATS is away, or did not answer in time. It may have taken the message; publish it again."""


class MessageTooLargeError(BusError):
    """The message is larger than the server takes. Trying again cannot help."""


@dataclass(frozen=True, slots=True)
class BusMessage:
    """A message to publish. Within the stream's window a second one with the same `message_id` is dropped."""

    subject: str
    payload: bytes
    message_id: str
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class PubAck:
    """The stream has the message at `sequence`; `duplicate` if it had it before."""

    stream: str
    sequence: int
    duplicate: bool


@dataclass(frozen=True, slots=True)
class StreamSpec:
    """A stream its publisher wants to exist, on files.

    `max_age_seconds` 0 keeps messages for ever. Within `duplicate_window_seconds`
    a message id is taken once. `atomic_batches` lets a publisher have several
    messages stored in order, all or none (NATS ADR-50). `replicas` None leaves
    the number to the server, or to the operator who has set it.
    """

    name: str
    subjects: tuple[str, ...]
    max_age_seconds: int = 7 * DAY_SECONDS
    duplicate_window_seconds: int = 3600
    replicas: int | None = None
    atomic_batches: bool = False


def stream_fields(spec: StreamSpec) -> dict[str, Any]:
    """The fields of a stream's configuration that its publisher decides."""
    wanted: dict[str, Any] = {
        "subjects": list(spec.subjects),
        "max_age": spec.max_age_seconds,
        # The server takes no window beyond the age.
        "duplicate_window": min(spec.duplicate_window_seconds, spec.max_age_seconds or math.inf),
        "allow_atomic": spec.atomic_batches,
    }
    if spec.replicas is not None:
        wanted["num_replicas"] = spec.replicas
    return wanted


async def translated(work: Awaitable[T]) -> T:
    """The result of a call to nats-py.

    Raises its many failures as BusUnavailableError, and CancelledError where a
    cancellation came in meanwhile: nats-py swallows some (a forced flush does,
    and `wait_for` may in Python 3.11), and a task that is not ended would go on for ever.
    """
    cancellations = _cancellations()
    try:
        result = await work
    except nats.errors.MaxPayloadError as error:
        raise MessageTooLargeError("the message is larger than the bus takes") from error
    except FAILURES as error:
        if _cancellations() > cancellations:
            raise asyncio.CancelledError from error
        raise BusUnavailableError(sentence(error)) from error
    if _cancellations() > cancellations:
        raise asyncio.CancelledError
    return result


def _cancellations() -> int:
    task = asyncio.current_task()
    return task.cancelling() if task is not None else 0


def sentence(error: BaseException) -> str:
    """What an error says; its name where it says nothing."""
    return str(error).strip() or type(error).__name__
