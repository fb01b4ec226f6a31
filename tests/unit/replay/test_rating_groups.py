"""Categories of the table find the catalog's rating groups by name."""

from __future__ import annotations

import pytest
from tidemark.catalog.v1 import catalog_pb2

from services.cli.replay.flows import Flow, UsageTableError
from services.cli.replay.rating_groups import rating_groups_of


def catalog(*codes: str, default: int | None = None) -> catalog_pb2.Catalog:
    groups = [catalog_pb2.RatingGroup(rating_group=100 + n, code=code) for n, code in enumerate(codes)]
    return catalog_pb2.Catalog(code="test", rating_groups=groups, default_rating_group=default)


def flows(*categories: str) -> list[Flow]:
    return [Flow(n, "a", 0, 0, "x", category, 0, 0) for n, category in enumerate(categories)]


def test_names_match_without_case_and_hyphens() -> None:
    found = rating_groups_of(
        catalog("social-network", "voip", "voice-call", "message"), flows("SocialNetwork", "VoIP")
    )
    assert found.by_category == {"SocialNetwork": 100, "VoIP": 101}
    assert (found.voice_call, found.message) == (102, 103)


def test_an_unknown_category_goes_to_the_default_rating_group() -> None:
    found = rating_groups_of(catalog("web", "voice-call", "message", default=100), flows("Mining"))
    assert found.by_category == {"Mining": 100}


def test_without_a_default_the_unknown_categories_are_named() -> None:
    with pytest.raises(UsageTableError, match="no rating group for Mining, Crypto and no default"):
        rating_groups_of(catalog("web", "voice-call", "message"), flows("Web", "Mining", "Crypto"))


def test_a_catalog_without_calls_is_refused() -> None:
    with pytest.raises(UsageTableError, match="'voice-call'"):
        rating_groups_of(catalog("web", "message"), flows("Web"))
