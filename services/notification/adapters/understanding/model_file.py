"""A model as octets: numpy's file of arrays, vocabularies as texts; never code."""

from __future__ import annotations

import io
from collections.abc import Iterable

import numpy as np

from services.notification.adapters.understanding.model import IntentModel, Linear
from services.notification.adapters.understanding.tfidf import CHARACTERS, WORDS, Array, Features, Terms

_BETWEEN = "\n"
"""In no term: normal texts have one kind of blank."""


def to_octets(model: IntentModel) -> bytes:
    """The same octets for the same model."""
    content: dict[str, Array] = {"temperature": np.array(model.temperature)}
    for name, terms in ((WORDS, model.features.words), (CHARACTERS, model.features.characters)):
        content[f"{name}_terms"] = _packed(terms.places)
        content[f"{name}_idf"] = terms.idf
    for name, linear in (("intents", model.intents), ("languages", model.languages)):
        content[name] = np.array(linear.classes, dtype=np.str_)
        content[f"{name}_weights"] = linear.weights
        content[f"{name}_offsets"] = linear.offsets
    out = io.BytesIO()
    np.savez(out, allow_pickle=False, **content)
    return out.getvalue()


def from_octets(octets: bytes) -> IntentModel:
    """Back. Raises ValueError for anything but arrays, KeyError where one is missing."""
    with np.load(io.BytesIO(octets), allow_pickle=False) as file:
        content = {name: file[name] for name in file.files}
    return IntentModel(
        Features(_terms(content, WORDS), _terms(content, CHARACTERS)),
        _linear(content, "intents"),
        float(content["temperature"]),
        _linear(content, "languages"),
    )


def _packed(terms: Iterable[str]) -> Array:
    return np.frombuffer(_BETWEEN.join(terms).encode(), dtype=np.uint8)


def _terms(content: dict[str, Array], name: str) -> Terms:
    terms = content[f"{name}_terms"].tobytes().decode().split(_BETWEEN)
    idf = content[f"{name}_idf"]
    return Terms(dict(zip(terms, range(len(idf)), strict=True)), idf)


def _linear(content: dict[str, Array], name: str) -> Linear:
    classes = tuple(content[name].tolist())
    return Linear(classes, content[f"{name}_weights"], content[f"{name}_offsets"])
