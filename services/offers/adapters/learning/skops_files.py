"""Fitted scikit-learn objects as octets: skops, never pickle, and only types that are named here.

skops writes memory addresses and the time of day. Both are replaced, so that the same object is the same
octets in every process: versions of models are named by their content.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from typing import Any

import skops.io

_EPOCH = (1980, 1, 1, 0, 0, 0)
_SCHEMA = "schema.json"


class UntrustedModelError(ValueError):
    """A file holds what no model of ours has, or is no skops file. Nothing of it was run."""


def to_octets(fitted: Any) -> bytes:
    """The object as a skops file, the same octets for the same content."""
    with zipfile.ZipFile(io.BytesIO(skops.io.dumps(fitted))) as written:
        renumber = _Renumbering()
        schema = renumber.node(json.loads(written.read(_SCHEMA)))
        arrays = {renumber.file(name): written.read(name) for name in written.namelist() if name != _SCHEMA}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as rewritten:
        for name, content in sorted(arrays.items()):
            rewritten.writestr(zipfile.ZipInfo(name, _EPOCH), content)
        rewritten.writestr(zipfile.ZipInfo(_SCHEMA, _EPOCH), json.dumps(schema, separators=(",", ":")))
    return out.getvalue()


def from_octets(octets: bytes, trusted: Sequence[str]) -> Any:
    """The object. `trusted`: types beyond those that skops itself trusts. Raises UntrustedModelError."""
    try:
        return skops.io.loads(octets, trusted=list(trusted))
    except Exception as error:  # whatever a damaged file makes of the reader
        raise UntrustedModelError(f"not a model of ours: {type(error).__name__}: {error}") from error


class _Renumbering:
    """Addresses as numbers in the order in which they are met."""

    def __init__(self) -> None:
        self._numbers: dict[int, int] = {}

    def node(self, node: Any) -> Any:
        if isinstance(node, list):
            return [self.node(each) for each in node]
        if not isinstance(node, dict):
            return node
        return {key: self._value(key, value) for key, value in node.items()}

    def file(self, name: str) -> str:
        stem, dot, suffix = name.partition(".")
        return f"{self._number(int(stem)):06}{dot}{suffix}"

    def _value(self, key: str, value: Any) -> Any:
        if key == "__id__":
            return self._number(value)
        if key == "file" and isinstance(value, str):
            return self.file(value)
        return self.node(value)

    def _number(self, address: int) -> int:
        return self._numbers.setdefault(address, len(self._numbers) + 1)
