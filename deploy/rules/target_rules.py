"""All the rules, applied to one rendered target."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass

from deploy.rules import network_rules, reference_rules, workload_rules
from deploy.rules.rendered import Document, Target, containers_of, is_job, main_module, service_module
from deploy.rules.service_settings import SettingNames, SettingsClassMissingError

# What a service does where DRAIN_SECONDS is not set, and what foreign images are given.
_DEFAULT_DRAIN_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the rules compare manifests with.

    `settings_of` takes the name of a service's main module (`services.charging.main`);
    `proto_services` are full names (`tidemark.charging.v1.ChargingService`);
    `documented_secrets` are the names README.md says somebody must make;
    `modules` are all services of the repository.
    """

    settings_of: Callable[[str], SettingNames]
    proto_services: Set[str]
    documented_secrets: Set[str]
    modules: Set[str]


def target_faults(target: Target, around: Surroundings) -> Iterator[tuple[Document, str]]:
    """Every fault of a rendered target, with the object at fault."""
    for document in target.documents:
        if document["kind"] == "Secret":
            yield document, "secrets do not belong into the repository: refer to them"
    for workload in target.workloads():
        for fault in _workload_faults(workload, target, around):
            yield workload, fault
    yield from reference_rules.selector_faults(target)
    yield from network_rules.unreachable_peer_faults(target)


def missing_services(target: Target, around: Surroundings) -> Iterator[str]:
    """Services of the repository that a target does not run."""
    running = {service_module(c) for w in target.workloads() for c in containers_of(w)}
    for module in sorted(around.modules - running):
        yield f"nothing runs {module}; add base/{module.split('.')[1]}.yaml"


def _workload_faults(workload: Document, target: Target, around: Surroundings) -> Iterator[str]:
    yield from workload_rules.pod_faults(workload)
    yield from workload_rules.container_faults(workload)
    yield from workload_rules.replica_faults(workload)
    yield from workload_rules.schedule_faults(workload)
    yield from reference_rules.missing_object_faults(workload, target)
    for secret in sorted(reference_rules.secrets_of(workload) - around.documented_secrets):
        yield f"Secret {secret} is not in the table of deploy/README.md"
    yield from workload_rules.grace_faults(workload, _drain_seconds(workload, target))
    for container in containers_of(workload):
        yield from reference_rules.missing_key_faults(container, target)
        if service_module(container):
            yield from _service_faults(workload, container, target, around)


def _service_faults(
    workload: Document, container: Document, target: Target, around: Surroundings
) -> Iterator[str]:
    variables = reference_rules.environment_of(container, target)
    try:
        names = around.settings_of(main_module(service_module(container)))
    except SettingsClassMissingError as error:
        yield str(error)
        return
    yield from reference_rules.setting_faults(variables, names.prefix, names.known, names.required)
    if not is_job(workload):  # which listens to nobody
        yield from _listener_faults(workload, container, variables, names, around)


def _listener_faults(
    workload: Document,
    container: Document,
    variables: Mapping[str, str | None],
    names: SettingNames,
    around: Surroundings,
) -> Iterator[str]:
    yield from reference_rules.certificate_faults(container, variables, names.prefix)
    if names.prefix + reference_rules.TOKEN_SETTING in names.known:
        yield from reference_rules.token_key_faults(workload, container, variables, names.prefix)
    yield from reference_rules.path_faults(container, variables, names.prefix)
    yield from reference_rules.port_faults(container, variables, names.prefix, names.known)
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        asked = container.get(probe, {}).get("grpc", {}).get("service")
        if asked and asked not in around.proto_services:
            yield f"{probe} asks about {asked}, which is no service in proto/"


def _drain_seconds(workload: Document, target: Target) -> float:
    for container in containers_of(workload):
        for name, value in reference_rules.environment_of(container, target).items():
            if name.endswith("_DRAIN_SECONDS") and value:
                return float(value)
    return _DEFAULT_DRAIN_SECONDS
