"""Catalog files into domain values. Whatever is wrong with their form is a finding with file and line."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import ValidationError

from services.catalog.adapters.yaml_build.document import build_document
from services.catalog.adapters.yaml_form.catalog import CatalogForm
from services.catalog.application.ports import Reading
from services.catalog.domain.examples import Document
from services.catalog.domain.findings import FindingReason
from services.common.kernel.findings import SourceFile
from services.common.runtime.yaml_fields import sections_of
from services.common.runtime.yaml_form_findings import form_findings
from services.common.runtime.yaml_tree import Layout, SourceTree, read_tree

_LAYOUT = Layout("a catalog", "offerings:", sections_of(CatalogForm), FindingReason)


class YamlSourceReader:
    """Reads YAML files as one catalog."""

    def read(self, files: Sequence[SourceFile]) -> Reading:
        """Reads, merges and checks the form. `document` is None where the form has errors."""
        tree = read_tree(files, _LAYOUT)
        document = self._document(tree) if tree.root else None
        return Reading(
            document=None if tree.findings else document,
            findings=tuple(tree.findings),
            locate=lambda field: _place(tree, field),
        )

    def _document(self, tree: SourceTree[FindingReason]) -> Document | None:
        try:
            form = CatalogForm.model_validate(tree.root)
        except ValidationError as problems:
            tree.findings.extend(form_findings(problems, tree, CatalogForm))
            return None
        return build_document(form, tree)


def _place(tree: SourceTree[FindingReason], field: str) -> tuple[str, int]:
    at = tree.locate(field)
    return at.file, at.line
