"""A receiver of webhooks on loopback, as a customer's program would be: it believes what is signed, once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks import Webhook, WebhookVerificationError

from services.cli.instants import present
from services.common.kernel.clock import Instant

_HOST = "127.0.0.1"
_LONGEST_BODY = 64 * 1024
_POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message whose signature is right. `path`: where it was posted to; `at`: when it was here."""

    webhook_id: str
    path: str
    alert_code: str
    title: str
    at: Instant


class WebhookReceiver:
    """What came, by the id of the message: one that comes again is counted, and changes nothing.

    `forged` counts what no secret of its path vouches for; it is refused.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self.again = 0
        self.forged = 0
        self._lock = threading.Lock()
        self._secrets: dict[str, str] = {}
        self._arrived: dict[str, Arrived] = {}

    def url(self, path: str) -> str:
        """Where a path is posted to."""
        return f"http://{_HOST}:{self.port}{path}"

    def trust(self, path: str, secret: str) -> None:
        """From now on what is signed with this secret is believed at this path."""
        with self._lock:
            self._secrets[path] = secret

    @property
    def arrived(self) -> dict[str, Arrived]:
        """Everything that was believed, in the order in which it came."""
        with self._lock:
            return dict(self._arrived)

    def take(self, path: str, headers: dict[str, str], body: bytes) -> HTTPStatus:
        """Takes a request; returns what it is answered with."""
        at = present()
        with self._lock:
            secret = self._secrets.get(path, "")
        try:
            said = Webhook(secret).verify(body, headers)["data"] if secret else None
            arrived = said and Arrived(headers["webhook-id"], path, said["alert_code"], said["title"], at)
        except WebhookVerificationError:
            arrived = None
        except (ValueError, TypeError, KeyError):
            return HTTPStatus.BAD_REQUEST
        with self._lock:
            if not arrived:
                self.forged += 1
                return HTTPStatus.UNAUTHORIZED
            known = self._arrived.setdefault(arrived.webhook_id, arrived)
            self.again += known is not arrived
        return HTTPStatus.NO_CONTENT


@contextmanager
def webhook_receiver() -> Iterator[WebhookReceiver]:
    """One that listens on a free port, in a thread of its own, while inside."""
    server = ThreadingHTTPServer((_HOST, 0), _Handler)
    server.daemon_threads = True
    server.receiver = WebhookReceiver(server.server_address[1])  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(_POLL_SECONDS,), daemon=True)
    thread.start()
    try:
        yield server.receiver  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length", "0"))
        if not 0 < length <= _LONGEST_BODY:
            self.close_connection = True
            self._answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return
        body = self.rfile.read(length)
        headers = {name.lower(): value for name, value in self.headers.items()}
        receiver: WebhookReceiver = self.server.receiver  # type: ignore[attr-defined]
        self._answer(receiver.take(self.path, headers, body))

    def log_message(self, *_arguments: object) -> None:
        """Nothing: standard error is the demo's."""

    def _answer(self, status: HTTPStatus) -> None:
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()
