"""Settings of a service: read once from the environment, validated, then frozen.

A service subclasses `ServiceSettings` with its own prefix:

    class CatalogSettings(ServiceSettings):
        model_config = SettingsConfigDict(env_prefix="TIDEMARK_CATALOG_", frozen=True)
        database_url: str = Field(default="sqlite:///var/catalog.sqlite", repr=False)
"""

from __future__ import annotations

import difflib
import ipaddress
import os
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import Field, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.common.runtime.startup import SettingsError

MEBIBYTE = 1024 * 1024
_SECRET_FIELDS = frozenset({"database_url", "nats_url"})
_TYPO_SIMILARITY = 0.85


class ServiceSettings(BaseSettings):
    """What every service can be told. Each field is the variable `<prefix><FIELD>` in upper case."""

    model_config = SettingsConfigDict(env_prefix="TIDEMARK_", frozen=True, validate_default=True)

    listen_host: str = Field(default="127.0.0.1", description="address to listen on")
    listen_port: int = Field(
        default=0, ge=0, le=65535, description="TCP port to listen on; 0 takes a free one"
    )
    health_port: int | None = Field(
        default=None,
        ge=0,
        le=65535,
        description="second port with nothing but health, in plain text, for probes without TLS",
    )
    tls_certificate: Path | None = Field(
        default=None, description="PEM file with the server's certificate chain"
    )
    tls_key: Path | None = Field(default=None, description="PEM file with the server's private key")
    tls_client_ca: Path | None = Field(
        default=None,
        description="PEM file with the authority that callers' certificates must come from (mTLS)",
    )
    database_url: str = Field(
        min_length=1,
        repr=False,
        description="sqlite:///path/to/file or postgresql+psycopg://user@host/name",
    )
    database_connections: int = Field(
        default=4, ge=1, le=64, description="connections to PostgreSQL; SQLite always has one"
    )
    nats_url: str = Field(
        default="nats://127.0.0.1:4222", min_length=1, repr=False, description="NATS server, nats://host:port"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="debug, info, warning or error"
    )
    log_format: Literal["console", "json"] = Field(default="console", description="console or json")
    otlp_endpoint: str = Field(
        default="", description="OpenTelemetry collector, http://host:4317; empty turns exporting off"
    )
    trace_ratio: float = Field(default=0.01, ge=0, le=1, description="share of traces kept, 0 to 1")
    metrics_port: int | None = Field(
        default=None, ge=0, le=65535, description="loopback port of the metrics page; 0 takes a free one"
    )
    drain_seconds: float = Field(
        default=10, ge=0, le=600, description="how long accepted calls may take to finish at shutdown"
    )
    default_deadline_seconds: float = Field(
        default=10, gt=0, le=600, description="deadline of a unary call that comes without one"
    )
    max_message_bytes: int = Field(
        default=MEBIBYTE, ge=1024, le=64 * MEBIBYTE, description="largest request accepted, in bytes"
    )
    max_concurrent_streams: int = Field(
        default=1024, ge=1, le=100_000, description="calls at once on one connection"
    )
    max_concurrent_calls: int = Field(default=10_000, ge=1, description="calls at once on all connections")
    ready_file: Path | None = Field(
        default=None, description="file that gets the service's address as JSON once it serves"
    )

    @property
    def uses_tls(self) -> bool:
        """True where the listener is encrypted."""
        return self.tls_certificate is not None

    @model_validator(mode="after")
    def _tls_is_complete(self) -> ServiceSettings:
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError(
                f"set {self._variable('tls_certificate')} and {self._variable('tls_key')} together"
            )
        if self.tls_client_ca is not None and self.tls_certificate is None:
            raise ValueError(
                f"{self._variable('tls_client_ca')} needs {self._variable('tls_certificate')} "
                f"and {self._variable('tls_key')} too"
            )
        for name in ("tls_certificate", "tls_key", "tls_client_ca"):
            path = getattr(self, name)
            if path is not None and not path.is_file():
                raise ValueError(f"{self._variable(name)}: there is no file {path}")
        return self

    @model_validator(mode="after")
    def _no_plain_text_beyond_loopback(self) -> ServiceSettings:
        if not self.uses_tls and not is_loopback(self.listen_host):
            raise ValueError(
                f"{self._variable('listen_host')}={self.listen_host} is beyond loopback, which needs TLS: "
                f"set {self._variable('tls_certificate')} and {self._variable('tls_key')} "
                f"(and {self._variable('tls_client_ca')} for mTLS), or listen on 127.0.0.1"
            )
        return self

    @classmethod
    def _variable(cls, field: str) -> str:
        return variable_name(cls, field)


class FrontDoorSettings(ServiceSettings):
    """Settings of a service that may be called through either front door."""

    front_door: Literal["grpcio", "envoy"] = Field(
        default="grpcio",
        description="grpcio (the reference), or envoy: the same calls inside Envoy, several times as many",
    )


SettingsT = TypeVar("SettingsT", bound=ServiceSettings)


def read_settings(cls: type[SettingsT]) -> SettingsT:
    """Reads the environment once.

    Raises SettingsError with one line per problem: the variable, what is wrong
    with its value, what the variable is for. Values of secret fields (database
    and NATS addresses may carry a password) are not repeated.
    """
    problems = _likely_typos(cls)
    try:
        settings = cls()
    except ValidationError as error:
        problems += [_problem(cls, detail) for detail in error.errors(include_url=False)]
    if problems:
        raise SettingsError("\n".join(problems))
    return settings


def variable_name(cls: type[ServiceSettings], field: str) -> str:
    """The environment variable of a field."""
    return f"{cls.model_config.get('env_prefix', '')}{field}".upper()


def is_loopback(host: str) -> bool:
    """True for `localhost` and loopback addresses. Any other name counts as the outside."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _problem(cls: type[ServiceSettings], detail: ErrorDetails) -> str:
    if not detail["loc"]:
        return detail["msg"].removeprefix("Value error, ")
    field = str(detail["loc"][0])
    variable = variable_name(cls, field)
    purpose = cls.model_fields[field].description if field in cls.model_fields else None
    expected = f" (expected: {purpose})" if purpose else ""
    if detail["type"] == "missing":
        return f"{variable} is not set; set it to: {purpose or 'a value'}"
    shown = "" if field in _SECRET_FIELDS else f"={detail['input']}"
    message = detail["msg"].removeprefix("Value error, ")
    return f"{variable}{shown}: {message[:1].lower()}{message[1:]}{expected}"


def _likely_typos(cls: type[ServiceSettings]) -> list[str]:
    """Variables that no field has but that nearly have a field's name.

    Others with the prefix are left alone: Kubernetes adds some of its own for
    every Service (`..._SERVICE_HOST`).
    """
    prefix = variable_name(cls, "")
    known = [variable_name(cls, field) for field in cls.model_fields]
    problems = []
    for name in os.environ:
        if not name.startswith(prefix) or name in known:
            continue
        close = difflib.get_close_matches(
            name.removeprefix(prefix), [k.removeprefix(prefix) for k in known], n=1, cutoff=_TYPO_SIMILARITY
        )
        if close:
            problems.append(f"{name} is not a setting; did you mean {prefix}{close[0]}?")
    return problems
