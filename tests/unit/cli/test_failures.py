"""Every failure is one line: what, why, and what to do."""

from __future__ import annotations

import grpc
import pytest

from services.cli.failures import RpcFailure, describe

ADDRESS = "127.0.0.1:7610"
CODE = grpc.StatusCode


@pytest.mark.parametrize(
    ("failure", "line"),
    [
        (
            RpcFailure(CODE.UNAVAILABLE, "failed to connect"),
            "charging is not reachable at 127.0.0.1:7610; "
            "start a suite with `tidemark up`, or say where it is with --charging",
        ),
        (
            RpcFailure(CODE.UNAUTHENTICATED, "the token has expired; get a new one", "TOKEN_EXPIRED"),
            "charging: the token has expired; get a new one (TOKEN_EXPIRED); "
            "`tidemark settlement token` makes one for a suite on this machine",
        ),
        (
            RpcFailure(CODE.UNAVAILABLE, "partition 0 is starting", "PARTITION_UNAVAILABLE"),
            "charging: partition 0 is starting (PARTITION_UNAVAILABLE)",
        ),
        (
            RpcFailure(CODE.DEADLINE_EXCEEDED, ""),
            "charging at 127.0.0.1:7610 did not answer in time; the same --request-id may be sent again",
        ),
        (
            RpcFailure(CODE.UNIMPLEMENTED, "Method not found!"),
            "charging at 127.0.0.1:7610 does not know this call; is it charging, and of this version?",
        ),
        (
            RpcFailure(CODE.INVALID_ARGUMENT, "the amount is negative", "FIELD_INVALID", "amount"),
            "charging: the amount is negative (FIELD_INVALID, field amount)",
        ),
        (
            RpcFailure(CODE.NOT_FOUND, "there is no account x", "ACCOUNT_UNKNOWN", "account_id"),
            "charging: there is no account x (ACCOUNT_UNKNOWN, field account_id); "
            "`tidemark account provision` opens one",
        ),
        (RpcFailure(CODE.INTERNAL, ""), "charging: the service is at fault"),
        (RpcFailure(CODE.DATA_LOSS, "odd"), "charging: odd (data loss)"),
    ],
)
def test_a_failed_call_reads_as_one_line(failure: RpcFailure, line: str) -> None:
    assert describe(failure, "charging", ADDRESS) == line


def test_a_service_is_named_in_words_and_its_option_as_it_is_typed() -> None:
    line = describe(RpcFailure(CODE.UNAVAILABLE, "failed to connect"), "partner_settlement", ADDRESS)
    assert line.startswith("partner settlement is not reachable at ")
    assert line.endswith("say where it is with --partner-settlement")
