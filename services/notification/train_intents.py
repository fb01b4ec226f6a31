"""Trains and measures the intent model. `python -m services.notification.train_intents` runs it.

The service trains by itself where its folder has no model of its utterances; run at set-up, this saves it the
seconds. `--public FOLDER` measures the same method on banking77 and CLINC150 instead, which are not shipped.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

# One process, small matrices: threads of a linear algebra library only get into each other's way.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from rich.console import Console
from rich.table import Table

from services.notification.adapters.understanding.corpus import LANGUAGES, held_out_utterances
from services.notification.adapters.understanding.measuring import (
    HeldOut,
    Public,
    measure_banking77,
    measure_clinc150,
    measure_held_out,
)
from services.notification.adapters.understanding.recipe import SEED
from services.notification.adapters.understanding.store import StoredIntents, stored_intents
from services.notification.domain.talking.meanings import ANSWER_PERMILLE
from services.notification.settings import INTENT_DIR

NAME = "intent-training"
_THRESHOLD = ANSWER_PERMILLE / 1000


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0, or 1 where a file cannot be read or written."""
    given = _arguments().parse_args(arguments)
    try:
        if given.public is not None:
            return _show_public(
                [
                    measure_banking77(given.public, given.seed, given.threshold),
                    measure_clinc150(given.public, given.threshold),
                ],
                given.threshold,
                as_json=given.json,
            )
        stored = stored_intents(given.folder, given.seed, tell=_tell)
    except OSError as error:
        sys.stderr.write(f"{NAME}: {error.filename}: {error.strerror}\n")
        return 1
    utterances = held_out_utterances()
    measured = [
        measure_held_out(stored.model, utterances, language, given.threshold) for language in LANGUAGES
    ]
    return _show_own(stored, measured, as_json=given.json)


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m services.notification.train_intents", description="Trains and measures the intent model."
    )
    parser.add_argument("--folder", type=Path, default=INTENT_DIR, help="where the model is kept")
    parser.add_argument("--public", type=Path, help="folder with banking77_train.csv and clinc150.csv")
    parser.add_argument("--seed", type=int, default=SEED, help="of everything that chance takes part in")
    parser.add_argument(
        "--threshold", type=float, default=_THRESHOLD, help="below it the assistant asks back"
    )
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    return parser


def _tell(stage: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"{NAME}: {stage}\n")


def _show_own(stored: StoredIntents, measured: Sequence[HeldOut], *, as_json: bool) -> int:
    if as_json:
        document = {**stored.metadata, "held_out": [asdict(each) for each in measured]}
        sys.stdout.write(json.dumps(document, indent=2) + "\n")
        return 0
    columns = ("language", "utterances", "accuracy", "contained", "wrong", "refused", "language found")
    table = Table(*columns, title=f"{stored.version}, held-out utterances", title_justify="left")
    for each in measured:
        shares = (each.accuracy, each.contained, each.wrong, each.refused, each.language_found)
        table.add_row(each.language, str(each.utterances), *(f"{share:.1%}" for share in shares))
    _console().print(table)
    scores = stored.metadata["scores"]
    sys.stdout.write(
        f"lines that were kept out of training in turn: {scores['accuracy']:.1%} right "
        f"({scores['lines']} lines, {scores['examples']} examples)\n"
    )
    return 0


def _show_public(measured: Sequence[Public], threshold: float, *, as_json: bool) -> int:
    if as_json:
        document = {"threshold": threshold, "sets": [asdict(each) for each in measured]}
        sys.stdout.write(json.dumps(document, indent=2) + "\n")
        return 0
    columns = ("set", "split", "intents", "trained", "tested", "accuracy", "kept", "wrong of kept", "refused")
    table = Table(*columns, title=f"public sets, threshold {threshold}", title_justify="left")
    for each in measured:
        refused = "-" if each.refused is None else f"{each.refused:.1%}"
        counts = (each.intents, each.trained, each.tested)
        shares = (each.accuracy, each.kept, each.wrong_of_kept)
        cells = (*(f"{count:,}" for count in counts), *(f"{share:.1%}" for share in shares), refused)
        table.add_row(each.name, each.split, *cells)
    _console().print(table)
    return 0


def _console() -> Console:
    return Console(width=None if sys.stdout.isatty() else 160)


if __name__ == "__main__":
    sys.exit(main())
