"""Reads offer policies as people write them: YAML, and GeoJSON for places beside it."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import ValidationError

from services.common.kernel.findings import SourceFile
from services.common.runtime.yaml_fields import sections_of
from services.common.runtime.yaml_form_findings import form_findings
from services.common.runtime.yaml_tree import Layout, SourceTree, read_tree
from services.offers.adapters.geojson_source import SUFFIX, Places, read_places
from services.offers.adapters.yaml_build.policies import build_policies
from services.offers.adapters.yaml_build.scope import Scope
from services.offers.adapters.yaml_form.policies import PoliciesForm
from services.offers.application.policy_ports import Reading
from services.offers.domain.findings import FindingReason
from services.offers.domain.policies import OfferPolicies

_LAYOUT = Layout("a set of offer policies", "offers:", sections_of(PoliciesForm), FindingReason)


class YamlPolicyReader:
    """The PolicyReader port: reads files as one set of policies."""

    def read(self, files: Sequence[SourceFile]) -> Reading:
        """Reads, merges and checks the form. `policies` is None where the form has errors."""
        places = read_places([file for file in files if file.name.endswith(SUFFIX)])
        tree = read_tree([file for file in files if not file.name.endswith(SUFFIX)], _LAYOUT)
        policies = _policies(tree, places)
        findings = (*tree.findings, *places.findings)
        return Reading(
            policies=None if findings else policies,
            findings=findings,
            locate=lambda field: _place(tree, places, field),
        )


def _policies(tree: SourceTree[FindingReason], places: Places) -> OfferPolicies | None:
    try:
        form = PoliciesForm.model_validate(tree.root)
    except ValidationError as problems:
        tree.findings.extend(form_findings(problems, tree, PoliciesForm))
        return None
    units = {code: item.unit for code, item in form.usage_classes.items()}
    return build_policies(
        Scope(tree, form.currency, form.time_zone, units),
        form,
        tuple(places.fences[code] for code in sorted(places.fences)),
        tuple(places.cells[cell] for cell in sorted(places.cells)),
    )


def _place(tree: SourceTree[FindingReason], places: Places, field: str) -> tuple[str, int]:
    # A cell id may hold dots; a fence's field may go on behind its code.
    if field in places.places:
        return places.places[field]
    fence = ".".join(field.split(".")[:2])
    if fence in places.places:
        return places.places[fence]
    at = tree.locate(field)
    return at.file, at.line
