"""What every changing request about models carries: an id, an actor, words, and a fingerprint."""

from __future__ import annotations

import hashlib

from google.protobuf.message import Message

from services.common.kernel.identifiers import is_request_id
from services.common.kernel.outcome import Refused, RefusedError
from services.common.runtime.callers import Caller
from services.offers.domain.reasons import ACTOR_INVALID, FIELD_INVALID, REQUEST_ID_INVALID

_ACTOR_CHARACTERS = 128
_TEXT_CHARACTERS = 2_000


def checked_id(request_id: str) -> str:
    """A request id. Raises RefusedError REQUEST_ID_INVALID."""
    if not is_request_id(request_id):
        words = "request_id must be 1 to 128 printable ASCII characters without blanks"
        raise RefusedError(Refused(REQUEST_ID_INVALID, words, "request_id"))
    return request_id


def checked_actor(actor: str, caller: Caller) -> str:
    """Who does it, with the subject of the token beside it where they differ. Raises RefusedError."""
    if not actor.strip() or len(actor) > _ACTOR_CHARACTERS or not actor.isprintable():
        words = f"actor must say who does it, in 1 to {_ACTOR_CHARACTERS} characters"
        raise RefusedError(Refused(ACTOR_INVALID, words, "actor"))
    whole = actor if actor == caller.subject else f"{actor} ({caller.subject})"
    return whole[:_ACTOR_CHARACTERS]


def checked_text(text: str, field: str, most: int = _TEXT_CHARACTERS) -> str:
    """Words of a person, or a report. Raises RefusedError FIELD_INVALID."""
    if len(text) > most or any(not c.isprintable() and c not in "\n\t" for c in text):
        words = f"{field} must be text of at most {most} characters"
        raise RefusedError(Refused(FIELD_INVALID, words, field))
    return text


def fingerprint(message: Message, caller: Caller) -> bytes:
    """What makes a request the same as one sent before: its content, and in whose name it came."""
    digest = hashlib.sha256(message.DESCRIPTOR.full_name.encode())
    digest.update(f"\0{caller.role.value}\0{caller.party}\0".encode())
    digest.update(message.SerializeToString(deterministic=True))
    return digest.digest()
