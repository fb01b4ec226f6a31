"""What can name a subscriber, and what a subscriber can be given as a name."""

from __future__ import annotations

import pytest

from services.common.kernel.identifiers import (
    is_personal_identifier,
    is_subscriber_identifier,
    opaque_subscriber_id,
)


@pytest.mark.parametrize(
    "text", ["imsi-262011234567890", "msisdn-491700000001", "iccid-894900000000000001", "device-a.b:c_d-1"]
)
def test_a_personal_identifier_is_one_and_holds_no_opaque_id(text: str) -> None:
    assert is_personal_identifier(text)
    assert is_subscriber_identifier(text)
    assert opaque_subscriber_id(text) is None


@pytest.mark.parametrize("subscriber_id", ["acme-1", "0b1946e7a9a64bd1", "a" * 64])
def test_an_opaque_id_names_a_subscriber_and_is_not_personal(subscriber_id: str) -> None:
    text = f"subscriber-{subscriber_id}"
    assert is_subscriber_identifier(text)
    assert opaque_subscriber_id(text) == subscriber_id
    assert not is_personal_identifier(text), "or it could be given to somebody else"


@pytest.mark.parametrize(
    "text",
    ["", "subscriber-", "subscriber", "subscriber-a b", "subscriber--a", "subscriber-a\n", "Subscriber-a",
     f"subscriber-{'a' * 65}", "acme-1", "imsi-1"],
)  # fmt: skip
def test_anything_else_names_nobody(text: str) -> None:
    assert not is_subscriber_identifier(text)
    assert opaque_subscriber_id(text) is None
