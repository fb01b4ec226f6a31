"""What a service makes of its environment."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import Field
from pydantic_settings import SettingsConfigDict

from services.common.runtime.settings import ServiceSettings, read_settings
from services.common.runtime.startup import SettingsError


class HarbourSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="TIDEMARK_HARBOUR_", frozen=True)
    partitions: int = Field(default=1, ge=1, description="number of partitions")


DATABASE = ("TIDEMARK_HARBOUR_DATABASE_URL", "sqlite:///var/harbour.sqlite")


def refusal(monkeypatch: pytest.MonkeyPatch, *variables: tuple[str, str]) -> str:
    for name, value in variables:
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        read_settings(HarbourSettings)
    assert caught.value.exit_code == 2
    return str(caught.value)


def test_defaults_serve_on_loopback_without_tls_metrics_or_collector(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(*DATABASE)
    settings = read_settings(HarbourSettings)
    assert (settings.listen_host, settings.listen_port, settings.uses_tls) == ("127.0.0.1", 0, False)
    assert (settings.metrics_port, settings.otlp_endpoint) == (None, "")
    assert settings.max_message_bytes == 1024 * 1024


def test_variables_carry_the_prefix_of_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(*DATABASE)
    monkeypatch.setenv("TIDEMARK_HARBOUR_PARTITIONS", "4")
    monkeypatch.setenv("TIDEMARK_HARBOUR_LISTEN_PORT", "9123")
    settings = read_settings(HarbourSettings)
    assert (settings.partitions, settings.listen_port) == (4, 9123)


def test_a_missing_value_is_named_with_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    assert refusal(monkeypatch) == (
        "TIDEMARK_HARBOUR_DATABASE_URL is not set; "
        "set it to: sqlite:///path/to/file or postgresql+psycopg://user@host/name"
    )


def test_every_problem_is_one_line_with_variable_value_and_purpose(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = refusal(
        monkeypatch,
        DATABASE,
        ("TIDEMARK_HARBOUR_LISTEN_PORT", "70000"),
        ("TIDEMARK_HARBOUR_LOG_LEVEL", "loud"),
    ).splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("TIDEMARK_HARBOUR_LISTEN_PORT=70000: ")
    assert "TCP port to listen on" in lines[0]
    assert lines[1].startswith("TIDEMARK_HARBOUR_LOG_LEVEL=loud: ")


def test_an_outside_address_without_tls_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    message = refusal(monkeypatch, DATABASE, ("TIDEMARK_HARBOUR_LISTEN_HOST", "0.0.0.0"))
    assert "TIDEMARK_HARBOUR_LISTEN_HOST=0.0.0.0" in message
    assert "TIDEMARK_HARBOUR_TLS_CERTIFICATE and TIDEMARK_HARBOUR_TLS_KEY" in message


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.10", "::1", "localhost"])
def test_loopback_needs_no_tls(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv(*DATABASE)
    monkeypatch.setenv("TIDEMARK_HARBOUR_LISTEN_HOST", host)
    assert read_settings(HarbourSettings).listen_host == host


def test_an_outside_address_with_tls_is_allowed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("certificate", "key"):
        (tmp_path / name).write_text("pem")
        monkeypatch.setenv(f"TIDEMARK_HARBOUR_TLS_{name.upper()}", str(tmp_path / name))
    monkeypatch.setenv(*DATABASE)
    monkeypatch.setenv("TIDEMARK_HARBOUR_LISTEN_HOST", "0.0.0.0")
    assert read_settings(HarbourSettings).uses_tls


def test_half_of_tls_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("pem")
    message = refusal(monkeypatch, DATABASE, ("TIDEMARK_HARBOUR_TLS_KEY", str(tmp_path / "key")))
    assert message == "set TIDEMARK_HARBOUR_TLS_CERTIFICATE and TIDEMARK_HARBOUR_TLS_KEY together"


def test_a_certificate_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    message = refusal(
        monkeypatch,
        DATABASE,
        ("TIDEMARK_HARBOUR_TLS_CERTIFICATE", str(tmp_path / "none.pem")),
        ("TIDEMARK_HARBOUR_TLS_KEY", str(tmp_path / "none.key")),
    )
    assert "there is no file" in message


def test_a_mistyped_variable_is_refused_with_the_right_name(monkeypatch: pytest.MonkeyPatch) -> None:
    message = refusal(monkeypatch, DATABASE, ("TIDEMARK_HARBOUR_LISEN_PORT", "1"))
    assert message == (
        "TIDEMARK_HARBOUR_LISEN_PORT is not a setting; did you mean TIDEMARK_HARBOUR_LISTEN_PORT?"
    )


def test_variables_that_kubernetes_adds_do_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(*DATABASE)
    monkeypatch.setenv("TIDEMARK_HARBOUR_SERVICE_HOST", "10.0.0.1")
    monkeypatch.setenv("TIDEMARK_HARBOUR_PORT", "tcp://10.0.0.1:443")
    assert read_settings(HarbourSettings).listen_port == 0


def test_addresses_that_may_carry_a_password_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIDEMARK_HARBOUR_DATABASE_URL", "postgresql+psycopg://u:hunter2@db/x")
    assert "hunter2" not in repr(read_settings(HarbourSettings))
