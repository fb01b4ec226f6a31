"""OfferLearningService over gRPC: models, roll-outs, experiments, the decision log. For operators only."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.offers.v1 import learning_api_pb2 as api
from tidemark.offers.v1 import learning_api_pb2_grpc

from services.common.kernel.clock import Clock, Instant
from services.common.kernel.outcome import Refused, RefusedError
from services.common.runtime.callers import Callers, require_operator
from services.offers.adapters.experiments.sql_book import SqlRolloutBook
from services.offers.adapters.experiments.sql_rollouts import SqlRollouts
from services.offers.adapters.learning.registry import ModelRegistry
from services.offers.adapters.learning_messages import experiment_message, model_message, rollout_message
from services.offers.adapters.learning_requests import (
    checked_actor,
    checked_id,
    checked_text,
    fingerprint,
)
from services.offers.application import rolling_out
from services.offers.application.evaluation_ports import Models, RecordedVerdict
from services.offers.application.experiment_figures import figures_of_experiments
from services.offers.application.learning_ports import ListedModel
from services.offers.application.ports import PoliciesInForce
from services.offers.application.rolling_out import RolloutWatch
from services.offers.domain.evaluation.gate import Verdict
from services.offers.domain.reasons import MODEL_UNKNOWN, VERDICT_INVALID
from services.offers.domain.rollouts import Act, Pace, Rollout, RolloutState

Context = Any
A = TypeVar("A", bound=Message)
_REPORT_CHARACTERS = 200_000
_VERDICTS = frozenset(verdict.value for verdict in Verdict)


class DecisionExport(Protocol):
    """The decision log with what became of each decision, oldest first, in portions."""

    def read(
        self, from_instant: Instant | None, until_instant: Instant | None
    ) -> AsyncIterator[api.ExportDecisionsResponse]:
        """Decisions made in [from, until)."""


@dataclass(frozen=True, slots=True)
class Learning:
    """What the service works on."""

    rollouts: SqlRollouts
    registry: ModelRegistry
    models: Models
    watch: RolloutWatch
    policies: PoliciesInForce
    export: DecisionExport
    clock: Clock
    pace: Pace


class OfferLearningServicer(learning_api_pb2_grpc.OfferLearningServiceServicer):
    """Translates, takes one step, translates back. After each step memory and registry follow at once."""

    def __init__(self, learning: Learning, callers: Callers) -> None:
        self._on = learning
        self._callers = callers

    async def ExportDecisions(
        self, request: api.ExportDecisionsRequest, context: Context
    ) -> AsyncIterator[api.ExportDecisionsResponse]:
        """The decision log."""
        require_operator(self._callers.of(context))
        since = _instant(request, "from")
        async for part in self._on.export.read(since, _instant(request, "until")):
            yield part

    async def ListModels(self, _request: api.ListModelsRequest, context: Context) -> api.ListModelsResponse:
        """Versions, newest first."""
        require_operator(self._callers.of(context))
        models = await asyncio.to_thread(self._on.registry.versions)
        verdicts = await self._on.rollouts.transact(
            lambda book: book.verdicts([model.version for model in models])
        )
        return api.ListModelsResponse(
            models=[model_message(model, verdicts.get(model.version, "")) for model in models]
        )

    async def StartRollout(
        self, request: api.StartRolloutRequest, context: Context
    ) -> api.StartRolloutResponse:
        """1 % of the subscribers."""
        await self._loaded(request.model_version, context)
        champion_version = self._champion_beside(request.model_version)
        return await self._step(
            request,
            context,
            api.StartRolloutResponse,
            lambda book, act: rolling_out.start(
                book, request.request_id, request.model_version, champion_version, act, force=request.force
            ),
            request.reason,
        )

    async def AdvanceRollout(
        self, request: api.AdvanceRolloutRequest, context: Context
    ) -> api.AdvanceRolloutResponse:
        """The next step."""
        return await self._step(
            request,
            context,
            api.AdvanceRolloutResponse,
            lambda book, act: rolling_out.advance(book, act, self._on.pace),
        )

    async def RollBack(self, request: api.RollBackRequest, context: Context) -> api.RollBackResponse:
        """Back to the champion."""
        last = await self._last(context)
        if last is not None and last.state is RolloutState.COMPLETED:
            await self._loaded(last.champion_version, context)
        return await self._step(request, context, api.RollBackResponse, rolling_out.roll_back, request.reason)

    async def GetRollout(self, _request: api.GetRolloutRequest, context: Context) -> api.GetRolloutResponse:
        """The last one."""
        require_operator(self._callers.of(context))

        def find(book: SqlRolloutBook) -> api.GetRolloutResponse:
            last = book.last()
            return api.GetRolloutResponse(rollout=None if last is None else _message(book, last))

        return await self._on.rollouts.transact(find)

    async def GetExperiments(
        self, _request: api.GetExperimentsRequest, context: Context
    ) -> api.GetExperimentsResponse:
        """Every experiment in force."""
        require_operator(self._callers.of(context))
        policies, now = self._on.policies.current(), self._on.clock.now()
        experiments = () if policies is None else policies.experiments
        figures = await self._on.rollouts.run(lambda book: figures_of_experiments(book, experiments, now))
        return api.GetExperimentsResponse(experiments=map(experiment_message, figures))

    async def RecordVerdict(
        self, request: api.RecordVerdictRequest, context: Context
    ) -> api.RecordVerdictResponse:
        """Keeps what the gate said."""
        require_operator(self._callers.of(context))
        if request.verdict not in _VERDICTS:
            words = f"verdict must be one of {', '.join(sorted(_VERDICTS))}"
            raise RefusedError(Refused(VERDICT_INVALID, words, "verdict"))
        report = checked_text(request.report, "report", _REPORT_CHARACTERS)
        model = await self._listed(request.model_version)

        def record(book: SqlRolloutBook, act: Act) -> api.RecordVerdictResponse:
            book.record_verdict(RecordedVerdict(model.version, request.verdict, report, act.actor, act.at))
            return api.RecordVerdictResponse(model=model_message(model, request.verdict))

        return await self._once(request, context, api.RecordVerdictResponse, record)

    async def _step(
        self,
        request: Any,
        context: Context,
        answer: type[A],
        step: Callable[[SqlRolloutBook, Act], Rollout],
        reason: str = "",
    ) -> A:
        def work(book: SqlRolloutBook, act: Act) -> A:
            message = answer()
            message.rollout.CopyFrom(_message(book, step(book, act)))  # type: ignore[attr-defined]
            return message

        try:
            return await self._once(request, context, answer, work, reason)
        finally:
            # Whether it was done, refused or done before: memory is what is written.
            await self._on.watch.settle()

    async def _once(
        self,
        request: Any,
        context: Context,
        answer: type[A],
        work: Callable[[SqlRolloutBook, Act], A],
        reason: str = "",
    ) -> A:
        caller = self._callers.of(context)
        require_operator(caller)
        act = Act(checked_actor(request.actor, caller), self._on.clock.now(), checked_text(reason, "reason"))
        answered = await self._on.rollouts.once(
            checked_id(request.request_id),
            fingerprint(request, caller),
            lambda book: work(book, act).SerializeToString(),
        )
        return answer.FromString(answered)

    async def _loaded(self, version: str, context: Context) -> None:
        """Before it gets anybody: a model that cannot be loaded is refused here."""
        require_operator(self._callers.of(context))
        await self._on.watch.load(version)

    def _champion_beside(self, version: str) -> str:
        """The champion's version; that of the challenger where both are one line of one model."""
        champion = self._on.models.champion()
        if champion is None:
            return ""
        return version if self._on.models.scorer(version) is champion else champion.version

    async def _last(self, context: Context) -> Rollout | None:
        require_operator(self._callers.of(context))
        return await self._on.rollouts.run(lambda book: book.last())

    async def _listed(self, version: str) -> ListedModel:
        for model in await asyncio.to_thread(self._on.registry.versions):
            if model.version == version:
                return model
        raise RefusedError(
            Refused(MODEL_UNKNOWN, f"the registry has no version {version!r}", "model_version")
        )


def _message(book: SqlRolloutBook, rollout: Rollout) -> api.Rollout:
    return rollout_message(rollout, rolling_out.arms_of(book, rollout))


def _instant(request: api.ExportDecisionsRequest, field: str) -> Instant | None:
    stamp: Timestamp = getattr(request, field)
    return Instant(stamp.ToMicroseconds()) if request.HasField(field) else None  # type: ignore[arg-type]
