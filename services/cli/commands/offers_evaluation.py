"""`tidemark offers evaluate`, `rollout`, `experiments`: is a model better, and how it gets to everybody."""

from __future__ import annotations

import json
import sys
import tempfile
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import grpc
import typer
from rich.console import Console
from rich.status import Status
from tidemark.offers.v1 import learning_api_pb2 as api
from tidemark.offers.v1 import learning_api_pb2_grpc

from services.cli import invocation as commands
from services.cli.evaluation_view import evaluation_document, show_evaluation
from services.cli.invocation import CALL_SECONDS, Invocation, RequestId, command_group, fresh_id
from services.cli.rollout_view import show_arms, show_rollout
from services.cli.supervision.plan import OFFERS

if TYPE_CHECKING:
    from services.cli.offer_evaluation import Evaluation

_EXIT_CODES = {"PROMOTE": 0, "NOT_ENOUGH_EVIDENCE": 3, "REJECT": 4}
_SEED = 7

Actor = Annotated[str, typer.Option(help="Who does it: a name or role for the audit trail.")]
Reason = Annotated[str, typer.Option(help="Why, for the audit trail.")]
Log = Annotated[
    Path | None,
    typer.Option(help="A file of `export-decisions`. Default: the service's own log."),
]


class Reward(StrEnum):
    """What an acceptance counts for."""

    VALUE = "value"
    ACCEPTANCES = "acceptances"


def register(app: typer.Typer) -> None:
    """Adds the commands to the group `offers`."""
    commands.register(app, "evaluate", "tidemark offers evaluate --model challenger-1a2b3c --plot gate.svg")(
        evaluate
    )
    commands.register(app, "experiments", "tidemark offers experiments")(experiments)
    group = command_group(
        app,
        "rollout",
        "Roll a model out: 1 %, 10 %, 50 %, everybody; and back.",
        "tidemark offers rollout start challenger-1a2b3c",
        "Models",
    )
    commands.register(group, "start", "tidemark offers rollout start challenger-1a2b3c")(start)
    commands.register(group, "advance", "tidemark offers rollout advance")(advance)
    commands.register(group, "back", "tidemark offers rollout back --reason 'revenue fell'")(back)
    commands.register(group, "show", "tidemark offers rollout show")(show)


async def evaluate(
    invocation: Invocation,
    model: Annotated[str, typer.Option(help="Version of the registry to value.")] = "",
    log: Log = None,
    reward: Annotated[Reward, typer.Option(help="What an acceptance counts for.")] = Reward.VALUE,
    plot: Annotated[Path | None, typer.Option(help="Write a plot there: .png, .svg or .pdf.")] = None,
    registry: Annotated[
        Path | None, typer.Option(help="Folder of models. Default: that of the suite.")
    ] = None,
    open_bandit: Annotated[
        Path | None, typer.Option(help="Instead: a log of the Open Bandit Dataset, its items beside it.")
    ] = None,
    target: Annotated[
        Path | None, typer.Option(help="With --open-bandit: the log whose policy is valued.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Do not record the verdict.")] = False,
    seed: Annotated[int, typer.Option(help="Of the cross-fitting.")] = _SEED,
    actor: Actor = "cli",
) -> None:
    """Judges a model by decisions that others made: PROMOTE, REJECT or NOT ENOUGH EVIDENCE.

    Shows the estimates of what the model would have earned, every criterion with its number and bound,
    and records the verdict, which a roll-out asks for.

    Exit code 0: promote; 3: not enough evidence; 4: reject.
    """
    if bool(model) == (open_bandit is not None) or (open_bandit is None) != (target is None):
        raise typer.BadParameter("say --model, or --open-bandit with --target", param_hint="--model")
    if open_bandit is not None and target is not None:
        found = _open_bandit(open_bandit, target, seed)
    else:
        folder = registry or invocation.target.data_dir / OFFERS / "models"
        found = await _model(invocation, model, log, folder, reward, seed)
    document = evaluation_document(found)
    if plot is not None:
        _plot(found, plot)
    if model and not dry_run:
        await _record(invocation, model, found, json.dumps(document), actor)
    invocation.output.document(document)
    show_evaluation(invocation.output, found)
    if plot is not None:
        invocation.output.line(f"plot in {plot}")
    raise typer.Exit(_EXIT_CODES[found.judgement.verdict.value])


async def start(
    invocation: Invocation,
    model: Annotated[str, typer.Argument(metavar="VERSION", help="Version of the registry.")],
    actor: Actor = "cli",
    reason: Reason = "",
    force: Annotated[bool, typer.Option("--force", help="Although the gate has not promoted it.")] = False,
    request_id: RequestId = "",
) -> None:
    """Gives a promoted model to 1 % of the subscribers."""
    async with invocation.channel(OFFERS) as channel:
        answer: api.StartRolloutResponse = await _stub(channel).StartRollout(
            api.StartRolloutRequest(
                request_id=fresh_id(request_id), model_version=model, actor=actor, force=force, reason=reason
            ),
            timeout=CALL_SECONDS,
        )
    invocation.output.document(answer)
    show_rollout(invocation.output, answer.rollout)


