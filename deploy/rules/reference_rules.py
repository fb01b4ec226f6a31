"""What objects refer to must be there: ConfigMaps, ports, settings of the service that reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from typing import Any

from deploy.rules.rendered import Document, Target, containers_of, pod_of, template_of

_TLS_SETTINGS = ("TLS_CERTIFICATE", "TLS_KEY", "TLS_CLIENT_CA")
_PATH_SETTINGS = ("_FILE", "_DIR")
_PORT_SETTINGS = (("grpc", "LISTEN_PORT"), ("health", "HEALTH_PORT"), ("http", "HTTP_PORT"))
TOKEN_SETTING = "TOKEN_KEY_FILE"  # noqa: S105 - a variable's name


def environment_of(container: Document, target: Target) -> dict[str, str | None]:
    """Variables of a container; None where the value comes from a Secret or a key of a ConfigMap."""
    variables: dict[str, str | None] = {}
    for source in container.get("envFrom", ()):
        variables.update(target.config_map(source.get("configMapRef", {}).get("name", "")))
    for entry in container.get("env", ()):
        variables[entry["name"]] = entry.get("value")
    return variables


def secrets_of(workload: Document) -> set[str]:
    """Names of the Secrets a workload refers to."""
    pod = pod_of(workload)
    names = {v["secret"]["secretName"] for v in pod.get("volumes", ()) if "secret" in v}
    for container in containers_of(workload):
        for entry in container.get("env", ()):
            reference = entry.get("valueFrom", {}).get("secretKeyRef")
            if reference:
                names.add(reference["name"])
        names |= {s["secretRef"]["name"] for s in container.get("envFrom", ()) if "secretRef" in s}
    return names


def missing_object_faults(workload: Document, target: Target) -> Iterator[str]:
    """ConfigMaps, service accounts and claims that a workload names but nothing renders."""
    wanted = {("ServiceAccount", pod_of(workload).get("serviceAccountName", "default"))}
    for volume in pod_of(workload).get("volumes", ()):
        if "configMap" in volume:
            wanted.add(("ConfigMap", volume["configMap"]["name"]))
        if "persistentVolumeClaim" in volume:
            wanted.add(("PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"]))
    for container in containers_of(workload):
        for source in container.get("envFrom", ()):
            if "configMapRef" in source:
                wanted.add(("ConfigMap", source["configMapRef"]["name"]))
        wanted |= {("ConfigMap", reference["name"]) for reference in _config_references(container)}
    for kind, name in sorted(wanted):
        if name not in target.names(kind):
            yield f"{kind} {name} is referred to, but nothing here makes it"


def missing_key_faults(container: Document, target: Target) -> Iterator[str]:
    """Keys that a container wants of a ConfigMap that is there, but has no such key."""
    for reference in _config_references(container):
        values = target.config_map(reference["name"])
        if values and reference["key"] not in values:
            yield f"ConfigMap {reference['name']} has no {reference['key']}"


def _config_references(container: Document) -> list[Document]:
    sources = (entry.get("valueFrom", {}) for entry in container.get("env", ()))
    return [source["configMapKeyRef"] for source in sources if "configMapKeyRef" in source]


def setting_faults(
    variables: Mapping[str, str | None], prefix: str, known: Set[str], required: Set[str]
) -> Iterator[str]:
    """Variables that the service's settings class does not have, and required ones that are not set."""
    for name in sorted(variables):
        if name.startswith("TIDEMARK_") and name not in known:
            yield f"{name} is no setting of the service (those begin with {prefix})"
    for name in sorted(required - variables.keys()):
        yield f"{name} has no default and is not set"


def certificate_faults(
    container: Document, variables: Mapping[str, str | None], prefix: str
) -> Iterator[str]:
    """A bind beyond loopback needs certificates, and they must lie in a mounted volume."""
    host = variables.get(f"{prefix}LISTEN_HOST") or "127.0.0.1"
    if host.startswith("127."):
        yield f"{prefix}LISTEN_HOST is {host}: nothing outside the pod could reach it"
        return
    for setting in _TLS_SETTINGS:
        path = variables.get(prefix + setting)
        if not path:
            yield f"{prefix}{setting} is not set, and {host} is refused without TLS"
        elif not _volumes_holding(path, container):
            yield f"{prefix}{setting} is {path}, which no volume of the container holds"


def token_key_faults(
    workload: Document, container: Document, variables: Mapping[str, str | None], prefix: str
) -> Iterator[str]:
    """A service that asks callers for tokens needs keys to check them with, and they come from a Secret."""
    setting = f"{prefix}{TOKEN_SETTING}"
    path = variables.get(setting)
    if not path:
        yield f"{setting} is not set, and without it every caller would be the operator"
        return
    secrets = {volume["name"] for volume in pod_of(workload).get("volumes", ()) if "secret" in volume}
    if not secrets & _volumes_holding(path, container):
        yield f"{setting} is {path}, which no Secret in the container holds"


def _volumes_holding(path: str, container: Document) -> set[str]:
    """Names of the volumes that a path in a container lies in."""
    return {
        mount["name"]
        for mount in container.get("volumeMounts", ())
        if path.startswith(str(mount["mountPath"]).rstrip("/") + "/")
    }


def path_faults(container: Document, variables: Mapping[str, str | None], prefix: str) -> Iterator[str]:
    """Files and folders that are set must lie in a volume: the image's own are there by default."""
    for name, path in sorted(variables.items()):
        about_a_path = name.startswith(prefix) and name.endswith(_PATH_SETTINGS)
        if about_a_path and path and not _volumes_holding(path, container):
            yield f"{name} is {path}, which no volume of the container holds"


def port_faults(
    container: Document, variables: Mapping[str, str | None], prefix: str, known: Set[str]
) -> Iterator[str]:
    """The ports a container declares must be those its settings make it listen on."""
    declared = {port["name"]: port["containerPort"] for port in container.get("ports", ())}
    for name, setting in _PORT_SETTINGS:
        if prefix + setting not in known:
            continue
        configured = variables.get(prefix + setting)
        if str(declared.get(name)) != configured:
            yield f"port {name} is {declared.get(name)}, but {prefix}{setting} is {configured}"


def selector_faults(target: Target) -> Iterator[tuple[Document, str]]:
    """Services that select no pod, and named target ports that the pod does not have."""
    for service in (d for d in target.documents if d["kind"] == "Service"):
        selector = service["spec"].get("selector", {})
        chosen = [w for w in target.workloads() if selector.items() <= _pod_labels(w).items()]
        if not chosen:
            yield service, f"selector {selector} matches no pod"
        for workload in chosen:
            names = {p["name"] for c in containers_of(workload) for p in c.get("ports", ())}
            for port in service["spec"]["ports"]:
                if isinstance(port.get("targetPort"), str) and port["targetPort"] not in names:
                    yield (
                        service,
                        f"targetPort {port['targetPort']} is no port of {workload['metadata']['name']}",
                    )


def _pod_labels(workload: Document) -> Mapping[str, Any]:
    labels: Mapping[str, Any] = template_of(workload)["metadata"].get("labels", {})
    return labels
