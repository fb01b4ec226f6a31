"""Refusals as gRPC statuses, there and back."""

from __future__ import annotations

from typing import Any

import grpc
import pytest

from services.common.kernel.outcome import Category, Reason, Refused
from services.common.runtime.grpc_errors import CATEGORY_STATUS, error_info, status_code, status_details


class CallError(grpc.RpcError):
    def __init__(self, *trailers: tuple[str, str | bytes]) -> None:
        self._trailers = trailers

    def trailing_metadata(self) -> Any:
        return self._trailers


@pytest.mark.parametrize("category", Category)
def test_every_category_has_a_status_that_is_no_success(category: Category) -> None:
    assert CATEGORY_STATUS[category] is not grpc.StatusCode.OK


def test_no_two_categories_share_a_status() -> None:
    assert len(set(CATEGORY_STATUS.values())) == len(Category)


def test_a_conflict_tells_callers_not_to_send_the_same_again() -> None:
    refused = Refused(Reason("DUPLICATE_DIFFERS", Category.CONFLICT), "other content")
    assert status_code(refused) is grpc.StatusCode.ABORTED


def test_reason_field_and_metadata_arrive() -> None:
    refused = Refused(
        Reason("RATING_GROUP_UNKNOWN", Category.INVALID_ARGUMENT),
        "no rating group 99",
        field="multiple_unit_usage[0].rating_group",
        metadata={"rating_group": "99"},
    )
    info = error_info(CallError(("other", "x"), ("grpc-status-details-bin", status_details(refused))))
    assert info is not None
    assert (info.reason, info.domain) == ("RATING_GROUP_UNKNOWN", "tidemark")
    assert dict(info.metadata) == {"rating_group": "99", "field": "multiple_unit_usage[0].rating_group"}


def test_a_transport_error_has_no_error_info() -> None:
    assert error_info(CallError()) is None
    assert error_info(grpc.RpcError()) is None


def test_a_long_message_is_cut_to_fit_a_trailer() -> None:
    refused = Refused(Reason("CATALOG_INVALID", Category.INVALID_ARGUMENT), "x" * 100_000)
    assert len(status_details(refused)) < 4_000
