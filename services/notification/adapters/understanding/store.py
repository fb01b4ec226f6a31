"""The trained model in the service's folder: named by what it was made from, made where it is not there.

    <folder>/intents-<digest>.npz and .json

The name is the digest of the utterances, the seed and everything else that decides what the model is, so that
a model is trained once for each version of them, and none is ever taken for another.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

from services.notification.adapters.understanding.corpus import FOLDER, corpus_digest, training_utterances
from services.notification.adapters.understanding.model import IntentModel
from services.notification.adapters.understanding.model_file import from_octets, to_octets
from services.notification.adapters.understanding.recipe import LIBRARIES, PARAMETERS, SEED, Tell

_FORM = 2
"""Greater with every change of features, training or the file."""
_DIGITS = 12


@dataclass(frozen=True, slots=True)
class StoredIntents:
    """A model, what it was made from, and whether it was made just now."""

    model: IntentModel
    version: str
    metadata: Mapping[str, Any]
    is_new: bool


def stored_intents(
    folder: Path, seed: int = SEED, utterances: Path = FOLDER, tell: Tell = lambda _: None
) -> StoredIntents:
    """The model of these utterances. Blocks: milliseconds where it is there, seconds where it is trained."""
    recipe = _recipe(seed, utterances)
    version = f"intents-{_digest(json.dumps(recipe, sort_keys=True).encode())[:_DIGITS]}"
    found = _loaded(folder, version)
    if found is not None:
        return found
    # Half of the service's start, and a third of its memory, are spared where the model is there.
    from services.notification.adapters.understanding.training import train  # noqa: PLC0415

    begun = time.monotonic()
    model, scores = train(training_utterances(seed, utterances), seed, tell)
    octets = to_octets(model)
    metadata = {
        "version": version,
        "recipe": recipe,
        "scores": asdict(scores),
        "seconds": round(time.monotonic() - begun, 1),
        "sha256": _digest(octets),
    }
    folder.mkdir(parents=True, exist_ok=True)
    _replace(folder / f"{version}.npz", octets)
    _replace(folder / f"{version}.json", json.dumps(metadata, indent=1).encode() + b"\n")
    return StoredIntents(model, version, metadata, is_new=True)


def _recipe(seed: int, utterances: Path) -> dict[str, Any]:
    return {
        "form": _FORM,
        "seed": seed,
        "parameters": PARAMETERS,
        "utterances": corpus_digest(utterances),
        **{library: installed(library) for library in LIBRARIES},
    }


def _loaded(folder: Path, version: str) -> StoredIntents | None:
    """None where there is none, or where it is not what was written: then it is made again."""
    try:
        metadata = json.loads((folder / f"{version}.json").read_bytes())
        octets = (folder / f"{version}.npz").read_bytes()
        if metadata["sha256"] != _digest(octets):
            return None
        return StoredIntents(from_octets(octets), version, metadata, is_new=False)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _digest(octets: bytes) -> str:
    return hashlib.sha256(octets).hexdigest()


def _replace(path: Path, octets: bytes) -> None:
    """Written whole or not at all; two processes that train at once write the same."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_bytes(octets)
    draft.replace(path)
