"""Which rating group the element reports a category of applications under.

The table names categories (`SocialNetwork`), the catalog names rating groups
by code (`social-network`). They are the same where they are equal without
hyphens and case. A category the catalog does not know is reported under the
catalog's default rating group, as elements without service detection do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tidemark.catalog.v1 import catalog_pb2

from services.cli.replay.flows import Flow, UsageTableError

VOICE_CATEGORY = "VoIP"
MESSAGE_CATEGORY = "Chat"
VOICE_CALL = "voice-call"
MESSAGE = "message"


@dataclass(frozen=True, slots=True)
class RatingGroups:
    """Rating group numbers of everything a table holds."""

    by_category: Mapping[str, int]
    codes: Mapping[int, str]
    voice_call: int
    message: int


def rating_groups_of(catalog: catalog_pb2.Catalog, flows: Sequence[Flow]) -> RatingGroups:
    """Looks every category of a table up in a catalog. Raises UsageTableError where one has no number."""
    by_code = {group.code: group.rating_group for group in catalog.rating_groups}
    by_name = {_plain(code): number for code, number in by_code.items()}
    default = catalog.default_rating_group if catalog.HasField("default_rating_group") else None
    categories = dict.fromkeys(flow.category for flow in flows)
    numbers = {category: by_name.get(_plain(category), default) for category in categories}
    known = {category: number for category, number in numbers.items() if number is not None}
    unknown = [category for category in categories if category not in known]
    if unknown:
        raise UsageTableError(
            f"catalog {catalog.code} has no rating group for {', '.join(unknown)} and no default rating group"
        )
    return RatingGroups(
        by_category=known,
        codes={number: code for code, number in by_code.items()},
        voice_call=_needed(catalog.code, by_code, VOICE_CALL),
        message=_needed(catalog.code, by_code, MESSAGE),
    )


def _needed(catalog_code: str, by_code: Mapping[str, int], code: str) -> int:
    try:
        return by_code[code]
    except KeyError:
        raise UsageTableError(f"catalog {catalog_code} has no rating group {code!r}") from None


def _plain(name: str) -> str:
    return name.replace("-", "").replace("_", "").lower()