async def advance(invocation: Invocation, actor: Actor = "cli", request_id: RequestId = "") -> None:
    """Takes the next step: 10 %, 50 %, everybody. Refused where the split or a guardrail is broken."""
    async with invocation.channel(OFFERS) as channel:
        request = api.AdvanceRolloutRequest(request_id=fresh_id(request_id), actor=actor)
        answer: api.AdvanceRolloutResponse = await _stub(channel).AdvanceRollout(
            request, timeout=CALL_SECONDS
        )
    invocation.output.document(answer)
    show_rollout(invocation.output, answer.rollout)


async def back(
    invocation: Invocation, actor: Actor = "cli", reason: Reason = "", request_id: RequestId = ""
) -> None:
    """Goes back to the champion of before, at once."""
    async with invocation.channel(OFFERS) as channel:
        request = api.RollBackRequest(request_id=fresh_id(request_id), actor=actor, reason=reason)
        answer: api.RollBackResponse = await _stub(channel).RollBack(request, timeout=CALL_SECONDS)
    invocation.output.document(answer)
    show_rollout(invocation.output, answer.rollout)


async def show(invocation: Invocation) -> None:
    """Shows the last roll-out: where it stands, its arms since the last step, its trail."""
    async with invocation.channel(OFFERS) as channel:
        answer: api.GetRolloutResponse = await _stub(channel).GetRollout(
            api.GetRolloutRequest(), timeout=CALL_SECONDS
        )
    invocation.output.document(answer)
    if answer.HasField("rollout"):
        show_rollout(invocation.output, answer.rollout)
    else:
        invocation.output.line("no model was rolled out yet; `tidemark offers rollout start VERSION` does so")


async def experiments(invocation: Invocation) -> None:
    """Shows what the arms of every experiment did, and whether subscribers are split as it asks."""
    async with invocation.channel(OFFERS) as channel:
        answer: api.GetExperimentsResponse = await _stub(channel).GetExperiments(
            api.GetExperimentsRequest(), timeout=CALL_SECONDS
        )
    invocation.output.document(answer)
    for each in answer.experiments:
        title = f"{each.experiment_code}: {each.name}"
        show_arms(invocation.output, title, each.arms, each.sample_ratio_p_value)
    if not answer.experiments:
        invocation.output.line("the policies in force have no experiments")


def _open_bandit(log: Path, target: Path, seed: int) -> Evaluation:
    with _waiting("valuing"):
        from services.cli.offer_evaluation import evaluate_open_bandit  # noqa: PLC0415 - see there

        return evaluate_open_bandit(log, target, seed)


async def _model(
    invocation: Invocation, model: str, log: Path | None, registry: Path, reward: Reward, seed: int
) -> Evaluation:
    with _waiting("reading the log"), tempfile.TemporaryDirectory(prefix="tidemark-evaluate-") as scratch:
        from services.cli.offer_evaluation import evaluate_model  # noqa: PLC0415 - see there
        from services.cli.offer_log import (  # noqa: PLC0415 - see there
            fetched_log,
            log_in_file,
            policies_of,
            violations_in,
        )

        async with invocation.channel(OFFERS) as channel:
            path = log or Path(scratch) / "decisions.parquet"
            shown = log_in_file(path) if log else await fetched_log(channel, path)
            newest = await policies_of(channel, 0)
            violations = await violations_in(channel, shown)
        return evaluate_model(
            path,
            registry,
            model,
            newest.exploration,
            violations,
            by_value=reward is Reward.VALUE,
            currency=newest.currency_code,
            seed=seed,
        )


def _plot(found: Evaluation, path: Path) -> None:
    from services.cli.offer_plots import write_plot  # noqa: PLC0415 - see there

    write_plot(found, path)


async def _record(invocation: Invocation, model: str, found: Evaluation, report: str, actor: str) -> None:
    async with invocation.channel(OFFERS) as channel:
        request = api.RecordVerdictRequest(
            request_id=fresh_id(),
            model_version=model,
            verdict=found.judgement.verdict.value,
            report=report,
            actor=actor,
        )
        await _stub(channel).RecordVerdict(request, timeout=CALL_SECONDS)


def _waiting(words: str) -> Status:
    return Console(file=sys.stderr).status(words)


def _stub(channel: grpc.aio.Channel) -> Any:
    return learning_api_pb2_grpc.OfferLearningServiceStub(channel)
