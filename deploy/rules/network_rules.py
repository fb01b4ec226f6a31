"""What a service calls (`..._ADDRESS`) must be there, and network policies must let the call out and in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from deploy.rules.reference_rules import environment_of
from deploy.rules.rendered import Document, Target, containers_of, service_module, subject_name, template_of

_ADDRESS = "_ADDRESS"


@dataclass(frozen=True, slots=True)
class _Pod:
    """The labels of a pod, and its ports by name."""

    labels: Mapping[str, str]
    ports: Mapping[str, int]


def unreachable_peer_faults(target: Target) -> Iterator[tuple[Document, str]]:
    """Every address that leads to no Service, or that a policy of either end closes."""
    for workload in target.workloads():
        for container in filter(service_module, containers_of(workload)):
            for name, address in sorted(environment_of(container, target).items()):
                if name.startswith("TIDEMARK_") and name.endswith(_ADDRESS) and address:
                    fault = _fault(target, _pod(workload), address)
                    if fault:
                        yield workload, f"{name} is {address}, {fault}"


def _fault(target: Target, caller: _Pod, address: str) -> str:
    host, _, port = address.rpartition(":")
    service = next((d for d in target.documents if d["kind"] == "Service" and subject_name(d) == host), None)
    if service is None:
        return "but there is no such Service"
    spec = service["spec"]
    entry = next((entry for entry in spec["ports"] if str(entry["port"]) == port), None)
    if entry is None:
        return "but the Service has no such port"
    for workload in target.workloads():
        called = _pod(workload)
        if spec.get("selector", {}).items() <= called.labels.items():
            number = called.ports.get(entry.get("targetPort"), entry.get("targetPort", entry["port"]))
            if not _opened(target, caller, called, number, "egress", "to"):
                return "but no network policy lets the call out"
            if not _opened(target, called, caller, number, "ingress", "from"):
                return f"but no network policy of {subject_name(workload)} lets the call in"
    return ""


def _pod(workload: Document) -> _Pod:
    ports = {p["name"]: p["containerPort"] for c in containers_of(workload) for p in c.get("ports", ())}
    return _Pod(template_of(workload)["metadata"].get("labels", {}), ports)


def _opened(target: Target, own: _Pod, other: _Pod, port: int, way: str, end: str) -> bool:
    """True where a policy of `own` lets a call to or from `other` pass, or where none is about that way."""
    policies = [
        document["spec"]
        for document in target.documents
        if document["kind"] == "NetworkPolicy"
        and _selects(document["spec"].get("podSelector", {}), own)
        and way.capitalize() in document["spec"].get("policyTypes", ())
    ]
    rules = [rule for policy in policies for rule in policy.get(way, ())]
    # A port's name in a policy is that of the pod that is called.
    names = (own if way == "ingress" else other).ports
    return not policies or any(_has_peer(rule, end, other) and _has_port(rule, port, names) for rule in rules)


def _has_peer(rule: Mapping[str, Any], end: str, other: _Pod) -> bool:
    # A peer that is a block of addresses is none of ours.
    return end not in rule or any(
        "podSelector" in peer and _selects(peer["podSelector"], other) for peer in rule[end]
    )


def _has_port(rule: Mapping[str, Any], port: int, names: Mapping[str, int]) -> bool:
    return "ports" not in rule or any(
        names.get(entry.get("port"), entry.get("port", port)) == port for entry in rule["ports"]
    )


def _selects(selector: Mapping[str, Any], pod: _Pod) -> bool:
    """By labels alone: no policy here has expressions, nor names another namespace's pods as its own."""
    return bool(selector.get("matchLabels", {}).items() <= pod.labels.items())
