"""The project's own utterances: read from YAML, alternatives written out."""

from __future__ import annotations

import hashlib
import itertools
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from services.notification.adapters.understanding.text import letters, normal

LANGUAGES = ("en", "de")
FOLDER = Path(__file__).parent / "utterances"
MOST_WAYS = 8
"""Of a line with alternatives so many are drawn at most, or a few lines would be most of what is learnt."""
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Both read the same; the one in C in a tenth of the time."""
_ALTERNATIVES = re.compile(r"\(([^()]*)\)")


@dataclass(frozen=True, slots=True)
class Utterance:
    """One example. `line`: what was written as one line belongs together, and is split as one."""

    text: str
    intent: str
    language: str
    line: int


def ways(line: str) -> list[str]:
    """`(turn on|activate) roaming` written out in all ways."""
    parts = _ALTERNATIVES.split(line)
    choices = [part.split("|") if place % 2 else [part] for place, part in enumerate(parts)]
    return ["".join(chosen) for chosen in itertools.product(*choices)]


def training_utterances(seed: int, folder: Path = FOLDER) -> list[Utterance]:
    """All that is learnt from, in the order of the files."""
    draw = random.Random(seed)  # noqa: S311
    found: list[Utterance] = []
    for number, (language, intent, line) in enumerate(_lines(folder, "")):
        written = ways(line)
        if len(written) > MOST_WAYS:
            written = draw.sample(written, MOST_WAYS)
        found += [Utterance(text, intent, language, number) for text in written]
    return found


def held_out_utterances(folder: Path = FOLDER) -> list[Utterance]:
    """What is measured with: written before training, less what training happens to say in the same words."""
    known = {letters(way) for _, _, line in _lines(folder, "") for way in ways(line)}
    return [
        Utterance(text, intent, language, number)
        for number, (language, intent, text) in enumerate(_lines(folder, "heldout_"))
        if letters(text) not in known
    ]


def corpus_digest(folder: Path = FOLDER) -> str:
    """Of the files that are learnt from."""
    digest = hashlib.sha256()
    for language in LANGUAGES:
        digest.update(_path(folder, "", language).read_bytes())
    return digest.hexdigest()


def texts_of(utterances: Sequence[Utterance]) -> list[str]:
    """As the model sees them."""
    return [normal(utterance.text) for utterance in utterances]


def _lines(folder: Path, prefix: str) -> list[tuple[str, str, str]]:
    found = []
    for language in LANGUAGES:
        document = yaml.load(_path(folder, prefix, language).read_bytes(), _LOADER)  # noqa: S506  # a safe one
        found += [(language, intent, line) for intent, lines in document.items() for line in lines]
    return found


def _path(folder: Path, prefix: str, language: str) -> Path:
    return folder / f"{prefix}{language}.yaml"
