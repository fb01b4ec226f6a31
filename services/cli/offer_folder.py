"""Offer policies as they lie on disk, read and checked without a server.

Brings the offers' reader, its rules and the catalog's reader along, so it is imported only where needed.
"""

from __future__ import annotations

from pathlib import Path

from tidemark.offers.v1 import policy_api_pb2 as api

from services.cli.catalog_folder import catalog_in
from services.cli.catalog_folder import read_source as read_catalog
from services.cli.failures import CommandFailedError
from services.common.runtime.source_files import read_source as read_files
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
    try:
        files = [(file.name, file.content) for file in read_files(path)]
        if path.is_dir():
            places = [place for place in path.iterdir() if place.suffix == SUFFIX]
            files += [(place.name, place.read_text(encoding="utf-8")) for place in places]
    except OSError as error:
        raise CommandFailedError(f"{path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise CommandFailedError(f"a {SUFFIX} file in {path} is not UTF-8 text") from error
    except ValueError as error:
        raise CommandFailedError(str(error)) from error
    return api.PolicySource(files=[api.PolicyFile(name=name, content=text) for name, text in sorted(files)])


def lint_offline(source: api.PolicySource, catalog: Path | None) -> api.LintPoliciesResponse:
    """What the service would answer to LintPolicies with this catalog published, or none in reach."""
    terms = None if catalog is None else catalog_terms(catalog_in(read_catalog(catalog)), _UNPUBLISHED)
    linter = PolicyLinter(YamlPolicyReader(), CelRuleCompilers())
    return lint_response(linter.lint_source(files_of(source), terms))


def write_files(folder: Path, files: list[tuple[str, str]]) -> None:
    """Puts exported files into a folder, which is made where it is not there. Raises CommandFailedError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files:
            (folder / Path(name).name).write_bytes(content.encode())
    except OSError as error:
        raise CommandFailedError(f"{folder}: {error.strerror or error}") from error
