"""Each rule for manifests finds the one thing that is wrong, and nothing in a sound service."""

from __future__ import annotations

from typing import Any

import pytest

from deploy.rules.rendered import Target
from deploy.rules.service_settings import SettingNames, SettingsClassMissingError
from deploy.rules.target_rules import Surroundings, missing_services, target_faults
from tests.unit.deploy.manifests import AROUND, broken, documents, nightly

POD = "0.spec.template.spec"
CONTAINER = f"{POD}.containers.0"
JOB = "0.spec.jobTemplate.spec"
WORKER = f"{JOB}.template.spec.containers.0"
CLAIM = [
    {"name": "tls", "secret": {"secretName": "catalog-tls"}},
    {"name": "store", "persistentVolumeClaim": {"claimName": "store"}},
]


def _reasons(target: Target) -> list[str]:
    return [reason for _, reason in target_faults(target, AROUND)]


def test_a_sound_service_has_no_fault() -> None:
    target = Target("base", tuple(documents()))
    assert _reasons(target) == []
    assert list(missing_services(target, AROUND)) == []


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        (f"{POD}.securityContext.runAsNonRoot", False, "not root"),
        (f"{POD}.securityContext.runAsUser", 0, "not root"),
        (f"{POD}.securityContext.seccompProfile", None, "seccompProfile"),
        (f"{POD}.automountServiceAccountToken", None, "automountServiceAccountToken"),
        (f"{POD}.enableServiceLinks", None, "enableServiceLinks"),
        (f"{POD}.serviceAccountName", None, "ServiceAccount"),
        (f"{POD}.serviceAccountName", "other", "ServiceAccount other"),
        (f"{POD}.terminationGracePeriodSeconds", 14, "need 15"),
        (f"{POD}.volumes", CLAIM, "strategy Recreate"),
        (f"{POD}.volumes.0.secret.secretName", "undocumented", "Secret undocumented"),
        (f"{CONTAINER}.image", "tidemark", "needs a tag"),
        (f"{CONTAINER}.image", "tidemark:latest", "needs a tag"),
        (f"{CONTAINER}.image", "host:5000/tidemark", "needs a tag"),
        (f"{CONTAINER}.startupProbe", None, "startupProbe is missing"),
        (f"{CONTAINER}.livenessProbe", {"httpGet": {"port": 7621}}, "must be a gRPC probe"),
        (f"{CONTAINER}.livenessProbe", {"grpc": {"port": 7620}}, "the port named health is 7621"),
        (f"{CONTAINER}.readinessProbe", {"grpc": {"port": 7621}}, "must name the gRPC service"),
        (f"{CONTAINER}.readinessProbe.grpc.service", "tidemark.catalog.v1.Other", "no service in proto/"),
        (f"{CONTAINER}.securityContext.readOnlyRootFilesystem", None, "readOnlyRootFilesystem"),
        (f"{CONTAINER}.securityContext.allowPrivilegeEscalation", True, "allowPrivilegeEscalation"),
        (f"{CONTAINER}.securityContext.capabilities.drop", ["NET_RAW"], "drop ALL"),
        (f"{CONTAINER}.securityContext.privileged", True, "privileged"),
        (f"{CONTAINER}.securityContext.runAsUser", 0, "as root"),
        (f"{CONTAINER}.resources.requests.cpu", None, "requests.cpu"),
        (f"{CONTAINER}.resources.limits", None, "limits.memory"),
        (f"{CONTAINER}.env.0.name", "TIDEMARK_CATALOG_DATABASE_URI", "DATABASE_URI is no setting"),
        (f"{CONTAINER}.env", [], "DATABASE_URL has no default"),
        (f"{CONTAINER}.envFrom.0.configMapRef.name", "other", "ConfigMap other"),
        (f"{CONTAINER}.volumeMounts", [], "no volume of the container holds"),
        (f"{CONTAINER}.ports.0.containerPort", 7000, "LISTEN_PORT is 7620"),
        ("2.data.TIDEMARK_CATALOG_TLS_KEY", None, "refused without TLS"),
        ("2.data.TIDEMARK_CATALOG_TOKEN_KEY_FILE", None, "every caller would be the operator"),
        ("2.data.TIDEMARK_CATALOG_TOKEN_KEY_FILE", "/tmp/keys", "no Secret in the container holds"),
        (f"{POD}.volumes.1", {"name": "tokens", "emptyDir": {}}, "no Secret in the container holds"),
        ("2.data.TIDEMARK_CATALOG_LISTEN_HOST", "127.0.0.1", "nothing outside the pod"),
        ("2.data.TIDEMARK_CATALOG_HEALTH_PORT", "9", "HEALTH_PORT is 9"),
        ("2.data.TIDEMARK_CATALOG_DRAIN_SECONDS", "60", "need 65"),
        ("2.data.TIDEMARK_CATALOG_HTTP_PORT", "9", "HTTP_PORT is 9"),
        (f"{CONTAINER}.ports.2.name", "page", "port http is None"),
        ("2.data.TIDEMARK_CATALOG_KEPT_DIR", "/var/kept", "KEPT_DIR is /var/kept, which no volume"),
        ("3.spec.selector", {"name": "other"}, "matches no pod"),
        ("3.spec.ports.0.targetPort", "page", "targetPort page"),
        ("3", {"kind": "Secret", "metadata": {"name": "key"}}, "do not belong into the repository"),
    ],
)
def test_a_rule_names_what_is_wrong(path: str, value: Any, reason: str) -> None:
    reasons = _reasons(broken(path, value))
    assert any(reason in found for found in reasons), reasons


