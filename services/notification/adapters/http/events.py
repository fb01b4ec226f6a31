"""`GET /events`: the inbox from a cursor on, balances and conversations, as server-sent events.

Plain ASGI, not sse-starlette: that keeps five tasks and 44 KiB for an open stream, this two and 20 (how that
was measured stands in the README beside this).

Events: `hello` at once, `notification` (its id is the cursor), `balance`, `said`, `beat` where there was
nothing for a while, `refused` and `bye` at the end. Nothing is queued here: what a reader has not taken
waits in `Watching`, which sees to it that it is little.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from typing import Any

from starlette.datastructures import Headers, QueryParams
from starlette.types import Receive, Scope, Send

from services.common.kernel.clock import Clock, Instant, iso
from services.common.kernel.outcome import Refused, RefusedError
from services.common.runtime.callers import Caller, Role
from services.notification.adapters.http.asking import read_count
from services.notification.adapters.http.refusing import fault, refusal_json
from services.notification.adapters.http.shapes import Json, balances_json, message_json, notification_json
from services.notification.adapters.http.signing_in import SignIn
from services.notification.adapters.tools.whose import Whose, whose
from services.notification.application.ports import Balances, Directory, Update, Watching
from services.notification.domain.conversations import Message
from services.notification.domain.facts import Recipient
from services.notification.domain.reasons import CURSOR_INVALID, TOO_MANY_STREAMS

RETRY_MILLISECONDS = 2_000
STALL_SECONDS = 60.0
"""A reader that takes nothing for so long is cut off; it comes back with its cursor."""
MOST_STREAMS_EACH = 32
"""Of one subscriber's token at once: a handful of tabs and devices."""
ABORT_KEY = "abort_connection"
"""In the scope's state, where the server gives it: ends the connection without waiting for its reader."""
_GREATEST_CURSOR = 2**63 - 1
_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]


