"""Messages as they go out: single, gathered, shortened, counted in parts; and addresses."""

from __future__ import annotations

import base64
import json

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from services.common.kernel.clock import SECOND
from services.notification.adapters.channels.addresses import AddressReader
from services.notification.adapters.channels.email import one_line
from services.notification.adapters.channels.guarded_http import forbidden_literal
from services.notification.adapters.channels.http_posts import retry_after_seconds
from services.notification.adapters.channels.payload import shortened
from services.notification.adapters.channels.text_parts import TextParts, cut_to_parts, text_parts
from services.notification.application.delivery.ports import Address
from services.notification.domain.delivery.outgoing import outgoing_of
from services.notification.domain.notifications import AlertSeverity, Channel
from tests.support.notification_delivery import delivery, draft, told, topped_up
from tests.support.notification_delivery_clock import NOON

PUBLIC, ANY = AddressReader(allow_private=False), AddressReader(allow_private=True)


def test_a_single_message_has_the_id_of_its_notification() -> None:
    one = told()
    outgoing = outgoing_of([delivery(one)])
    assert (outgoing.message_id, outgoing.title, outgoing.text) == (one.notification_id, one.title, one.text)
    assert outgoing.data == {"cause": "c-1", "notification_id": one.notification_id}


def test_a_digest_names_what_is_in_it_and_is_as_severe_as_the_worst() -> None:
    severities = [AlertSeverity.INFO, AlertSeverity.WARNING, *[AlertSeverity.INFO] * 3]
    members = [
        delivery(
            told(draft(topped_up(f"c-{number}"), Channel.EMAIL, severity=severity)), delivery_id=f"d-{number}"
        )
        for number, severity in enumerate(severities)
    ]
    outgoing = outgoing_of(members)
    assert outgoing == outgoing_of(members)
    assert (outgoing.message_id, outgoing.title, outgoing.severity) == (
        "digest-d-0",
        "Title c-0 (+4)",
        AlertSeverity.WARNING,
    )
    assert outgoing.text == "Text c-0 / Text c-1 / Text c-2 / (+2)"
    assert outgoing.data["digest"] == "5"
    assert len(outgoing.body.split("\u2022")) == 6


@pytest.mark.parametrize(
    ("text", "encoding", "parts"),
    [
        ("", "GSM-7", 1),
        ("a" * 160, "GSM-7", 1),
        ("a" * 161, "GSM-7", 2),
        ("\u20ac" * 80, "GSM-7", 1),
        ("\u20ac" * 81, "GSM-7", 2),
        (
            "a" * 152 + "\u20ac" + "a" * 152,
            "GSM-7",
            3,
        ),  # the euro does not fit into the first part's last place
        ("\u0416" * 70, "UCS-2", 1),
        ("\u0416" * 71, "UCS-2", 2),
        ("\U0001f4b6" * 35, "UCS-2", 1),
        ("\U0001f4b6" * 36, "UCS-2", 2),
    ],
)
def test_parts_of_a_text_message(text: str, encoding: str, parts: int) -> None:
    assert text_parts(text) == TextParts(encoding, parts)


@given(st.text(max_size=1_000), st.integers(1, 4))
def test_a_text_that_is_cut_fits_and_begins_as_it_did(text: str, most: int) -> None:
    cut = cut_to_parts(text, most)
    assert text_parts(cut).parts <= most
    assert cut == text or text.startswith(cut.removesuffix("..."))


@given(st.text(max_size=200), st.integers(3, 100))
def test_what_is_shortened_fits(text: str, most: int) -> None:
    short = shortened(text, most)
    assert len(short.encode()) <= most
    assert short == text or short.endswith("\u2026")


@given(st.text(max_size=100))
def test_a_header_is_one_line(text: str) -> None:
    assert len(one_line(text).splitlines()) <= 1


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        ("", None),
        ("later", None),
        ("-5", None),
        ("Wed, 25 Nov 2026 11:00:30 GMT", 30),
        ("Wed, 25 Nov 2026 10:00:00 GMT", 0),
        ("9" * 400, 999_999_999),
    ],
)
def test_retry_after(header: str, seconds: int | None) -> None:
    assert retry_after_seconds(header, NOON) == seconds


