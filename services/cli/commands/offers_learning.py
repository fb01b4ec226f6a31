"""`tidemark offers train`, `models`, `export-decisions`: models, and the log that they are made from."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from tidemark.offers.v1 import learning_api_pb2 as api
from tidemark.offers.v1 import learning_api_pb2_grpc

from services.cli import invocation as commands
from services.cli.commands.arguments import reading
from services.cli.failures import CommandFailedError
from services.cli.instants import moment
from services.cli.invocation import CALL_SECONDS, Invocation
from services.cli.rendering import show_time, without_empty_columns
from services.cli.settlement.progress import records_progress
from services.cli.supervision.plan import OFFERS

_EXPORT_SECONDS = 3_600.0
_SEED = 7
_COLUMNS = ("version", "kind", "champion", "made at", ">rewards", ">accepted", ">log loss", ">AUC", "verdict")

Since = Annotated[str, typer.Option("--from", help="Decisions from then on, such as 2026-12-01T00:00:00Z.")]


def register(app: typer.Typer) -> None:
    """Adds the commands to the group `offers`."""
    commands.register(app, "train", "tidemark offers train --seed 7")(train)
    commands.register(app, "models", "tidemark offers models")(models)
    commands.register(app, "export-decisions", "tidemark offers export-decisions --out decisions.parquet")(
        export_decisions
    )


async def train(
    invocation: Invocation,
    log: Annotated[
        Path | None, typer.Option(help="A file of `export-decisions`. Default: the service's own log.")
    ] = None,
    since: Since = "",
    seed: Annotated[int, typer.Option(help="The same log and seed make the same versions.")] = _SEED,
    registry: Annotated[
        Path | None, typer.Option(help="Folder of models. Default: that of the suite.")
    ] = None,
) -> None:
    """Trains an online model and a challenger from the decision log, and writes them into the registry.

    Nobody gets them yet: `tidemark offers evaluate` says whether one is better, and `tidemark offers
    rollout` brings it out step by step.
    """
    folder = registry or invocation.target.data_dir / OFFERS / "models"
    with tempfile.TemporaryDirectory(prefix="tidemark-train-") as scratch:
        path = log or Path(scratch) / "decisions.parquet"
        if log is None:
            await _export(invocation, path, since, "")
        code = await _train_in_a_process(invocation, path, folder, seed)
    if code:
        raise CommandFailedError("nothing was trained; the line above says why")


async def models(invocation: Invocation) -> None:
    """Lists the versions in the registry, newest first, with figures on decisions they had not seen."""
    async with invocation.channel(OFFERS) as channel:
        stub = learning_api_pb2_grpc.OfferLearningServiceStub(channel)
        answer: api.ListModelsResponse = await stub.ListModels(api.ListModelsRequest(), timeout=CALL_SECONDS)
    invocation.output.document(answer)
    if answer.models:
        rows = [_row(model) for model in answer.models]
        invocation.output.table("", *without_empty_columns(_COLUMNS, rows))
    else:
        invocation.output.line("there is no model yet; one begins with the first policies")


async def export_decisions(
    invocation: Invocation,
    out: Annotated[Path, typer.Option(help="Parquet file to write.")],
    since: Since = "",
    until: Annotated[str, typer.Option(help="Decisions before then.")] = "",
) -> None:
    """Writes the decision log with what became of each decision: a row a decision, pseudonymous.

    The file gets its name once it is whole.
    """
    decisions = await _export(invocation, out, since, until)
    invocation.output.document({"file": str(out), "decisions": decisions})
    invocation.output.line(f"{decisions:,} decisions in {out}")


async def _export(invocation: Invocation, path: Path, since: str, until: str) -> int:
    request = api.ExportDecisionsRequest()
    if since:
        getattr(request, "from").CopyFrom(reading("--from", moment, since))
    if until:
        request.until.CopyFrom(reading("--until", moment, until))
    # pyarrow is half of what a command of this group takes; only this one writes a file.
    from services.offers.adapters.learning.decision_file import DecisionFile  # noqa: PLC0415

    shown = not invocation.output.as_json and sys.stderr.isatty()
    with DecisionFile(path) as file, records_progress(shown, "decisions") as advance:
        async with invocation.channel(OFFERS) as channel:
            stub = learning_api_pb2_grpc.OfferLearningServiceStub(channel)
            async for answer in stub.ExportDecisions(request, timeout=_EXPORT_SECONDS):
                file.add(answer)
                advance(len(answer.decisions))
        file.complete()
        return file.decisions


async def _train_in_a_process(invocation: Invocation, log: Path, registry: Path, seed: int) -> int:
    """A process of its own: scikit-learn takes seconds to load, which no other command should."""
    arguments: Sequence[str] = (
        *(sys.executable, "-m", "services.offers.train"),
        *("--log", str(log), "--registry", str(registry), "--seed", str(seed)),
        *(("--json",) if invocation.output.as_json else ()),
    )
    process = await asyncio.create_subprocess_exec(*arguments)
    return await process.wait()


def _row(model: api.ModelVersion) -> tuple[str, ...]:
    figures = model.figures
    return (
        model.version,
        model.kind,
        "champion" if model.champion else "",
        show_time(model.made_at),
        f"{model.examples:,}",
        f"{model.positives:,}",
        f"{figures['log_loss']:.4f}" if "log_loss" in figures else "",
        f"{figures['auc']:.3f}" if "auc" in figures else "",
        model.verdict,
    )