class EventStreams:
    """The endpoint, and all its open streams; `stopping` ends them."""

    def __init__(
        self,
        watching: Watching,
        directory: Directory,
        sign_in: SignIn,
        clock: Clock,
        stopping: asyncio.Event,
        heartbeat_seconds: float,
        stall_seconds: float = STALL_SECONDS,
    ) -> None:
        self._watching = watching
        self._directory = directory
        self._sign_in = sign_in
        self._clock = clock
        self._stopping = stopping
        self._heartbeat_seconds = heartbeat_seconds
        self._stall_seconds = stall_seconds
        self._open: set[_Stream] = set()
        self._of_subject: Counter[str] = Counter()
        self._ending: asyncio.Task[None] | None = None

    @property
    def streams(self) -> int:
        """How many are open."""
        return len(self._open)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One stream. Raises RefusedError before it has begun; then it says so itself."""
        headers, query = Headers(scope=scope), QueryParams(scope["query_string"])
        signed_in = self._sign_in.of(headers)
        who = await whose(self._directory, signed_in.caller, query.get("subscriber_id", ""))
        after = _cursor(headers, query)
        with self._counted(signed_in.caller):
            updates = self._watching.watch(
                Recipient(subscriber_id=who.subscriber_id, account_id=who.account_id),
                after,
                with_balance=query.get("balance", "true") == "true",
                with_conversations=query.get("conversations", "true") == "true",
            )
            stream = _Stream(self, updates, who, signed_in.until, send, scope)
            self._open.add(stream)
            if self._ending is None:
                self._ending = asyncio.ensure_future(self._end_all())
            try:
                await stream.run(receive, self._hello(after))
            finally:
                self._open.discard(stream)
                await _close(updates)

    @property
    def heartbeat_seconds(self) -> float:
        """How long a stream may be silent."""
        return self._heartbeat_seconds

    @property
    def stall_seconds(self) -> float:
        """How long a reader may take nothing."""
        return self._stall_seconds

    @property
    def stopping(self) -> bool:
        """True once no stream goes on."""
        return self._stopping.is_set()

    def now(self) -> Instant:
        """The present instant."""
        return self._clock.now()

    def _hello(self, after: int | None) -> Json:
        return {
            "heartbeat_seconds": self._heartbeat_seconds,
            "after": after,
            "now": iso(self._clock.now()),
        }

    @contextlib.contextmanager
    def _counted(self, caller: Caller) -> Any:
        if caller.role is Role.OPERATOR:
            yield
            return
        if self._of_subject[caller.subject] >= MOST_STREAMS_EACH:
            words = f"{MOST_STREAMS_EACH} streams of yours are open already; close some"
            raise RefusedError(Refused(TOO_MANY_STREAMS, words))
        self._of_subject[caller.subject] += 1
        try:
            yield
        finally:
            self._of_subject[caller.subject] -= 1
            if not self._of_subject[caller.subject]:
                del self._of_subject[caller.subject]

    async def _end_all(self) -> None:
        await self._stopping.wait()
        for stream in self._open:
            stream.end("stopping")


class _Stream:
    """One stream: waits for what comes next, sends it, and knows when it is over."""

    __slots__ = ("_desk", "_over", "_pause", "_scope", "_send", "_until", "_updates", "_who")

    def __init__(
        self,
        desk: EventStreams,
        updates: AsyncIterator[Update],
        who: Whose,
        until: Instant | None,
        send: Send,
        scope: Scope,
    ) -> None:
        self._desk = desk
        self._updates = updates
        self._who = who
        self._until = until
        self._send = send
        self._scope = scope
        self._over = "stopping" if desk.stopping else ""
        self._pause: asyncio.Timeout | None = None

    def end(self, why: str) -> None:
        """Ends it as soon as what is being sent has been taken."""
        self._over = self._over or why
        if self._pause is not None:
            # Its heartbeat comes now, and finds that it is over.
            with contextlib.suppress(RuntimeError):
                self._pause.reschedule(asyncio.get_running_loop().time())

    async def run(self, receive: Receive, hello: Mapping[str, object]) -> None:
        """From its first octet to its last."""
        await self._send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        if self._scope["method"] == "HEAD":
            await self._send({"type": "http.response.body", "body": b""})
            return
        gone = asyncio.ensure_future(self._until_gone(receive))
        try:
            await self._put(f"retry: {RETRY_MILLISECONDS}\n".encode() + _event("hello", hello))
            await self._go_on()
        finally:
            gone.cancel()

    async def _go_on(self) -> None:
        while not self._over:
            try:
                chunk = await self._next()
            except RefusedError as error:
                chunk, self._over = _event("refused", refusal_json(error.refused)), "refused"
            except Exception as error:
                chunk = _event("refused", refusal_json(fault(self._scope["path"], error)))
                self._over = "fault"
            if chunk:
                await self._put(chunk)
        if self._over != "gone":
            await self._put(_event("bye", {"reason": self._over}), more=False)

    async def _next(self) -> bytes:
        """What goes out next; empty: it is over."""
        if self._until is not None and self._desk.now() >= self._until:
            self.end("expired")
            return b""
        try:
            async with asyncio.timeout(self._desk.heartbeat_seconds) as self._pause:
                update = await anext(self._updates, None)
        except TimeoutError:
            if not self._pause or not self._pause.expired():
                raise
            return b"" if self._over else _BEAT
        finally:
            self._pause = None
        if update is None:
            self.end("stopping")
            return b""
        return _update_event(update, self._who.subscriber_id)

    async def _put(self, chunk: bytes, more: bool = True) -> None:
        """Hands octets over; waits while the connection holds as many as it may."""
        try:
            async with asyncio.timeout(self._desk.stall_seconds):
                await self._send({"type": "http.response.body", "body": chunk, "more_body": more})
        except TimeoutError:
            self._over = "gone"
            abort = self._scope.get("state", {}).get(ABORT_KEY)
            if abort is not None:
                abort()
                await asyncio.sleep(0)

    async def _until_gone(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self.end("gone")


def _update_event(update: Update, subscriber_id: str) -> bytes:
    if isinstance(update, Balances):
        return _event("balance", balances_json(update, subscriber_id))
    if isinstance(update, Message):
        return _event("said", message_json(update))
    return _event("notification", notification_json(update), update.cursor)


def _event(name: str, data: Mapping[str, object], cursor: int | None = None) -> bytes:
    # JSON on one line has no line ends of its own, so it is one field as it stands.
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    identity = "" if cursor is None else f"id: {cursor}\n"
    return f"event: {name}\n{identity}data: {text}\n\n".encode()


_BEAT = _event("beat", {})


def _cursor(headers: Headers, query: QueryParams) -> int | None:
    """Where it resumes: the browser's own header before the query, which may be older. None: from now on."""
    text = headers.get("last-event-id") or query.get("after")
    if not text:
        return None
    try:
        return read_count(text, "after", 0, _GREATEST_CURSOR)
    except RefusedError as error:
        raise RefusedError(Refused(CURSOR_INVALID, "this is no cursor of a notification", "after")) from error


async def _close(updates: AsyncIterator[Update]) -> None:
    close = getattr(updates, "aclose", None)
    if close is not None:
        await close()
