"""Offer policies as they lie on disk, read and checked without a server.

Brings the offers' reader, its rules and the catalog's reader along, so it is imported only where needed.
"""

from __future__ import annotations

from pathlib import Path

from tidemark.offers.v1 import policy_api_pb2 as api

from services.cli.catalog_folder import catalog_in
from services.cli.catalog_folder import read_source as read_catalog
from services.cli.source_folders import read_folder
from services.offers.adapters.catalog_terms import catalog_terms
from services.offers.adapters.cel.compiler import CelRuleCompilers
from services.offers.adapters.geojson_source import SUFFIX
from services.offers.adapters.policy_messages import files_of, lint_response
from services.offers.adapters.yaml_source import YamlPolicyReader
from services.offers.application.policy_lint import PolicyLinter

_UNPUBLISHED = 0


def read_source(path: Path) -> api.PolicySource:
    """The YAML and GeoJSON files of a folder in the order of their names, or one file.

    Raises CommandFailedError.
    """
    files = read_folder(path, SUFFIX)
    return api.PolicySource(files=[api.PolicyFile(name=file.name, content=file.content) for file in files])


def lint_offline(source: api.PolicySource, catalog: Path | None) -> api.LintPoliciesResponse:
    """What the service would answer to LintPolicies with this catalog published, or none in reach."""
    terms = None if catalog is None else catalog_terms(catalog_in(read_catalog(catalog)), _UNPUBLISHED)
    linter = PolicyLinter(YamlPolicyReader(), CelRuleCompilers())
    return lint_response(linter.lint_source(files_of(source), terms))
