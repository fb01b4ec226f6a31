"""Trains models from the decision log. `python -m services.offers.train` runs it, as a process of its own.

The log is a Parquet file of `tidemark offers export-decisions`, or is read from the service's database.
`--nightly` is for a scheduler: no progress on a terminal, structured logs instead.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from services.common.kernel.clock import Instant, instant
from services.common.runtime.database import open_database
from services.common.runtime.database_engine import SQLITE
from services.common.runtime.logs import configure_logs, get_logger, version
from services.common.runtime.settings import read_settings
from services.common.runtime.startup import StartupRefusedError
from services.offers.adapters import migrations
from services.offers.adapters.learning.decision_export import DecisionExport
from services.offers.adapters.learning.decision_file import DecisionFile
from services.offers.adapters.learning.frame_reading import read_frame
from services.offers.adapters.learning.registry import ModelRegistry
from services.offers.adapters.learning.training import Tell, TrainedModel, Training, TrainingRefusedError
from services.offers.adapters.learning.training_rows import training_rows
from services.offers.settings import OffersSettings

NAME = "offers-training"
_SEED = 7
_MOST = 200_000
_FIGURES = ("log_loss", "log_loss_constant", "brier", "auc", "calibration_error")

_log = get_logger(__name__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0 where versions were written, 1 where the log allows none, 2 for wrong settings."""
    given = _arguments().parse_args(arguments)
    try:
        settings = read_settings(OffersSettings)
        configure_logs(NAME, settings.log_level, "json" if given.nightly else settings.log_format)
        with _told(given.nightly) as tell:
            trained = _train(given, settings, tell)
    except (StartupRefusedError, TrainingRefusedError, ValueError, OSError) as refusal:
        if given.nightly:
            _log.error("nothing was trained", reason=str(refusal))
        else:
            sys.stderr.write(f"{NAME}: {refusal}\n")
        return getattr(refusal, "exit_code", 1)
    _show(trained, as_json=given.json, nightly=given.nightly)
    return 0


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m services.offers.train", description="Trains models from the decision log."
    )
    parser.add_argument("--log", type=Path, help="Parquet of `tidemark offers export-decisions`")
    parser.add_argument("--from", dest="since", type=_moment, help="ISO 8601: from then on, of the database")
    parser.add_argument("--seed", type=int, default=_SEED, help="of everything that chance takes part in")
    parser.add_argument("--registry", type=Path, help="folder of the models; otherwise the service's")
    parser.add_argument("--most", type=int, default=_MOST, help="the newest decisions, at most so many")
    parser.add_argument("--nightly", action="store_true", help="for a scheduler: structured logs")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    return parser


def _train(given: argparse.Namespace, settings: OffersSettings, tell: Tell) -> list[TrainedModel]:
    with tempfile.TemporaryDirectory(prefix="tidemark-training-") as folder:
        path = given.log or _export(settings, given, Path(folder), tell)
        tell("log: read", 0.0)
        rows = training_rows(read_frame(path, given.most, presented_only=True))
        tell("log: read", 1.0)
    training = Training(
        rows,
        given.seed,
        ModelRegistry(given.registry or settings.model_dir),
        Instant(time.time_ns() // 1_000),
        version(),
        tell,
    )
    return training.run()


def _export(settings: OffersSettings, given: argparse.Namespace, folder: Path, tell: Tell) -> Path:
    """Out of the service's database. Raises StartupRefusedError for SQLite: its file is one process's."""
    if settings.database_url.startswith(SQLITE):
        raise StartupRefusedError(
            "two processes must not share an SQLite file; `tidemark offers train` asks the service instead"
        )
    return asyncio.run(_exported(settings, given, folder / "decisions.parquet", tell))


async def _exported(settings: OffersSettings, given: argparse.Namespace, path: Path, tell: Tell) -> Path:
    database = await asyncio.to_thread(open_database, settings.database_url, migrations.__name__, 1)
    tell("log: export", 0.0)
    export = DecisionExport(database)
    try:
        since = given.since or await export.newest_since(given.most)
        with DecisionFile(path, presented_only=True) as file:
            async for answer in export.read(since):
                file.add(answer)
            file.complete()
    finally:
        await database.close()
    tell("log: export", 1.0)
    return path


@contextmanager
def _told(nightly: bool) -> Iterator[Tell]:
    """Progress for people, or lines of a log."""
    if nightly:
        yield lambda stage, done: _log.info("training", stage=stage) if done == 0.0 else None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty()) as progress:
        yield _bars(progress)


def _bars(progress: Progress) -> Callable[[str, float], None]:
    tasks: dict[str, Any] = {}

    def tell(stage: str, done: float) -> None:
        if stage not in tasks:
            tasks[stage] = progress.add_task(stage, total=1.0)
        progress.update(tasks[stage], completed=done)

    return tell


def _show(trained: Sequence[TrainedModel], *, as_json: bool, nightly: bool) -> None:
    documents = [_document(model) for model in trained]
    if nightly:
        for document in documents:
            # `version` of a log line is Tidemark's own.
            _log.info("trained", model=document["version"], kind=document["kind"], **document["figures"])
    elif as_json:
        sys.stdout.write(json.dumps({"models": documents}, indent=2) + "\n")
    else:
        _print(trained)


def _print(trained: Sequence[TrainedModel]) -> None:
    table = Table("version", "rewards", "accepted", *(name.replace("_", " ") for name in _FIGURES))
    for model in trained:
        figures = model.description.figures
        cells = [f"{figures[name]:.4f}" if name in figures else "-" for name in _FIGURES]
        table.add_row(
            model.version, f"{model.description.examples:,}", f"{model.description.positives:,}", *cells
        )
    Console(width=None if sys.stdout.isatty() else 160).print(table)
    sys.stdout.write("figures: of the newest fifth of the log, by a model that was made from the rest\n")


def _document(model: TrainedModel) -> Mapping[str, Any]:
    values = asdict(model.description)
    return {"version": model.version, **values, "kind": model.description.kind.value}


def _moment(text: str) -> Instant:
    try:
        return instant(datetime.fromisoformat(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not ISO 8601 with a zone") from error


if __name__ == "__main__":
    sys.exit(main())
