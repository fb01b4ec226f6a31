"""A catalog as it lies on disk: a folder of YAML files, or one file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from tidemark.catalog.v1 import catalog_api_pb2, catalog_pb2

_SUFFIXES = (".yaml", ".yml")


class CatalogFolderError(ValueError):
    """There is no catalog there. The message names the path."""


def read_source(path: Path) -> catalog_api_pb2.CatalogSource:
    """The YAML files of a folder in the order of their names, or one file.

    Raises CatalogFolderError where there is none, or one is not UTF-8 text.
    """
    files = [path] if path.is_file() else sorted(p for p in path.glob("*") if p.suffix in _SUFFIXES)
    if not files:
        raise CatalogFolderError(f"{path} holds no .yaml file" if path.is_dir() else f"there is no {path}")
    return catalog_api_pb2.CatalogSource(files=[_source_file(file) for file in files])


def _source_file(path: Path) -> catalog_api_pb2.SourceFile:
    try:
        return catalog_api_pb2.SourceFile(name=path.name, content=path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise CatalogFolderError(f"{path} is not UTF-8 text") from error
    except OSError as error:
        raise CatalogFolderError(f"{path}: {error.strerror or error}") from error


def rating_groups_in(source: catalog_api_pb2.CatalogSource) -> catalog_pb2.Catalog:
    """Only the code and the rating group numbers of a source, to name usage by; nothing is checked.

    Raises CatalogFolderError where the files are no YAML.
    """
    catalog = catalog_pb2.Catalog()
    default = ""
    for file in source.files:
        document = _document(file)
        catalog.code = str(document.get("catalog", catalog.code))
        default = str(document.get("default_rating_group", default))
        groups = document.get("rating_groups")
        for code, group in groups.items() if isinstance(groups, dict) else ():
            if isinstance(group, dict) and isinstance(group.get("number"), int):
                catalog.rating_groups.add(code=str(code), rating_group=group["number"])
    for group in catalog.rating_groups:
        if group.code == default:
            catalog.default_rating_group = group.rating_group
    return catalog


def _document(file: catalog_api_pb2.SourceFile) -> dict[str, Any]:
    try:
        document = yaml.safe_load(file.content)
    except yaml.YAMLError as error:
        raise CatalogFolderError(f"{file.name} is not YAML; `tidemark catalog lint` says where") from error
    return document if isinstance(document, dict) else {}
