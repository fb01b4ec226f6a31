"""Codes and identifiers, and what makes one well-formed.

Subscriber identifiers (TS 23.003: SUPI, GPSI; E.118: ICCID) are personal
data. They are turned into opaque subscriber ids at the edge and go no further.
Who knows a subscriber by that id alone, from the journal, writes it
`subscriber-<id>` wherever an identifier is asked for.
"""

from __future__ import annotations

import re

_CODE = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_IDENTIFIER = re.compile(
    r"imsi-[0-9]{5,15}|msisdn-[0-9]{5,15}|iccid-[0-9]{18,22}|device-[A-Za-z0-9._:-]{1,64}"
)
_OPAQUE = re.compile(r"subscriber-([A-Za-z0-9][A-Za-z0-9._:-]{0,63})")
_REQUEST_ID = re.compile(r"[\x21-\x7e]{1,128}")
_ACCOUNT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")
_PLMN = re.compile(r"[0-9]{5,6}")


def is_code(text: str) -> bool:
    """True for a catalog code: lower-case letters, digits and inner hyphens, at most 64."""
    return _CODE.fullmatch(text) is not None


def is_personal_identifier(text: str) -> bool:
    """True for what a subscriber can be given: `imsi-`, `msisdn-`, `iccid-` or `device-`, well-formed."""
    return _IDENTIFIER.fullmatch(text) is not None


def opaque_subscriber_id(text: str) -> str | None:
    """The subscriber id in `subscriber-<id>`; None for anything else."""
    match = _OPAQUE.fullmatch(text)
    return match[1] if match is not None else None


def is_subscriber_identifier(text: str) -> bool:
    """True for whatever can name a subscriber: a personal identifier, or `subscriber-` and the opaque id."""
    return is_personal_identifier(text) or _OPAQUE.fullmatch(text) is not None


def is_request_id(text: str) -> bool:
    """True for 1 to 128 printable ASCII characters without blanks."""
    return _REQUEST_ID.fullmatch(text) is not None


def is_account_id(text: str) -> bool:
    """True for 1 to 64 letters, digits and `._:-`, beginning with a letter or digit."""
    return _ACCOUNT_ID.fullmatch(text) is not None


def is_plmn(text: str) -> bool:
    """True for MCC and MNC digits, five or six (TS 23.003 clause 2.2)."""
    return _PLMN.fullmatch(text) is not None
