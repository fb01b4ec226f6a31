"""What `make lint` says about the manifests in this repository, and about broken ones."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from deploy import validate
from deploy.rules.service_settings import SettingsClassMissingError, setting_names
from deploy.rules.sources import index_sources, place_of


def test_everything_in_deploy_holds(capsys: pytest.CaptureFixture[str]) -> None:
    code = validate.main()
    printed = capsys.readouterr()
    assert printed.err == ""
    assert code == 0
    assert len(printed.out.splitlines()) == 2 * len(validate.TARGETS) + 1 + len(validate.REQUIREMENTS)


def test_a_field_that_kubernetes_does_not_know_is_a_fault() -> None:
    document = {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": "x"},
        "automountToken": False,
    }
    assert "automountToken" in str(validate.schema_fault(document))


def test_a_kind_without_a_schema_is_a_fault_and_not_let_through() -> None:
    document = {"apiVersion": "example/v1", "kind": "Unheard", "metadata": {"name": "x"}}
    assert "Unheard" in str(validate.schema_fault(document))


def test_a_folder_that_does_not_render_is_reported_with_kubectls_own_words(tmp_path: Path) -> None:
    with pytest.raises(validate.RenderError, match="kustomization"):
        validate.render(str(tmp_path))


def test_a_fault_names_the_files_a_person_can_open(tmp_path: Path) -> None:
    base = tmp_path / "base"
    base.mkdir()
    (base / "kustomization.yaml").write_text(
        "kind: Kustomization\nconfigMapGenerator:\n  - name: settings\n", encoding="utf-8"
    )
    (base / "catalog.yaml").write_text("kind: Service\nmetadata: {name: catalog}\n", encoding="utf-8")
    sources = index_sources(tmp_path, ["base"])
    assert place_of(sources, "Service", "catalog", "base") == "base/catalog.yaml"
    assert place_of(sources, "ConfigMap", "settings-58h9225k72", "base") == "base/kustomization.yaml"
    assert place_of(sources, "Service", "unheard", "base") == "base"


def test_a_module_that_is_no_service_is_refused_in_words() -> None:
    with pytest.raises(SettingsClassMissingError, match="cannot be imported"):
        setting_names("services.unheard.main")


def test_the_nats_server_itself_accepts_the_local_overlays_configuration() -> None:
    server = Path(sys.executable).parent / "nats-server"
    config = validate.ROOT / "deploy/k8s/overlays/local/nats.conf"
    done = subprocess.run([server, "-t", "-c", config], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "sync_interval: always" in config.read_text(encoding="utf-8")
