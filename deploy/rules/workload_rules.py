"""What every pod of Tidemark must have: probes, no privileges, bounded resources, time to drain."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from deploy.rules.rendered import Document, containers_of, is_job, pod_of, service_module

_PROBES = ("startupProbe", "readinessProbe", "livenessProbe")
_DEFAULT_GRACE_SECONDS = 30
# Left to the process after its drain: closing the journal, the last snapshot, exit.
_MARGIN_SECONDS = 5


def pod_faults(workload: Document) -> Iterator[str]:
    """What is wrong with a workload's pod as a whole, in words."""
    pod = pod_of(workload)
    security = pod.get("securityContext", {})
    if not security.get("runAsNonRoot") or not security.get("runAsUser"):
        yield "the pod must run as a numeric user that is not root (runAsNonRoot, runAsUser)"
    if security.get("seccompProfile", {}).get("type") != "RuntimeDefault":
        yield "seccompProfile must be RuntimeDefault"
    if pod.get("automountServiceAccountToken") is not False:
        yield "automountServiceAccountToken must be false: nothing here talks to the cluster's API"
    if pod.get("enableServiceLinks") is not False:
        yield "enableServiceLinks must be false: its variables would stand among the service's settings"
    if not pod.get("serviceAccountName"):
        yield "the pod needs a ServiceAccount of its own"


def container_faults(workload: Document) -> Iterator[str]:
    """What is wrong with each container, in words that name it."""
    checks = [_image_faults, _privilege_faults, _resource_faults]
    if not is_job(workload):  # it ends by itself, and serves nobody meanwhile
        checks.append(_probe_faults)
    for container in containers_of(workload):
        for check in checks:
            for fault in check(container):
                yield f"container {container['name']}: {fault}"


def replica_faults(workload: Document) -> Iterator[str]:
    """A Deployment with a volume of its own must not run or roll two pods at once."""
    if workload["kind"] != "Deployment":
        return
    claims = [v["name"] for v in pod_of(workload).get("volumes", ()) if "persistentVolumeClaim" in v]
    strategy = workload["spec"].get("strategy", {}).get("type", "RollingUpdate")
    if claims and (strategy != "Recreate" or workload["spec"].get("replicas", 1) != 1):
        yield f"volume {claims[0]} is one pod's: use one replica and strategy Recreate"


def schedule_faults(workload: Document) -> Iterator[str]:
    """Work by the clock must not overlap with itself, nor go on for ever."""
    if workload["kind"] != "CronJob":
        return
    if workload["spec"].get("concurrencyPolicy") != "Forbid":
        yield "concurrencyPolicy must be Forbid: one run may take longer than the time to the next"
    if "activeDeadlineSeconds" not in workload["spec"]["jobTemplate"]["spec"]:
        yield "jobTemplate.spec.activeDeadlineSeconds is missing: a run that hangs would bar all later ones"


def grace_faults(workload: Document, drain_seconds: float) -> Iterator[str]:
    """The time Kubernetes gives must cover the preStop sleep, the drain and a margin."""
    pod = pod_of(workload)
    grace = pod.get("terminationGracePeriodSeconds", _DEFAULT_GRACE_SECONDS)
    pause = max((_pre_stop_seconds(container) for container in containers_of(workload)), default=0)
    needed = pause + drain_seconds + _MARGIN_SECONDS
    if grace < needed:
        yield (
            f"terminationGracePeriodSeconds is {grace}, but preStop {pause} s, drain {drain_seconds:g} s "
            f"and {_MARGIN_SECONDS} s to close need {needed:g}"
        )


def _pre_stop_seconds(container: Document) -> int:
    sleep = container.get("lifecycle", {}).get("preStop", {}).get("sleep", {})
    return int(sleep.get("seconds", 0))


def _image_faults(container: Document) -> Iterator[str]:
    image = str(container.get("image", ""))
    name, _, tag = image.rpartition(":")
    pinned = "@sha256:" in image or (name and "/" not in tag and tag != "latest")
    if not pinned:
        yield f"image {image or 'none'} needs a tag other than latest, or a digest"


def _probe_faults(container: Document) -> Iterator[str]:
    for probe in _PROBES:
        if probe not in container:
            yield f"{probe} is missing"
        elif service_module(container):
            yield from _grpc_probe_faults(container, probe)


def _grpc_probe_faults(container: Document, probe: str) -> Iterator[str]:
    grpc = container[probe].get("grpc")
    if grpc is None:
        yield f"{probe} must be a gRPC probe"
        return
    ports = {port["name"]: port["containerPort"] for port in container.get("ports", ())}
    if grpc.get("port") != ports.get("health"):
        yield f"{probe} asks port {grpc.get('port')}, but the port named health is {ports.get('health')}"
    if probe == "readinessProbe" and not grpc.get("service"):
        yield "readinessProbe must name the gRPC service it asks about"


def _privilege_faults(container: Document) -> Iterator[str]:
    security: Mapping[str, Any] = container.get("securityContext", {})
    rules: tuple[tuple[str, Callable[[], bool]], ...] = (
        ("allowPrivilegeEscalation must be false", lambda: security.get("allowPrivilegeEscalation") is False),
        ("readOnlyRootFilesystem must be true", lambda: security.get("readOnlyRootFilesystem") is True),
        ("capabilities must drop ALL", lambda: "ALL" in security.get("capabilities", {}).get("drop", ())),
        ("must not be privileged", lambda: not security.get("privileged")),
        ("must not run as root", lambda: security.get("runAsUser") != 0),
    )
    yield from (fault for fault, holds in rules if not holds())


def _resource_faults(container: Document) -> Iterator[str]:
    resources = container.get("resources", {})
    for kind in ("cpu", "memory"):
        if kind not in resources.get("requests", {}):
            yield f"resources.requests.{kind} is missing"
    if "memory" not in resources.get("limits", {}):
        yield "resources.limits.memory is missing"