def test_work_by_the_clock_needs_no_probe_port_or_certificate() -> None:
    assert _reasons(Target("base", tuple(nightly()))) == []


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        ("0.spec.concurrencyPolicy", None, "must be Forbid"),
        (f"{JOB}.activeDeadlineSeconds", None, "activeDeadlineSeconds is missing"),
        (f"{JOB}.template.spec.securityContext.runAsUser", 0, "not root"),
        (f"{JOB}.template.spec.volumes.0.secret.secretName", "undocumented", "Secret undocumented"),
        (f"{WORKER}.image", "tidemark:latest", "needs a tag"),
        (f"{WORKER}.resources.limits", None, "limits.memory"),
        (f"{WORKER}.env.0.name", "TIDEMARK_CATALOG_DATABASE_URI", "DATABASE_URI is no setting"),
        (f"{WORKER}.env.1.valueFrom.configMapKeyRef.name", "other", "ConfigMap other"),
        (f"{WORKER}.env.1.valueFrom.configMapKeyRef.key", "OTHER", "ConfigMap settings has no OTHER"),
    ],
)
def test_a_rule_names_what_is_wrong_with_work_by_the_clock(path: str, value: Any, reason: str) -> None:
    reasons = _reasons(broken(path, value, nightly))
    assert len(reasons) == 1 or "DATABASE" in reason, reasons
    assert any(reason in found for found in reasons), reasons


def test_work_by_the_clock_is_held_to_the_settings_of_its_services_main_module() -> None:
    asked: list[str] = []

    def settings_of(module: str) -> SettingNames:
        asked.append(module)
        return AROUND.settings_of(module)

    around = Surroundings(settings_of, AROUND.proto_services, AROUND.documented_secrets, AROUND.modules)
    assert list(target_faults(Target("base", (nightly()[0], *documents()[1:3])), around)) == []
    assert asked == ["services.catalog.main"]


def test_a_service_that_nothing_runs_is_named_with_the_file_it_needs() -> None:
    target = broken(f"{CONTAINER}.command", ["python", "-m", "http.server"])
    assert list(missing_services(target, AROUND)) == [
        "nothing runs services.catalog.main; add base/catalog.yaml"
    ]


def test_a_service_without_settings_is_a_fault_and_not_a_crash() -> None:
    def none(module: str) -> SettingNames:
        raise SettingsClassMissingError(f"{module} brings no settings class")

    around = Surroundings(none, AROUND.proto_services, AROUND.documented_secrets, AROUND.modules)
    faults = [reason for _, reason in target_faults(Target("base", tuple(documents())), around)]
    assert faults == ["services.catalog.main brings no settings class"]


def test_a_service_without_an_http_port_declares_none() -> None:
    def without(module: str) -> SettingNames:
        names = AROUND.settings_of(module)
        return SettingNames(names.prefix, names.known - {"TIDEMARK_CATALOG_HTTP_PORT"}, names.required)

    around = Surroundings(without, AROUND.proto_services, AROUND.documented_secrets, AROUND.modules)
    faults = [reason for _, reason in target_faults(broken(f"{CONTAINER}.ports.2", None), around)]
    assert faults == [
        "TIDEMARK_CATALOG_HTTP_PORT is no setting of the service (those begin with TIDEMARK_CATALOG_)"
    ]


def test_a_service_that_asks_for_no_tokens_needs_no_keys() -> None:
    def without(module: str) -> SettingNames:
        names = AROUND.settings_of(module)
        return SettingNames(names.prefix, names.known - {"TIDEMARK_CATALOG_TOKEN_KEY_FILE"}, names.required)

    around = Surroundings(without, AROUND.proto_services, AROUND.documented_secrets, AROUND.modules)
    target = broken("2.data.TIDEMARK_CATALOG_TOKEN_KEY_FILE", None)
    assert list(target_faults(target, around)) == []


def test_a_pre_stop_sleep_counts_towards_the_time_to_end() -> None:
    target = broken(f"{CONTAINER}.lifecycle", {"preStop": {"sleep": {"seconds": 16}}})
    assert _reasons(target) == [
        "terminationGracePeriodSeconds is 30, but preStop 16 s, drain 10 s and 5 s to close need 31"
    ]
