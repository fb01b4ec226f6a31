"""E-mail over SMTP: plain text and HTML, one message for each recipient."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from urllib.parse import unquote, urlsplit

import aiosmtplib

from services.common.kernel.clock import Clock, utc
from services.common.runtime.startup import SettingsError
from services.notification.domain.channels import (
    Endpoint,
    Gone,
    Outgoing,
    Rejected,
    SendOutcome,
    Sent,
    TryLater,
)

_TIMEOUT_SECONDS = 10.0
_BUSY_SECONDS = 300
"""What a server that greylists usually asks for."""
_MOST_SUBJECT = 200
_PORTS = {"smtp": 25, "smtps": 465}
# Controls, and the separators that some mail programs take for ends of lines.
_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_NOT_IN_IDS = re.compile(r"[^A-Za-z0-9.-]")
_NO_SUCH_MAILBOX = re.compile(r"5\.1\.(1|2|10)\b")
_PERMANENT = 500


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where e-mail is handed in. `tls`: from the first octet on; else where the server offers it."""

    host: str
    port: int
    tls: bool
    user: str = ""
    password: str = field(default="", repr=False)


def smtp_server(url: str) -> SmtpServer:
    """Reads `smtp://[user:password@]host[:port]` or `smtps://...`. Raises SettingsError."""
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError as error:
        raise SettingsError("the port of the SMTP URL is no number") from error
    if parts.scheme not in _PORTS or not parts.hostname:
        raise SettingsError("the SMTP URL looks like smtp://host:25 or smtps://user:password@host:465")
    return SmtpServer(
        parts.hostname,
        _PORTS[parts.scheme] if port is None else port,
        parts.scheme == "smtps",
        unquote(parts.username or ""),
        unquote(parts.password or ""),
    )


class EmailChannel:
    """Sends from one address. Raises SettingsError for a sender that is none."""

    def __init__(self, server: SmtpServer, sender: str, clock: Clock) -> None:
        self._server = server
        try:
            self._sender = Address(addr_spec=sender)
        except (ValueError, IndexError) as error:
            raise SettingsError("the sender of e-mails is an address: alerts@example.com") from error
        self._clock = clock

    async def send(self, endpoint: Endpoint, outgoing: Outgoing) -> SendOutcome:
        """The `Message-ID` is that of the message at every attempt: mail programs show it once."""
        message = self._message(endpoint, outgoing)
        server = self._server
        try:
            await aiosmtplib.send(
                message,
                hostname=server.host,
                port=server.port,
                username=server.user or None,
                password=server.password or None,
                use_tls=server.tls,
                timeout=_TIMEOUT_SECONDS,
            )
        except aiosmtplib.SMTPException as error:
            return _outcome_of(error)
        except OSError as error:
            return TryLater(f"{type(error).__name__}: {error.strerror or error}")
        return Sent()

    def _message(self, endpoint: Endpoint, outgoing: Outgoing) -> EmailMessage:
        message = EmailMessage(policy=SMTP)
        message["From"] = self._sender
        message["To"] = Address(addr_spec=endpoint.address)
        message["Subject"] = one_line(outgoing.title)[:_MOST_SUBJECT]
        message["Date"] = utc(self._clock.now())
        message["Message-ID"] = f"<{_NOT_IN_IDS.sub('-', outgoing.message_id)}@{self._sender.domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(outgoing.body)
        message.add_alternative(_page(outgoing), subtype="html")
        if outgoing.language:
            # Last: setting contents moves such headers away.
            message["Content-Language"] = one_line(outgoing.language)
        return message


def one_line(text: str) -> str:
    """Text that can stand in a header: whatever would end a line there is a blank."""
    return _BREAKS.sub(" ", text).strip()


def _page(outgoing: Outgoing) -> str:
    title, language = html.escape(outgoing.title), html.escape(outgoing.language or "en")
    paragraphs = "".join(f"<p>{html.escape(line)}</p>" for line in outgoing.body.splitlines() if line.strip())
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{title}</title></head>'
        f'<body style="font-family: sans-serif; max-width: 40em"><h1 style="font-size: 1.2em">{title}</h1>'
        f"{paragraphs}</body></html>"
    )


def _outcome_of(error: aiosmtplib.SMTPException) -> SendOutcome:
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return _refused_recipient(error.recipients[0])
    if isinstance(error, aiosmtplib.SMTPAuthenticationError | aiosmtplib.SMTPSenderRefused):
        # The fault is of our settings, not of the message: it is sent once they are right.
        return TryLater(f"SMTP {error.code}: {one_line(error.message)}")
    if isinstance(error, aiosmtplib.SMTPDataError):
        said = f"SMTP {error.code}: {one_line(error.message)}"
        return Rejected(said) if error.code >= _PERMANENT else TryLater(said, _BUSY_SECONDS)
    # Before the end of the message nothing is taken; where the answer to that is lost, it may be.
    in_doubt = isinstance(error, aiosmtplib.SMTPReadTimeoutError | aiosmtplib.SMTPServerDisconnected)
    return TryLater(f"{type(error).__name__}: {one_line(str(error.message))}", in_doubt=in_doubt)


def _refused_recipient(error: aiosmtplib.SMTPRecipientRefused) -> SendOutcome:
    said = f"SMTP {error.code}: {one_line(error.message)}"
    if error.code < _PERMANENT:
        return TryLater(said, _BUSY_SECONDS)
    return Gone(said) if _NO_SUCH_MAILBOX.search(error.message) else Rejected(said)
