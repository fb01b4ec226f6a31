"""The decision log and the policies it was made by, fetched for an evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import grpc
from tidemark.offers.v1 import learning_api_pb2 as api
from tidemark.offers.v1 import learning_api_pb2_grpc, policy_api_pb2, policy_api_pb2_grpc

from services.cli.failures import CommandFailedError
from services.cli.invocation import CALL_SECONDS
from services.common.kernel.findings import SourceFile
from services.offers.adapters.evaluation.rule_replay import shown_in, shown_in_file
from services.offers.adapters.learning.decision_file import DecisionFile
from services.offers.adapters.yaml_source import YamlPolicyReader
from services.offers.domain.evaluation.replay import Shown, Violation, replayed
from services.offers.domain.policies import OfferPolicies

_EXPORT_SECONDS = 3_600.0


async def fetched_log(channel: grpc.aio.Channel, path: Path) -> Sequence[Shown]:
    """Writes the service's whole log into a file; returns what was presented."""
    shown: list[Shown] = []
    stub = learning_api_pb2_grpc.OfferLearningServiceStub(channel)
    with DecisionFile(path) as file:
        async for answer in stub.ExportDecisions(api.ExportDecisionsRequest(), timeout=_EXPORT_SECONDS):
            file.add(answer)
            shown += shown_in(each.decision for each in answer.decisions)
        file.complete()
    return shown


def log_in_file(path: Path) -> Sequence[Shown]:
    """What was presented, by an exported file. Raises CommandFailedError for no such file."""
    try:
        return list(shown_in_file(path))
    except (OSError, ValueError) as error:
        raise CommandFailedError(f"{path}: {error}") from error


async def policies_of(channel: grpc.aio.Channel, version: int) -> OfferPolicies:
    """A version of the policies; 0: the newest. Raises CommandFailedError where its files cannot be read."""
    stub = policy_api_pb2_grpc.OfferPolicyServiceStub(channel)
    request = policy_api_pb2.ExportPoliciesRequest(version=version)
    answer: policy_api_pb2.ExportPoliciesResponse = await stub.ExportPolicies(request, timeout=CALL_SECONDS)
    policies = (
        YamlPolicyReader().read([SourceFile(file.name, file.content) for file in answer.files]).document
    )
    if policies is None:
        raise CommandFailedError(f"version {version} of the policies is not one that this command can read")
    return policies


async def violations_in(channel: grpc.aio.Channel, shown: Sequence[Shown]) -> Sequence[Violation]:
    """Presentations that the policies they were made by forbid."""
    versions = sorted({each.policy_version for each in shown})
    return replayed(shown, {version: await policies_of(channel, version) for version in versions})
