"""Kubernetes objects as `kubectl kustomize` renders them, and where they were written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Document = Mapping[str, Any]

_JOBS = frozenset({"Job", "CronJob"})
_WORKLOADS = frozenset({"Deployment", "StatefulSet", "DaemonSet"}) | _JOBS
_SERVICE_COMMAND = ("python", "-m")


@dataclass(frozen=True, slots=True)
class Target:
    """One rendered base or overlay: its folder, relative to the repository, and its objects."""

    folder: str
    documents: tuple[Document, ...]

    def workloads(self) -> Iterator[Document]:
        """Everything that runs pods."""
        return (document for document in self.documents if document["kind"] in _WORKLOADS)

    def names(self, kind: str) -> frozenset[str]:
        """Names of the objects of one kind."""
        return frozenset(subject_name(d) for d in self.documents if d["kind"] == kind)

    def config_map(self, name: str) -> Mapping[str, str]:
        """Data of a ConfigMap; empty where it is not rendered."""
        for document in self.documents:
            if document["kind"] == "ConfigMap" and subject_name(document) == name:
                data: Mapping[str, str] = document.get("data") or {}
                return data
        return {}


def subject_name(document: Document) -> str:
    """`metadata.name`."""
    return str(document["metadata"]["name"])


def subject_of(document: Document) -> str:
    """`Kind/name`, as findings say it."""
    return f"{document['kind']}/{subject_name(document)}"


def is_job(workload: Document) -> bool:
    """True for a workload whose pods do a piece of work and end, instead of serving."""
    return workload["kind"] in _JOBS


def template_of(workload: Document) -> Document:
    """The pod template; that of a CronJob lies a level deeper."""
    spec = workload["spec"]["jobTemplate"]["spec"] if workload["kind"] == "CronJob" else workload["spec"]
    template: Document = spec["template"]
    return template


def pod_of(workload: Document) -> Document:
    """The pod template's spec."""
    pod: Document = template_of(workload)["spec"]
    return pod


def containers_of(workload: Document) -> tuple[Document, ...]:
    """Every container of a workload, init containers first."""
    pod = pod_of(workload)
    return (*pod.get("initContainers", ()), *pod.get("containers", ()))


def service_module(container: Document) -> str:
    """The module a container runs (`services.charging.main`); empty where it is none of ours."""
    command = tuple(container.get("command", ()))
    if command[:2] == _SERVICE_COMMAND and len(command) > 2 and str(command[2]).startswith("services."):
        return str(command[2])
    return ""


def main_module(module: str) -> str:
    """The main module of a module's service: `services.offers.main` for `services.offers.train`."""
    return ".".join((*module.split(".")[:2], "main"))
