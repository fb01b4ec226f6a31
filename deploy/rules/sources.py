"""Which files an object was written in, so that a fault names a place a person can open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml


def index_sources(root: Path, folders: Iterable[str]) -> dict[tuple[str, str], list[str]]:
    """(kind, name) to the files, relative to `root`, that hold the object or a patch of it.

    What a kustomization generates is found under its kustomization.yaml.
    Raises yaml.YAMLError for a file that is no YAML.
    """
    found: dict[tuple[str, str], list[str]] = {}
    for folder in folders:
        for path in sorted((root / folder).glob("*.yaml")):
            for document in yaml.safe_load_all(path.read_text(encoding="utf-8")):
                for key in _objects_in(document or {}):
                    found.setdefault(key, []).append(str(path.relative_to(root)))
    return found


def _objects_in(document: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    if document.get("kind") == "Kustomization":
        return [("ConfigMap", entry["name"]) for entry in document.get("configMapGenerator", ())]
    return [(document["kind"], document["metadata"]["name"])] if "kind" in document else []


def place_of(sources: Mapping[tuple[str, str], list[str]], kind: str, name: str, folder: str) -> str:
    """The files of an object, or its folder where it was written in none of them."""
    exact = sources.get((kind, name))
    if exact:
        return ", ".join(exact)
    # A generated name ends in a hash of the content.
    return ", ".join(sources.get((kind, name.rpartition("-")[0]), [folder]))