def test_a_part_of_a_second_is_waited_for() -> None:
    assert retry_after_seconds("Wed, 25 Nov 2026 11:00:01 GMT", type(NOON)(NOON + SECOND // 2)) == 1


def read(channel: Channel, text: str, reader: AddressReader = PUBLIC) -> str:
    """The address as it is kept."""
    address = reader.read(channel, text)
    assert isinstance(address, Address), address
    return address.text


@pytest.mark.parametrize(
    ("channel", "text", "kept"),
    [
        (Channel.WEBHOOK, " HTTPS://Hooks.Example.com:443/A?b=C ", "https://hooks.example.com/A?b=C"),
        (Channel.WEBHOOK, "http://example.com:8080", "http://example.com:8080/"),
        (Channel.EMAIL, "Anna.B+x@EXAMPLE.com", "Anna.B+x@example.com"),
        (Channel.EMAIL, "anna@m\u00fcller.example", "anna@xn--mller-kva.example"),
        (Channel.SMS, "+49 170 1234567", "+491701234567"),
        (Channel.OPERATOR, "json://alerts.example.com/room", "json://alerts.example.com/room"),
    ],
)
def test_addresses_are_kept_in_one_form(channel: Channel, text: str, kept: str) -> None:
    assert read(channel, text) == kept
    assert read(channel, kept) == kept


@pytest.mark.parametrize(
    ("channel", "text"),
    [
        (Channel.WEBHOOK, "ftp://example.com/"),
        (Channel.WEBHOOK, "https:///path"),
        (Channel.WEBHOOK, "https://user:secret@example.com/"),
        (Channel.WEBHOOK, "https://example.com/#part"),
        (Channel.WEBHOOK, "https://example.com/\r\nX: y"),
        (Channel.WEBHOOK, "https://exa mple.com/"),
        (Channel.WEBHOOK, "https://example.com:99999/"),
        (Channel.WEBHOOK, "https://" + "a" * 2_048),
        (Channel.WEBHOOK, "http://127.0.0.1/"),
        (Channel.WEBHOOK, "http://[::1]/"),
        (Channel.WEBHOOK, "http://10.1.2.3/"),
        (Channel.EMAIL, "anna"),
        (Channel.EMAIL, "anna@"),
        (Channel.EMAIL, "anna@example.com\r\nBcc: x@example.com"),
        (Channel.EMAIL, "an na@example.com"),
        (Channel.EMAIL, "anna@-example.com"),
        (Channel.EMAIL, "a" * 65 + "@example.com"),
        (Channel.SMS, "01701234567"),
        (Channel.SMS, "+49"),
        (Channel.SMS, "+999123456789"),
        (Channel.SMS, "+49 call me"),
        (Channel.OPERATOR, "nonsense"),
        (Channel.WEB_PUSH, "https://push.example.com/"),
        (Channel.WEB_PUSH, "[]"),
        (Channel.WEB_PUSH, '{"endpoint": "https://push.example.com/", "keys": []}'),
        (Channel.WEB_PUSH, '{"endpoint": "https://push.example.com/", "keys": {"p256dh": "AAAA"}}'),
        (Channel.WEB_PUSH, '{"endpoint": "https://push.example.com/", "keys": {"p256dh": "A", "auth": 1}}'),
    ],
)
def test_what_is_no_address_is_refused_with_a_sentence(channel: Channel, text: str) -> None:
    assert isinstance(PUBLIC.read(channel, text), str)


def _subscription(url: str, auth: bytes = b"0" * 16) -> str:
    point = (
        ec.generate_private_key(ec.SECP256R1())
        .public_key()
        .public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    )
    keys = {
        "p256dh": base64.urlsafe_b64encode(point).decode(),
        "auth": base64.urlsafe_b64encode(auth).decode(),
    }
    return json.dumps({"expirationTime": None, "keys": keys, "endpoint": url})


def test_a_push_subscription_with_new_keys_is_the_same_endpoint() -> None:
    first = PUBLIC.read(Channel.WEB_PUSH, _subscription("https://push.example.com/1"))
    second = PUBLIC.read(Channel.WEB_PUSH, _subscription("https://push.example.com/1"))
    assert isinstance(first, Address)
    assert isinstance(second, Address)
    assert first.identity == second.identity == "https://push.example.com/1"
    assert first.text != second.text
    assert isinstance(PUBLIC.read(Channel.WEB_PUSH, _subscription("http://push.example.com/1")), str)
    assert isinstance(ANY.read(Channel.WEB_PUSH, _subscription("http://push.example.com/1")), Address)
    assert isinstance(PUBLIC.read(Channel.WEB_PUSH, _subscription("https://push.example.com/1", b"0")), str)


@pytest.mark.parametrize(
    ("address", "forbidden"),
    [
        ("127.0.0.1", True),
        ("10.0.0.1", True),
        ("192.168.1.1", True),
        ("172.16.0.1", True),
        ("169.254.169.254", True),
        ("100.64.0.1", True),
        ("0.0.0.0", True),
        ("224.0.0.1", True),
        ("255.255.255.255", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("fe80::1", True),
        ("fd00::1", True),
        ("64:ff9b::7f00:1", True),
        ("2002:7f00:1::", True),
        ("8.8.8.8", False),
        ("::ffff:8.8.8.8", False),
        ("2606:4700::1111", False),
        ("example.com", False),
    ],
)
def test_which_addresses_are_not_public(address: str, forbidden: bool) -> None:
    assert forbidden_literal(address) is forbidden
