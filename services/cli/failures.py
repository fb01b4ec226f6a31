"""Failures in one line: what happened, why, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import grpc

from services.cli.complaints import CommandFailedError

__all__ = ["CommandFailedError", "RpcFailure", "describe", "in_words"]

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
    "NOT_YOUR_PARTY": "a partner sees its own; is --token or TIDEMARK_TOKEN the one that is meant?",
    "ACTOR_INVALID": "say who does it with --actor",
    "REASON_MISSING": "say it with --reason",
    "AGREEMENTS_HAVE_ERRORS": "`tidemark agreements lint` lists them",
    "AGREEMENT_UNKNOWN": "`tidemark agreements list` shows those there are",
    "RUN_UNKNOWN": "`tidemark settlement runs` shows the runs there are",
    "RUN_STATE_DIFFERS": "`tidemark settlement run` takes the steps in their order",
    "PERIOD_NOT_OVER": "--early does so; what comes later is in the next period's statements",
    "EARLIER_PERIOD_OPEN": "`tidemark settlement run` with that period settles it",
    "NOTHING_TO_SETTLE": "`tidemark settlement status` shows how far charging's journal is followed",
    "LATER_RUN_CLOSED": "reopen that one first",
    "LATER_STATEMENT_EXISTS": "reopen the run of that one first",
    "DISPUTES_EXIST": "`tidemark disputes list` shows them; what is agreed stands in the next statement",
    "STATEMENT_UNKNOWN": "`tidemark statements list` shows those there are",
    "STATEMENT_NOT_FINAL": "`tidemark settlement show` says how far its run is",
    "NOT_PARKED": "`tidemark settlement show` says which statements are parked",
    "EXCHANGE_RATE_INVALID": "write it as --fx CHF/EUR=1.05@2026-11-30",
    "DISPUTE_UNKNOWN": "`tidemark disputes list` shows those there are",
    "ALREADY_DISPUTED": "`tidemark disputes list --statement` shows how it went",
    "DISPUTE_DECIDED": "`tidemark disputes show` says how",
    "LINE_UNKNOWN": "`tidemark statements show` shows its lines",
    "VOUCHER_UNKNOWN": "`tidemark vouchers list` shows those of a subscriber",
    "VOUCHER_REDEEMED": "the first --request-id again shows for what",
}


@dataclass(frozen=True, slots=True)
class RpcFailure:
    """A failed call as it arrived. `reason` and `field` are those of google.rpc.ErrorInfo, or empty."""

    code: grpc.StatusCode
    message: str
    reason: str = ""
    field: str = ""


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
