"""One POST and what its answer means for a delivery."""

from __future__ import annotations

import asyncio
import email.utils
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC
from http import HTTPStatus

from services.common.kernel.clock import SECOND, Instant, instant
from services.common.runtime.httpx_library import httpx
from services.notification.adapters.channels.guarded_http import PrivateAddressError
from services.notification.domain.channels import Gone, Rejected, SendOutcome, Sent, TryLater

_TIMEOUT = httpx.Timeout(10.0, connect=5.0, pool=5.0)
_WHOLE_SECONDS = 15.0
"""However slowly octets drip."""
_MOST_ANSWER = 64 * 1024


@dataclass(frozen=True, slots=True)
class Answers:
    """Status codes that say more than not now; every other one that is no success is tried again."""

    gone: frozenset[int] = frozenset({HTTPStatus.GONE})
    rejected: frozenset[int] = frozenset()


class HttpPosts:
    """Posts octets. `now`: for the dates of `Retry-After`."""

    def __init__(self, client: httpx.AsyncClient, now: Callable[[], Instant]) -> None:
        self._client = client
        self._now = now

    async def post(
        self, url: str, content: bytes, headers: Mapping[str, str], answers: Answers
    ) -> SendOutcome:
        """The outcome; whatever goes wrong is one. Redirects are not followed: they are tried again."""
        try:
            async with asyncio.timeout(_WHOLE_SECONDS):
                request = self._client.stream(
                    "POST", url, content=content, headers=dict(headers), timeout=_TIMEOUT
                )
                async with request as response:
                    await _drain(response)
                    return self._outcome(response, answers)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            if isinstance(error.__cause__, PrivateAddressError):
                return Rejected(str(error))
            return TryLater(_named(error))
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            return Rejected(_named(error))
        except httpx.HTTPError as error:
            # It was connected: what was sent may have been taken though no answer came.
            return TryLater(_named(error), in_doubt=True)
        except TimeoutError:
            return TryLater("no answer in time", in_doubt=True)

    def _outcome(self, response: httpx.Response, answers: Answers) -> SendOutcome:
        status = response.status_code
        said = f"HTTP {status}"
        if response.is_success:
            return Sent()
        if status in answers.gone:
            return Gone(said)
        if status in answers.rejected:
            return Rejected(said)
        return TryLater(said, retry_after_seconds(response.headers.get("retry-after", ""), self._now()))


def retry_after_seconds(header: str, now: Instant) -> int | None:
    """What a `Retry-After` asks for (RFC 9110 10.2.3), as seconds or as a date; None: nothing of sense."""
    text = header.strip()
    if text.isascii() and text.isdigit():
        return min(int(text[:9]), 10**9)
    try:
        then = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    aware = then if then.tzinfo is not None else then.replace(tzinfo=UTC)
    return max(0, -((now - instant(aware)) // SECOND))


async def _drain(response: httpx.Response) -> None:
    """Reads a short answer, so that the connection can be used again; a long one costs the connection."""
    size = 0
    async for chunk in response.aiter_raw():
        size += len(chunk)
        if size > _MOST_ANSWER:
            return


def _named(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
