"""Reads offer policies as people write them: YAML, and GeoJSON for places beside it."""

from __future__ import annotations

from collections.abc import Sequence

from services.common.kernel.findings import Reading, SourceFile
from services.common.runtime.yaml_fields import sections_of
from services.common.runtime.yaml_reading import parted, reading_of
from services.common.runtime.yaml_tree import Layout, read_tree
from services.offers.adapters.geojson_source import SUFFIX, read_places
from services.offers.adapters.yaml_build.policies import build_policies
from services.offers.adapters.yaml_build.scope import Scope
from services.offers.adapters.yaml_form.policies import PoliciesForm
from services.offers.domain.findings import FindingReason
from services.offers.domain.policies import OfferPolicies

_LAYOUT = Layout("a set of offer policies", "offers:", sections_of(PoliciesForm), FindingReason)


class YamlPolicyReader:
    """The PolicyReader port: reads files as one set of policies."""

    def read(self, files: Sequence[SourceFile]) -> Reading[OfferPolicies, FindingReason]:
        """Reads, merges and checks the form. `document` is None where the form has errors."""
        in_yaml, in_geojson = parted(files, SUFFIX)
        tree, places = read_tree(in_yaml, _LAYOUT), read_places(in_geojson)

        def build(form: PoliciesForm) -> OfferPolicies:
            units = {code: item.unit for code, item in form.usage_classes.items()}
            return build_policies(
                Scope(tree, form.currency, form.time_zone, units),
                form,
                tuple(places.fences[code] for code in sorted(places.fences)),
                tuple(places.cells[cell] for cell in sorted(places.cells)),
            )

        return reading_of(tree, PoliciesForm, build, places)
