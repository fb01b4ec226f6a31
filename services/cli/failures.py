"""Failures in one line: what happened, why, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import grpc

_STATUS_WORDS: Mapping[grpc.StatusCode, str] = {
    grpc.StatusCode.INVALID_ARGUMENT: "the request can't succeed as it is",
    grpc.StatusCode.NOT_FOUND: "there is no such thing",
    grpc.StatusCode.ALREADY_EXISTS: "it exists already",
    grpc.StatusCode.PERMISSION_DENIED: "that is not allowed",
    grpc.StatusCode.RESOURCE_EXHAUSTED: "a balance or a limit stands in the way",
    grpc.StatusCode.FAILED_PRECONDITION: "the present state does not allow it",
    grpc.StatusCode.ABORTED: "it contradicts an earlier request",
    grpc.StatusCode.UNAUTHENTICATED: "the service does not know who is asking",
    grpc.StatusCode.INTERNAL: "the service is at fault",
    grpc.StatusCode.UNAVAILABLE: "not now; the same request may be sent again",
}

_ADVICE: Mapping[str, str] = {
    "ACCOUNT_UNKNOWN": "`tidemark account provision` opens one",
    "USER_UNKNOWN": "`tidemark account provision` opens an account for the identifier",
    "ACCOUNT_EXISTS": "`tidemark account get` shows it",
    "BUCKET_UNKNOWN": "`tidemark account get` shows the buckets there are",
    "BALANCE_INSUFFICIENT": "`tidemark account get` shows what is free",
    "QUOTA_LIMIT_REACHED": "`tidemark account top-up` adds money",
    "CATALOG_NOT_PUBLISHED": "`tidemark catalog publish examples/catalog` publishes one",
    "CATALOG_HAS_ERRORS": "`tidemark catalog lint` lists them",
    "CATALOG_VERSION_UNKNOWN": "`tidemark catalog list` shows the versions there are",
    "OFFERING_UNKNOWN": "`tidemark catalog export` shows the offerings there are",
    "DUPLICATE_DIFFERS": "repeat the first request exactly (its --at too), or use a fresh id or --sequence",
    "JOURNAL_CORRUPT": "`tidemark journal verify` says which record is at fault",
    "CONTEXT_NOT_FOUND": "the session may have been released or have expired; create another",
    "CHARGE_UNKNOWN": "answers and `tidemark journal read --json` name charges",
    "UNAUTHENTICATED": "say who you are with --token or TIDEMARK_TOKEN",
    "TOKEN_EXPIRED": "`tidemark settlement token` makes one for a suite on this machine",
    "TOKEN_INVALID": "each start of a suite makes earlier tokens invalid",
    "NOT_OPERATOR": "without --token and TIDEMARK_TOKEN a suite on this machine takes you for its operator",
    "SEQUENCE_NUMBER_PASSED": "send a greater --sequence",
}


@dataclass(frozen=True, slots=True)
class RpcFailure:
    """A failed call as it arrived. `reason` and `field` are those of google.rpc.ErrorInfo, or empty."""

    code: grpc.StatusCode
    message: str
    reason: str = ""
    field: str = ""


class CommandFailedError(Exception):
    """A command can't go on. The message is the line its user reads; the exit code is 1."""


def in_words(service: str) -> str:
    """A service's name as people say it."""
    return service.replace("_", " ")


def describe(failure: RpcFailure, service: str, address: str) -> str:
    """The line for a failed call to a service, by its name in the suite, at an address."""
    option, service = service.replace("_", "-"), in_words(service)
    if failure.code is grpc.StatusCode.UNAVAILABLE and not failure.reason:
        return (
            f"{service} is not reachable at {address}; "
            f"start a suite with `tidemark up`, or say where it is with --{option}"
        )
    if failure.code is grpc.StatusCode.DEADLINE_EXCEEDED:
        return f"{service} at {address} did not answer in time; the same --request-id may be sent again"
    if failure.code is grpc.StatusCode.UNIMPLEMENTED:
        return f"{service} at {address} does not know this call; is it {service}, and of this version?"
    return _refusal(failure, service)


def _refusal(failure: RpcFailure, service: str) -> str:
    words = _STATUS_WORDS.get(failure.code, failure.code.name.lower().replace("_", " "))
    about = ", ".join(filter(None, (failure.reason, failure.field and f"field {failure.field}")))
    why = f"{failure.message} ({about or words})" if failure.message else f"{words} {about}".rstrip()
    advice = _ADVICE.get(failure.reason, "")
    return f"{service}: {why}; {advice}" if advice else f"{service}: {why}"
