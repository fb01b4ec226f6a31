"""Where customers look after themselves: the page that the notification service of a suite serves."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlencode

from services.cli.complaints import CommandFailedError
from services.cli.supervision.plan import NOTIFICATION_HTTP, address_of
from services.cli.supervision.state import read_state
from services.cli.tokens import subscriber_token


def page_url(data_dir: Path) -> str:
    """Where the suite of a folder serves it. Raises CommandFailedError where none runs."""
    state = read_state(data_dir)
    if state is None:
        raise CommandFailedError(f"no suite runs from {data_dir}; start one with `tidemark up`")
    return f"http://{address_of(state.ports, NOTIFICATION_HTTP)}"


def page_link(data_dir: Path, account_id: str, lifetime_seconds: int, subscriber_id: str = "") -> str:
    """The page of an account, signed in; of one of its lines, where one is named. Raises as `page_url`."""
    page = page_url(data_dir)
    fragment = {"token": subscriber_token(data_dir, account_id, lifetime_seconds)}
    if subscriber_id:
        fragment["subscriber"] = subscriber_id
    return f"{page}/#{urlencode(fragment)}"
