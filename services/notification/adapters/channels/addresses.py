"""Addresses of every channel: well-formed or refused, and in one form for each. Fulfils `Addresses`."""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import Any
from urllib.parse import SplitResult, urlsplit, urlunsplit

from cryptography.hazmat.primitives.asymmetric import ec

from services.notification.adapters.channels.guarded_http import forbidden_literal
from services.notification.application.delivery.ports import Address
from services.notification.domain.notifications import Channel

_MOST_URL = 2_048
_MOST_EMAIL = 254
_DEFAULT_PORTS = {"http": 80, "https": 443}
_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_IP_LITERAL = re.compile(r"[0-9a-f.:]+")
_UNPRINTABLE = re.compile(r"[^\x21-\x7e]")
_AUTH_OCTETS = 16


class AddressReader:
    """Reads addresses. `allow_private`: URLs may lead into private networks, and web push over plain HTTP."""

    def __init__(self, allow_private: bool) -> None:
        self._allow_private = allow_private

    def read(self, channel: Channel, text: str) -> Address | str:
        """The address, or a sentence that says what is wrong with it."""
        readers = {
            Channel.WEBHOOK: self._webhook,
            Channel.WEB_PUSH: self._push,
            Channel.EMAIL: _email,
            Channel.SMS: _telephone,
            Channel.OPERATOR: _operator,
        }
        try:
            return readers[channel](text.strip())
        except ValueError as error:
            return str(error)

    def _webhook(self, text: str) -> Address:
        url = self._url(text, "a webhook")
        return Address(url, url)

    def _url(self, text: str, what: str) -> str:
        if len(text) > _MOST_URL or _UNPRINTABLE.search(text):
            raise ValueError(f"the URL of {what} is printable ASCII, at most {_MOST_URL} characters")
        parts = urlsplit(text)
        host = (parts.hostname or "").lower()
        if parts.scheme.lower() not in _DEFAULT_PORTS or not host:
            raise ValueError(f"the URL of {what} begins with http:// or https:// and names a host")
        if parts.username is not None or parts.password is not None or parts.fragment:
            raise ValueError(f"the URL of {what} has neither credentials nor a fragment")
        if not (_DOMAIN.fullmatch(host) or _IP_LITERAL.fullmatch(host)):
            raise ValueError(f"{host!r} is no host name")
        if not self._allow_private and forbidden_literal(host):
            raise ValueError(f"{host} is not a public address")
        return _normal(parts, host)

    def _push(self, text: str) -> Address:
        """A subscription as browsers give it; the same push URL is the same endpoint."""
        subscription, keys = _subscription(text)
        url = self._url(str(subscription.get("endpoint", "")), "a push service")
        if not url.startswith("https://") and not self._allow_private:
            raise ValueError("the URL of a push service begins with https://")
        point, auth = _octets(keys, "p256dh"), _octets(keys, "auth")
        try:
            ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        except ValueError as error:
            raise ValueError("keys.p256dh is no point of P-256") from error
        if len(auth) != _AUTH_OCTETS:
            raise ValueError(f"keys.auth has {_AUTH_OCTETS} octets")
        kept = {"endpoint": url, "keys": {"p256dh": _base64(point), "auth": _base64(auth)}}
        return Address(json.dumps(kept), url)


def _normal(parts: SplitResult, host: str) -> str:
    scheme = parts.scheme.lower()
    shown = f"[{host}]" if ":" in host else host
    port = parts.port  # raises ValueError with a sentence of its own
    netloc = shown if port in (None, _DEFAULT_PORTS[scheme]) else f"{shown}:{port}"
    return urlunsplit((scheme, netloc, parts.path or "/", parts.query, ""))


def _subscription(text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    try:
        subscription = json.loads(text)
        keys = subscription["keys"]
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise ValueError("a web push address is the subscription as JSON, with endpoint and keys") from error
    if not isinstance(keys, dict):
        raise ValueError("keys holds p256dh and auth")  # noqa: TRY004 - what is wrong with an address
    return subscription, keys


def _octets(keys: dict[str, Any], name: str) -> bytes:
    text = keys.get(name)
    if not isinstance(text, str):
        raise ValueError(f"keys.{name} is missing")  # noqa: TRY004
    plain = text.rstrip("=").replace("+", "-").replace("/", "_")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError(f"keys.{name} is not base64url") from error


def _base64(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def _email(text: str) -> Address:
    local_part, _, domain = text.rpartition("@")
    try:
        ascii_domain = domain.encode("idna").decode().lower()
    except UnicodeError as error:
        raise ValueError(f"{domain!r} is no domain") from error
    address = f"{local_part}@{ascii_domain}"
    if len(address) > _MOST_EMAIL or len(local_part) > 64:
        raise ValueError(f"an e-mail address has at most {_MOST_EMAIL} characters, 64 before the @")
    if not _LOCAL_PART.fullmatch(local_part) or not _DOMAIN.fullmatch(ascii_domain):
        raise ValueError("an e-mail address looks like name@example.com")
    return Address(address, address)


def _telephone(text: str) -> Address:
    if not text.startswith("+"):
        raise ValueError("a telephone number is international: +491701234567")
    # Its tables of all countries come with the first number that somebody registers.
    import phonenumbers  # noqa: PLC0415

    try:
        number = phonenumbers.parse(text)
    except phonenumbers.NumberParseException as error:
        raise ValueError("a telephone number is international: +491701234567") from error
    if not phonenumbers.is_possible_number(number):
        raise ValueError("there is no such telephone number: too short, too long, or no such country")
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return Address(e164, e164)


def _operator(text: str) -> Address:
    # Only the operator registers such an address, and seldom; many never do.
    import apprise  # noqa: PLC0415

    if apprise.Apprise.instantiate(text, suppress_exceptions=True) is None:
        raise ValueError("this is no apprise URL")
    return Address(text, text)
