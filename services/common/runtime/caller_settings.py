"""Settings of a service that asks its callers who they are. A service takes them on by subclassing."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, model_validator

from services.common.runtime.settings import ServiceSettings, is_loopback

DEFAULT_AUDIENCE = "tidemark"


class CallerSettings(ServiceSettings):
    """What `Callers` is told, beside what every service can be told.

    Without a key file every caller is the operator. That is for a developer's own machine: a service
    that others can reach, beyond loopback or over TLS, is refused without one.
    """

    token_key_file: Path | None = Field(
        default=None,
        description="PEM file with the public keys callers' tokens are signed for, or a file with a shared "
        "secret of at least 32 octets",
    )
    token_audience: str = Field(
        default=DEFAULT_AUDIENCE, min_length=1, description="audience that callers' tokens must name"
    )
    token_leeway_seconds: float = Field(
        default=30, ge=0, le=300, description="how far a token issuer's clock may be off, in seconds"
    )

    @model_validator(mode="after")
    def _token_keys_are_there(self) -> CallerSettings:
        if self.token_key_file is not None and not self.token_key_file.is_file():
            raise ValueError(f"{self._variable('token_key_file')}: there is no file {self.token_key_file}")
        return self

    @model_validator(mode="after")
    def _callers_from_outside_prove_themselves(self) -> CallerSettings:
        if self.token_key_file is None and (self.uses_tls or not is_loopback(self.listen_host)):
            raise ValueError(
                f"{self._variable('token_key_file')} is not set, and without it every caller would be the "
                f"operator: set it, or listen on 127.0.0.1 without TLS"
            )
        return self
