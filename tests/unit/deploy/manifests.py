"""One sound service as a rendered target, and a way to break one thing in it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from deploy.rules.rendered import Target
from deploy.rules.service_settings import SettingNames
from deploy.rules.target_rules import Surroundings

_PREFIX = "TIDEMARK_CATALOG_"
_VARIABLES = {
    "LISTEN_HOST": "0.0.0.0",
    "LISTEN_PORT": "7620",
    "HEALTH_PORT": "7621",
    "TLS_CERTIFICATE": "/etc/tidemark/tls/tls.crt",
    "TLS_KEY": "/etc/tidemark/tls/tls.key",
    "TLS_CLIENT_CA": "/etc/tidemark/tls/ca.crt",
    "TOKEN_KEY_FILE": "/etc/tidemark/tokens/keys",
    "HTTP_PORT": "7622",
    "KEPT_DIR": "/etc/tidemark/tokens/kept",
    "DRAIN_SECONDS": "10",
}

AROUND = Surroundings(
    settings_of=lambda _module: SettingNames(
        _PREFIX,
        frozenset(_PREFIX + name for name in (*_VARIABLES, "DATABASE_URL")),
        frozenset({_PREFIX + "DATABASE_URL"}),
    ),
    proto_services=frozenset({"tidemark.catalog.v1.CatalogService"}),
    documented_secrets=frozenset({"catalog-tls", "catalog-tokens", "catalog-database"}),
    modules=frozenset({"services.catalog.main"}),
)


def container() -> dict[str, Any]:
    """The container of the sound service."""
    probe = {"grpc": {"port": 7621}}
    return {
        "name": "catalog",
        "image": "tidemark:0.1.0",
        "command": ["python", "-m", "services.catalog.main"],
        "envFrom": [{"configMapRef": {"name": "settings"}}],
        "env": [
            {
                "name": _PREFIX + "DATABASE_URL",
                "valueFrom": {"secretKeyRef": {"name": "catalog-database", "key": "url"}},
            }
        ],
        "ports": [
            {"name": "grpc", "containerPort": 7620},
            {"name": "health", "containerPort": 7621},
            {"name": "http", "containerPort": 7622},
        ],
        "startupProbe": probe,
        "livenessProbe": probe,
        "readinessProbe": {"grpc": {"port": 7621, "service": "tidemark.catalog.v1.CatalogService"}},
        "resources": {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"memory": "1Gi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [
            {"name": "tls", "mountPath": "/etc/tidemark/tls"},
            {"name": "tokens", "mountPath": "/etc/tidemark/tokens"},
        ],
    }


def pod() -> dict[str, Any]:
    """The pod of the sound service."""
    return {
        "serviceAccountName": "catalog",
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": 30,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 10001,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [container()],
        "volumes": [
            {"name": "tls", "secret": {"secretName": "catalog-tls"}},
            {"name": "tokens", "secret": {"secretName": "catalog-tokens"}},
        ],
    }


def documents() -> list[dict[str, Any]]:
    """The sound service: workload first, then what it refers to."""
    return [
        {
            "kind": "Deployment",
            "metadata": {"name": "catalog"},
            "spec": {
                "replicas": 1,
                "template": {"metadata": {"labels": {"name": "catalog"}}, "spec": pod()},
            },
        },
        {"kind": "ServiceAccount", "metadata": {"name": "catalog"}},
        {
            "kind": "ConfigMap",
            "metadata": {"name": "settings"},
            "data": {_PREFIX + name: value for name, value in _VARIABLES.items()},
        },
        {
            "kind": "Service",
            "metadata": {"name": "catalog"},
            "spec": {"selector": {"name": "catalog"}, "ports": [{"port": 7620, "targetPort": "grpc"}]},
        },
    ]


def nightly() -> list[dict[str, Any]]:
    """Sound work by the clock of the same service, first, then the service."""
    worker = container()
    for unneeded in ("envFrom", "ports", "startupProbe", "livenessProbe", "readinessProbe", "volumeMounts"):
        del worker[unneeded]
    reference = {"name": "settings", "key": _PREFIX + "DRAIN_SECONDS"}
    worker["command"] = ["python", "-m", "services.catalog.tidy", "--nightly"]
    worker["env"].append({"name": _PREFIX + "DRAIN_SECONDS", "valueFrom": {"configMapKeyRef": reference}})
    template = {"metadata": {"labels": {"name": "tidy"}}, "spec": {**pod(), "containers": [worker]}}
    job = {"activeDeadlineSeconds": 60, "template": template}
    cron = {"schedule": "0 2 * * *", "concurrencyPolicy": "Forbid", "jobTemplate": {"spec": job}}
    return [{"kind": "CronJob", "metadata": {"name": "tidy"}, "spec": cron}, *documents()]


def broken(path: str, value: Any, sound: Callable[[], list[dict[str, Any]]] = documents) -> Target:
    """The sound service, or what is given, with one place changed; None takes it away.

    `path` leads from the list of documents: `0.spec.template.spec.containers.0.image`.
    """
    changed: Any = copy.deepcopy(sound())
    place = changed
    *way, last = path.split(".")
    for step in way:
        place = place[int(step) if isinstance(place, list) else step]
    key: Any = int(last) if isinstance(place, list) else last
    if value is None:
        del place[key]
    else:
        place[key] = value
    return Target("base", tuple(changed))
