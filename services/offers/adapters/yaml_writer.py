"""The canonical written form of policies: the same bytes for the same content, every time.

Everything lies in the order of its code but rules, weights, reasons and arms, whose order means
something; a field that holds its default is left out; comments are not kept, worked examples are.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from services.common.kernel.findings import SourceFile
from services.common.kernel.outlines import Outline
from services.common.runtime.yaml_writing import canonical_text
from services.offers.adapters.yaml_write.policies import write_places, write_policies
from services.offers.domain.policies import OfferPolicies

FILE_NAME = "policies.yaml"
PLACES_NAME = "places.geojson"


class CanonicalPolicyWriter:
    """The PolicyWriter port. Writes what lint has let through."""

    def source(self, policies: OfferPolicies) -> tuple[SourceFile, ...]:
        """All of it: one file of policies, and one of places where there are any."""
        files = (SourceFile(FILE_NAME, canonical_text(write_policies(policies))),)
        if not policies.fences and not policies.cells:
            return files
        return (*files, SourceFile(PLACES_NAME, write_places(policies.fences, policies.cells)))

    def outline(self, policies: OfferPolicies) -> Mapping[str, Outline]:
        """Policies without examples, with fences and cells by their codes."""
        written: dict[str, Outline] = dict(write_policies(policies))
        written.pop("examples", None)
        features = json.loads(write_places(policies.fences, policies.cells))["features"]
        fences, cells = features[: len(policies.fences)], features[len(policies.fences) :]
        written["fences"] = {item["properties"]["fence"]: item for item in fences}
        written["cells"] = {item["properties"]["cell"]: item for item in cells}
        return written
