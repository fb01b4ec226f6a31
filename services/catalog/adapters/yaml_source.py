"""Catalog files into domain values. Whatever is wrong with their form is a finding with file and line."""

from __future__ import annotations

from collections.abc import Sequence

from services.catalog.adapters.yaml_build.document import build_document
from services.catalog.adapters.yaml_form.catalog import CatalogForm
from services.catalog.application.ports import Reading
from services.catalog.domain.findings import FindingReason
from services.common.kernel.findings import SourceFile
from services.common.runtime.yaml_fields import sections_of
from services.common.runtime.yaml_reading import reading_of
from services.common.runtime.yaml_tree import Layout, read_tree

_LAYOUT = Layout("a catalog", "offerings:", sections_of(CatalogForm), FindingReason)


class YamlSourceReader:
    """Reads YAML files as one catalog."""

    def read(self, files: Sequence[SourceFile]) -> Reading:
        """Reads, merges and checks the form. `document` is None where the form has errors."""
        tree = read_tree(files, _LAYOUT)
        if not tree.root:
            return Reading(None, tuple(tree.findings), tree.place)
        return reading_of(tree, CatalogForm, lambda form: build_document(form, tree))
